/* SPDX-License-Identifier: MIT */
#include "handlers/agreement.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/json.h"
#include "training/score_json.h"

static const float threshold = 0.5F; /* of a label, as /predict has it */

/* What a row comes to is n_values numbers: of a class its number among those
 * of a, with b's own ones behind them; 0 or 1 a label; or the values. */
struct agreement {
    const mlp_model *models[2];
    mlp_task task;
    size_t n_values;
    size_t n_rows;      /* that a was asked about */
    size_t n_rows_b;    /* that b was, the same ones */
    size_t *rows;       /* [n_rows] where they are in the table */
    float *truth;       /* [n_rows, n_values] */
    float *said[2];     /* [n_rows, n_values] */
    size_t *classes[2]; /* [n_outputs] what number each class has */
};

/* --- making --------------------------------------------------------------- */

/* Beyond 2^53 two whole numbers may be the same double. */
static bool is_same(const mlp_label *a, const mlp_label *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == MLP_CELL_NUMBER && fabs(a->number) < 0x1p53)
        return a->number == b->number;
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static size_t
number_of(const mlp_model *a, const mlp_label *label, size_t otherwise)
{
    for (size_t i = 0; i < mlp_model_n_outputs(a); i++)
        if (is_same(mlp_model_class(a, i), label))
            return i;
    return otherwise;
}

static void number_classes(struct agreement *agreement)
{
    const mlp_model *a = agreement->models[0], *b = agreement->models[1];
    size_t n = mlp_model_n_outputs(a);

    for (size_t i = 0; i < n; i++)
        agreement->classes[0][i] = i;
    for (size_t i = 0; i < mlp_model_n_outputs(b); i++)
        agreement->classes[1][i] = number_of(a, mlp_model_class(b, i), n + i);
}

static bool allocate(struct agreement *agreement, size_t max_rows)
{
    size_t n = agreement->n_values;
    bool fits = max_rows <= SIZE_MAX / sizeof(size_t) / n;

    if (fits) {
        agreement->rows = calloc(max_rows, sizeof *agreement->rows);
        agreement->truth = calloc(max_rows * n, sizeof *agreement->truth);
    }
    fits = fits && agreement->rows != NULL && agreement->truth != NULL;
    for (size_t i = 0; fits && i < 2; i++) {
        size_t n_outputs = mlp_model_n_outputs(agreement->models[i]);
        agreement->said[i] = calloc(max_rows * n, sizeof(float));
        agreement->classes[i] = calloc(n_outputs, sizeof(size_t));
        fits = agreement->said[i] != NULL && agreement->classes[i] != NULL;
    }
    return fits;
}

mlp_status agreement_create(const mlp_model *a,
                            const mlp_model *b,
                            size_t max_rows,
                            struct agreement **out,
                            mlp_error *err)
{
    struct agreement *agreement = calloc(1, sizeof *agreement);

    *out = NULL;
    if (agreement == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a comparison");
    agreement->models[0] = a;
    agreement->models[1] = b;
    agreement->task = mlp_model_task(a);
    agreement->n_values = mlp_model_n_targets(a);
    if (!allocate(agreement, max_rows > 0 ? max_rows : 1)) {
        agreement_destroy(agreement);
        return mlp_fail(err, MLP_NOMEM, "out of memory for what %zu rows say",
                        max_rows);
    }
    if (agreement->task == MLP_TASK_CLASSIFICATION)
        number_classes(agreement);
    *out = agreement;
    return MLP_OK;
}

void agreement_destroy(struct agreement *agreement)
{
    if (agreement == NULL)
        return;
    free(agreement->rows);
    free(agreement->truth);
    for (size_t i = 0; i < 2; i++) {
        free(agreement->said[i]);
        free(agreement->classes[i]);
    }
    free(agreement);
}

/* --- listening ------------------------------------------------------------ */

static void take(const struct agreement *agreement,
                 enum agreement_side side,
                 const float *y,
                 float *out)
{
    size_t best = 0;

    for (size_t i = 0; i < agreement->n_values; i++)
        out[i] = agreement->task == MLP_TASK_MULTILABEL
                     ? (float)(y[i] >= threshold)
                     : y[i];
    if (agreement->task != MLP_TASK_CLASSIFICATION)
        return;
    for (size_t i = 1; i < mlp_model_n_outputs(agreement->models[side]); i++)
        if (y[i] > y[best])
            best = i;
    out[0] = (float)agreement->classes[side][best];
}

static void
visit_a(void *context, size_t row, const float *truth, const float *said)
{
    struct agreement *agreement = context;
    size_t at = agreement->n_rows++, n = agreement->n_values;

    agreement->rows[at] = row;
    memcpy(agreement->truth + at * n, truth, n * sizeof *truth);
    take(agreement, AGREEMENT_A, said, agreement->said[0] + at * n);
}

static void
visit_b(void *context, size_t row, const float *truth, const float *said)
{
    struct agreement *agreement = context;
    size_t at = agreement->n_rows_b++;

    (void)row;
    (void)truth; /* in b's numbers */
    take(agreement, AGREEMENT_B, said,
         agreement->said[1] + at * agreement->n_values);
}

void agreement_listen(struct agreement *agreement,
                      enum agreement_side side,
                      mlp_evaluate_options *options)
{
    options->visit = side == AGREEMENT_A ? visit_a : visit_b;
    options->visitor = agreement;
    options->beside = agreement->models[side == AGREEMENT_A];
}

/* --- chance --------------------------------------------------------------- */

/* Twice the sum of C(n, i) / 2^n, i <= the smaller one, in logarithms. */
double agreement_chance(size_t n_a, size_t n_b)
{
    size_t n = n_a + n_b, least = n_a < n_b ? n_a : n_b;
    double term = -(double)n * log(2), sum = 0;

    for (size_t i = 0; i <= least; i++) {
        sum += exp(term);
        term += log((double)(n - i) / (double)(i + 1));
    }
    return fmin(1, 2 * sum);
}

/* --- labels --------------------------------------------------------------- */

/* One row: whether each is right, and whether they say the same. */
struct row {
    const float *truth, *a, *b;
    size_t wrong_a, wrong_b, apart; /* of n_values */
};

static struct row row_at(const struct agreement *agreement, size_t at)
{
    size_t n = agreement->n_values;
    struct row row = {.truth = agreement->truth + at * n,
                      .a = agreement->said[0] + at * n,
                      .b = agreement->said[1] + at * n};

    for (size_t i = 0; i < n; i++) {
        row.wrong_a += row.a[i] != row.truth[i];
        row.wrong_b += row.b[i] != row.truth[i];
        row.apart += row.a[i] != row.b[i];
    }
    return row;
}

static void write_share(mlp_buffer *out, size_t n, size_t of)
{
    mlp_buffer_format(out, ",\"agreement\":{\"rows\":%zu,\"share\":", n);
    mlp_json_write_double(out, (double)n / (double)of);
}

static void write_chance(mlp_buffer *out, size_t n_a, size_t n_b)
{
    mlp_buffer_text(out, ",\"p_value\":");
    mlp_json_write_double(out, agreement_chance(n_a, n_b));
    mlp_buffer_text(out, "}");
}

static void write_counts(const struct agreement *agreement, mlp_buffer *out)
{
    size_t n_same = 0, counts[2][2] = {{0}}; /* a wrong?, b wrong? */

    for (size_t i = 0; i < agreement->n_rows; i++) {
        struct row row = row_at(agreement, i);
        n_same += row.apart == 0;
        counts[row.wrong_a != 0][row.wrong_b != 0]++;
    }
    write_share(out, n_same, agreement->n_rows);
    mlp_buffer_format(out,
                      ",\"both_right\":%zu,\"only_a_right\":%zu,"
                      "\"only_b_right\":%zu,\"both_wrong\":%zu",
                      counts[0][0], counts[0][1], counts[1][0], counts[1][1]);
    write_chance(out, counts[0][1], counts[1][0]);
}

static const mlp_label *class_of(const struct agreement *agreement, size_t i)
{
    size_t n = mlp_model_n_outputs(agreement->models[0]);

    return i < n ? mlp_model_class(agreement->models[0], i)
                 : mlp_model_class(agreement->models[1], i - n);
}

/* A class, or the list of labels. */
static void write_said(const struct agreement *agreement,
                       const char *key,
                       const float *values,
                       mlp_buffer *out)
{
    bool first = true;

    mlp_buffer_format(out, ",\"%s\":", key);
    if (agreement->task == MLP_TASK_CLASSIFICATION) {
        score_json_label(out, class_of(agreement, (size_t)values[0]));
        return;
    }
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < agreement->n_values; i++) {
        const char *name = mlp_model_target(agreement->models[0], i);
        if (values[i] == 0)
            continue;
        mlp_buffer_text(out, first ? "" : ",");
        mlp_json_write_string(out, name, strlen(name));
        first = false;
    }
    mlp_buffer_text(out, "]");
}

static const char *better(const struct row *row)
{
    if (row->wrong_a == row->wrong_b)
        return "null";
    return row->wrong_a < row->wrong_b ? "\"a\"" : "\"b\"";
}

static void
write_changed(const struct agreement *agreement, size_t limit, mlp_buffer *out)
{
    size_t n = 0;

    mlp_buffer_text(out, ",\"changed\":[");
    for (size_t i = 0; i < agreement->n_rows && n < limit; i++) {
        struct row row = row_at(agreement, i);
        if (row.apart == 0)
            continue;
        mlp_buffer_format(out, "%s{\"row\":%zu", n++ > 0 ? "," : "",
                          agreement->rows[i] + 1);
        write_said(agreement, "truth", row.truth, out);
        write_said(agreement, "a", row.a, out);
        write_said(agreement, "b", row.b, out);
        mlp_buffer_format(out, ",\"better\":%s}", better(&row));
    }
    mlp_buffer_text(out, "]");
}

/* --- values --------------------------------------------------------------- */

/* Of one target. A value that is no number, of an overflow, is apart from all
 * and near to nothing, and is left out of the mean. */
struct distance {
    size_t n, n_a, n_b; /* rows with both values; where a, b is nearer */
    double sum, largest;
    size_t at; /* the row of the largest */
};

static struct distance distance_of(const struct agreement *agreement, size_t j)
{
    struct distance of = {.largest = -1};

    for (size_t i = 0; i < agreement->n_rows; i++) {
        size_t at = i * agreement->n_values + j;
        double a = (double)agreement->said[0][at];
        double b = (double)agreement->said[1][at];
        double truth = (double)agreement->truth[at], apart = fabs(b - a);
        of.n_a += fabs(a - truth) < fabs(b - truth);
        of.n_b += fabs(b - truth) < fabs(a - truth);
        if (isnan(apart))
            continue;
        of.n++;
        of.sum += apart;
        if (apart > of.largest) {
            of.largest = apart;
            of.at = i;
        }
    }
    return of;
}

static void write_value(mlp_buffer *out, const char *key, float value)
{
    mlp_buffer_format(out, ",\"%s\":", key);
    mlp_json_write_float(out, value);
}

static void
write_target(const struct agreement *agreement, size_t j, mlp_buffer *out)
{
    struct distance of = distance_of(agreement, j);
    const char *name = mlp_model_target(agreement->models[0], j);
    size_t at = of.at * agreement->n_values + j;

    mlp_buffer_format(out, "%s{\"target\":", j > 0 ? "," : "");
    mlp_json_write_string(out, name, strlen(name));
    mlp_buffer_text(out, ",\"mean_difference\":");
    mlp_json_write_double(out, of.sum / (double)of.n);
    mlp_buffer_format(out, ",\"largest\":{\"row\":%zu",
                      agreement->rows[of.at] + 1);
    write_value(out, "truth", agreement->truth[at]);
    write_value(out, "a", agreement->said[0][at]);
    write_value(out, "b", agreement->said[1][at]);
    mlp_buffer_format(out, "},\"a_nearer\":%zu,\"b_nearer\":%zu", of.n_a,
                      of.n_b);
    write_chance(out, of.n_a, of.n_b);
}

void agreement_write(const struct agreement *agreement,
                     size_t limit,
                     mlp_buffer *out)
{
    size_t n_same = 0;

    if (agreement->task != MLP_TASK_REGRESSION) {
        write_counts(agreement, out);
        write_changed(agreement, limit, out);
        return;
    }
    for (size_t i = 0; i < agreement->n_rows; i++)
        n_same += row_at(agreement, i).apart == 0;
    write_share(out, n_same, agreement->n_rows);
    mlp_buffer_text(out, "},\"targets\":[");
    for (size_t j = 0; j < agreement->n_values; j++)
        write_target(agreement, j, out);
    mlp_buffer_text(out, "]");
}

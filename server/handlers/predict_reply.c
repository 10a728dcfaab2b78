/* SPDX-License-Identifier: MIT */
#include "handlers/predict_reply.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/interval.h"
#include "mlp/json.h"
#include "training/score_json.h"

#define MULTILABEL_THRESHOLD 0.5F

static void put_char(mlp_buffer *out, char c)
{
    mlp_buffer_append(out, &c, 1);
}

static void put_text(mlp_buffer *out, const char *text)
{
    mlp_json_write_string(out, text, strlen(text));
}

/* What output i is called: a class, or a target. */
static const char *output_name(const mlp_model *model, size_t i)
{
    return mlp_model_task(model) == MLP_TASK_CLASSIFICATION
               ? mlp_model_class(model, i)->text
               : mlp_model_target(model, i);
}

/* --- the best ones -------------------------------------------------------- */

/* NaN is behind everything. */
static bool is_better(float a, float b)
{
    return isnan(b) ? !isnan(a) : a > b;
}

/* The first of the largest; n when none is a number. */
static size_t best_of(const float *row, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (is_better(row[i], row[best]))
            best = i;
    return n == 0 || isnan(row[best]) ? n : best;
}

/* For qsort_r: falling, equals in their own order. */
static int compare_outputs(const void *a, const void *b, void *row)
{
    const float *outputs = row;
    size_t i = *(const size_t *)a;
    size_t k = *(const size_t *)b;
    if (is_better(outputs[i], outputs[k]))
        return -1;
    if (is_better(outputs[k], outputs[i]))
        return 1;
    return (i > k) - (i < k);
}

/* ranked: the numbers 0..n, the best one first. */
static void rank(const float *row, size_t n, size_t *ranked)
{
    for (size_t i = 0; i < n; i++)
        ranked[i] = i;
    qsort_r(ranked, n, sizeof *ranked, compare_outputs, (void *)(uintptr_t)row);
}

/* --- JSON ----------------------------------------------------------------- */

static void
put_pair(const struct predict_reply *reply, const float *row, size_t i)
{
    put_text(reply->out, output_name(reply->model, i));
    put_char(reply->out, ':');
    mlp_json_write_float(reply->out, row[i]);
}

/* "{"a":0.9,"b":0.1}" of the outputs in `order`, NULL: as they are. */
static void put_pairs(const struct predict_reply *reply,
                      const float *row,
                      const size_t *order,
                      size_t n)
{
    put_char(reply->out, '{');
    for (size_t k = 0; k < n; k++) {
        if (k > 0)
            put_char(reply->out, ',');
        put_pair(reply, row, order == NULL ? k : order[k]);
    }
    put_char(reply->out, '}');
}

static void
put_probabilities(const struct predict_reply *reply, const float *row, size_t n)
{
    mlp_buffer_text(reply->out, ",\"probabilities\":");
    if (reply->form.top == 0) {
        put_pairs(reply, row, NULL, n);
        return;
    }
    rank(row, n, reply->ranked);
    put_pairs(reply, row, reply->ranked, reply->form.top);
}

static void
put_class(const struct predict_reply *reply, const float *row, size_t n)
{
    size_t best = best_of(row, n);
    mlp_buffer_text(reply->out, "{\"label\":");
    if (best < n)
        score_json_label(reply->out, mlp_model_class(reply->model, best));
    else
        mlp_buffer_text(reply->out, "null");
    put_probabilities(reply, row, n);
}

static void
put_labels(const struct predict_reply *reply, const float *row, size_t n)
{
    const char *comma = "";
    mlp_buffer_text(reply->out, "{\"labels\":[");
    for (size_t i = 0; i < n; i++)
        if (row[i] >= MULTILABEL_THRESHOLD) {
            mlp_buffer_text(reply->out, comma);
            put_text(reply->out, mlp_model_target(reply->model, i));
            comma = ",";
        }
    put_char(reply->out, ']');
    put_probabilities(reply, row, n);
}

static void
put_values(const struct predict_reply *reply, const float *row, size_t n)
{
    if (n == 1) {
        mlp_buffer_text(reply->out, "{\"value\":");
        mlp_json_write_float(reply->out, row[0]);
    } else {
        mlp_buffer_text(reply->out, "{\"values\":");
        put_pairs(reply, row, NULL, n);
    }
}

/* "[1,2]", around target i. */
static void
put_interval(const struct predict_reply *reply, const float *row, size_t i)
{
    float low, high;
    mlp_model_interval_around(reply->model, i, reply->form.half_widths[i],
                              row[i], &low, &high);
    put_char(reply->out, '[');
    mlp_json_write_float(reply->out, low);
    put_char(reply->out, ',');
    mlp_json_write_float(reply->out, high);
    put_char(reply->out, ']');
}

static void
put_intervals(const struct predict_reply *reply, const float *row, size_t n)
{
    if (n == 1) {
        mlp_buffer_text(reply->out, ",\"interval\":");
        put_interval(reply, row, 0);
        return;
    }
    mlp_buffer_text(reply->out, ",\"intervals\":{");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            put_char(reply->out, ',');
        put_text(reply->out, mlp_model_target(reply->model, i));
        put_char(reply->out, ':');
        put_interval(reply, row, i);
    }
    put_char(reply->out, '}');
}

/* Each task leaves its object open. */
static void
put_json_row(const struct predict_reply *reply, const float *row, size_t n)
{
    if (reply->n_rows > 0)
        put_char(reply->out, ',');
    switch (mlp_model_task(reply->model)) {
    case MLP_TASK_CLASSIFICATION:
        put_class(reply, row, n);
        break;
    case MLP_TASK_MULTILABEL:
        put_labels(reply, row, n);
        break;
    default:
        put_values(reply, row, n);
    }
    if (reply->explain != NULL)
        predict_explain_write(reply->explain, reply->out);
    if (reply->form.half_widths != NULL)
        put_intervals(reply, row, n);
    if (reply->form.health != NULL)
        predict_health_row(reply->form.health, reply->n_rows, reply->out);
    put_char(reply->out, '}');
}

/* --- CSV ------------------------------------------------------------------ */

/* RFC 4180, of text and end together: quoted where a reader would else go
 * astray. */
static void put_field(mlp_buffer *out, const char *text, const char *end)
{
    size_t n = strlen(text);
    bool blank_end =
        n > 0 && (text[0] == ' ' || (*end == '\0' && text[n - 1] == ' '));
    if (!blank_end && n > 0 && text[strcspn(text, ",\"\r\n")] == '\0') {
        mlp_buffer_append(out, text, n);
        mlp_buffer_text(out, end);
        return;
    }
    put_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            put_char(out, '"');
        put_char(out, *text);
    }
    mlp_buffer_text(out, end);
    put_char(out, '"');
}

static void put_csv_names(const struct predict_reply *reply)
{
    bool labelled = mlp_model_task(reply->model) == MLP_TASK_CLASSIFICATION;
    size_t n = mlp_model_n_outputs(reply->model);
    if (labelled)
        mlp_buffer_text(reply->out, "label");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 || labelled)
            put_char(reply->out, ',');
        put_field(reply->out, output_name(reply->model, i), "");
    }
    for (size_t i = 0; reply->form.half_widths != NULL && i < n; i++) {
        const char *name = output_name(reply->model, i);
        put_char(reply->out, ',');
        put_field(reply->out, n > 1 ? name : "low", n > 1 ? "_low" : "");
        put_char(reply->out, ',');
        put_field(reply->out, n > 1 ? name : "high", n > 1 ? "_high" : "");
    }
    put_char(reply->out, '\n');
}

static void put_csv_figure(const struct predict_reply *reply, float value)
{
    if (isfinite(value))
        mlp_json_write_float(reply->out, value);
}

static void
put_csv_intervals(const struct predict_reply *reply, const float *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float low, high;
        mlp_model_interval_around(reply->model, i, reply->form.half_widths[i],
                                  row[i], &low, &high);
        put_char(reply->out, ',');
        put_csv_figure(reply, low);
        put_char(reply->out, ',');
        put_csv_figure(reply, high);
    }
}

static void
put_csv_row(const struct predict_reply *reply, const float *row, size_t n)
{
    bool labelled = mlp_model_task(reply->model) == MLP_TASK_CLASSIFICATION;
    size_t best = labelled ? best_of(row, n) : n;
    if (best < n)
        put_field(reply->out, mlp_model_class(reply->model, best)->text, "");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 || labelled)
            put_char(reply->out, ',');
        put_csv_figure(reply, row[i]);
    }
    if (reply->form.half_widths != NULL)
        put_csv_intervals(reply, row, n);
    if (reply->form.health != NULL)
        predict_health_row(reply->form.health, reply->n_rows, NULL);
    put_char(reply->out, '\n');
}

/* --- the whole ------------------------------------------------------------ */

mlp_status predict_reply_begin(struct predict_reply *reply,
                               mlp_buffer *out,
                               const mlp_model *model,
                               const struct predict_form *form,
                               mlp_error *err)
{
    size_t n = mlp_model_n_outputs(model);
    *reply = (struct predict_reply){.out = out, .model = model, .form = *form};
    if (reply->form.top > n)
        reply->form.top = n;
    if (reply->form.top > 0) {
        reply->ranked = calloc(n, sizeof *reply->ranked);
        if (reply->ranked == NULL)
            return mlp_fail(err, MLP_NOMEM, "out of memory");
    }
    if (form->csv) {
        put_csv_names(reply);
        return MLP_OK;
    }
    mlp_buffer_text(out, "{\"model\":");
    put_text(out, form->name);
    mlp_buffer_text(out, ",\"version\":");
    mlp_json_write_unsigned(out, form->version);
    put_char(out, ',');
    if (form->health != NULL)
        predict_health_columns(form->health, out);
    mlp_buffer_text(out, "\"predictions\":[");
    return MLP_OK;
}

void predict_reply_rows(struct predict_reply *reply,
                        const float *outputs,
                        size_t n_rows)
{
    size_t n = mlp_model_n_outputs(reply->model);
    for (size_t i = 0; i < n_rows; i++) {
        if (reply->form.csv)
            put_csv_row(reply, outputs + i * n, n);
        else
            put_json_row(reply, outputs + i * n, n);
        reply->n_rows++;
    }
}

void predict_reply_end(struct predict_reply *reply)
{
    if (!reply->form.csv)
        mlp_buffer_text(reply->out, "]}\n");
    free(reply->ranked);
    reply->ranked = NULL;
}

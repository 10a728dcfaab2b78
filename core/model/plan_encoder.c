/* SPDX-License-Identifier: MIT
 *
 * How cells become inputs, from the training rows alone: what each column is,
 * which levels it has, how it is scaled; and of regression's targets. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/calendar.h"
#include "model/plan.h"
#include "model/scaling.h"

/* A text column of so many rows, of which more than every other one has a text
 * of its own, tells rows apart, not kinds of them. */
enum { MIN_ROWS_TO_JUDGE = 50 };
static const double id_share = 0.5;
/* Beyond so many numbers, periodic embeddings cost more than they give. */
enum { MAX_WAVING = 200 };

/* --- what a column is ---------------------------------------------------- */

static mlp_column_kind declared(const mlp_plan *plan, const char *name)
{
    const mlp_fit_spec *spec = &plan->spec;
    for (size_t i = 0; i < spec->n_columns; i++)
        if (strcmp(spec->columns[i].column, name) == 0)
            return spec->columns[i].kind;
    return MLP_KIND_AUTO;
}

static bool all_dates(const mlp_column *face, bool *clock)
{
    float days;
    for (size_t i = 0; i < face->n_levels; i++)
        if (face->levels[i].kind != MLP_CELL_TEXT ||
            !calendar_parse(face->levels[i].text, face->levels[i].length, &days,
                            clock))
            return false;
    return face->n_levels > 0;
}

static mlp_column_kind found(const mlp_column *face)
{
    bool clock;
    if (face->type != MLP_COLUMN_LEVELS || face->n_levels == 0 ||
        face->levels[0].kind == MLP_CELL_NUMBER)
        return MLP_KIND_NUMERIC;
    return all_dates(face, &clock) ? MLP_KIND_DATETIME : MLP_KIND_CATEGORICAL;
}

static mlp_status set_kind(mlp_plan *plan, size_t j, mlp_error *err)
{
    const mlp_column *face = mlp_table_column(plan->table, plan->columns[j]);
    struct encoded_column *column = &plan->encoder.columns[j];
    mlp_column_kind kind = declared(plan, face->name);
    column->kind = kind == MLP_KIND_AUTO ? found(face) : kind;
    if (column->kind == MLP_KIND_BOOLEAN)
        column->kind = MLP_KIND_CATEGORICAL;
    if (column->kind == MLP_KIND_NUMERIC && kind == MLP_KIND_NUMERIC)
        return plan_refusal_text(plan, j, err);
    if (column->kind == MLP_KIND_DATETIME && face->type == MLP_COLUMN_LEVELS)
        (void)all_dates(face, &column->clock);
    return MLP_OK;
}

/* --- levels -------------------------------------------------------------- */

/* Of a column of levels: those that the training rows have. */
static mlp_status
levels_of_labels(mlp_plan *plan, size_t j, const float *cells, mlp_error *err)
{
    const mlp_column *face = mlp_table_column(plan->table, plan->columns[j]);
    struct label_list *levels = &plan->encoder.columns[j].levels;
    bool *seen = alloc_array(face->n_levels, sizeof *seen);
    if (seen == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for levels");
    for (size_t i = 0; i < plan->n_train; i++)
        if (!isnan(cells[i]))
            seen[(size_t)cells[i]] = true;
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < face->n_levels; i++)
        if (seen[i])
            status = labels_add(levels, &face->levels[i], err);
    free(seen);
    labels_sort(levels);
    return status;
}

/* Numbers alone, ascending; how many. */
static size_t sort_numbers(float *cells, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(cells[i]))
            cells[kept++] = cells[i] + 0.0F; /* -0 is 0 */
    statistics_sort(cells, kept);
    return kept;
}

/* Each of n sorted numbers once. */
static mlp_status add_values(struct label_list *levels,
                             const float *cells,
                             size_t n,
                             mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        char text[LABEL_OF_FLOAT_MAX];
        if (i > 0 && cells[i] == cells[i - 1])
            continue;
        mlp_label label = label_of_float(cells[i], text);
        status = labels_add(levels, &label, err);
    }
    return status;
}

/* Of a column of numbers that was declared to be one of levels. */
static mlp_status
levels_of_numbers(mlp_plan *plan, size_t j, float *cells, mlp_error *err)
{
    size_t n = sort_numbers(cells, plan->n_train);
    return add_values(&plan->encoder.columns[j].levels, cells, n, err);
}

static bool is_id(const mlp_plan *plan, size_t j)
{
    const mlp_column *face = mlp_table_column(plan->table, plan->columns[j]);
    double n = (double)plan->n_train;
    return declared(plan, face->name) == MLP_KIND_AUTO &&
           plan->n_train >= MIN_ROWS_TO_JUDGE &&
           (double)plan->encoder.columns[j].levels.n > id_share * n;
}

static mlp_status ignore(mlp_plan *plan, size_t j, enum plan_ignored why)
{
    struct encoded_column *column = &plan->encoder.columns[j];
    plan->why_ignored[j] = why;
    column->kind = MLP_KIND_IGNORE;
    column->missing = column->periodic = false;
    labels_free(&column->levels);
    return MLP_OK;
}

static mlp_status
fit_levels(mlp_plan *plan, size_t j, float *cells, mlp_error *err)
{
    const mlp_column *face = mlp_table_column(plan->table, plan->columns[j]);
    struct encoded_column *column = &plan->encoder.columns[j];
    mlp_status status = face->type == MLP_COLUMN_LEVELS
                            ? levels_of_labels(plan, j, cells, err)
                            : levels_of_numbers(plan, j, cells, err);
    if (status != MLP_OK)
        return status;
    if (declared(plan, face->name) == MLP_KIND_BOOLEAN && column->levels.n > 2)
        return mlp_fail(err, MLP_INVALID,
                        "columns: '%.64s' is declared boolean, but has %zu "
                        "values",
                        face->name, column->levels.n);
    if (is_id(plan, j))
        return ignore(plan, j, PLAN_IGNORED_ID);
    if (column->levels.n == 0 || (column->levels.n == 1 && !column->missing))
        return ignore(plan, j, PLAN_IGNORED_CONSTANT);
    return MLP_OK;
}

/* --- numbers ------------------------------------------------------------- */

/* Row numbers, as tables often have: each cell is as far from the first as its
 * row is, whether that is held out or not. */
static bool counts_rows(const mlp_plan *plan, size_t j)
{
    size_t column = plan->columns[j], n = plan->n_usable;
    if (n < MIN_ROWS_TO_JUDGE ||
        mlp_table_column(plan->table, column)->type != MLP_COLUMN_NUMERIC)
        return false;
    float first = mlp_table_value(plan->table, plan->usable[0], column);
    for (size_t i = 1; i < n; i++) {
        float cell = mlp_table_value(plan->table, plan->usable[i], column);
        if (!(cell - first == (float)(plan->usable[i] - plan->usable[0])))
            return false;
    }
    return true;
}

/* What a share p of the sorted numbers is below, between neighbours along a
 * line (Hyndman & Fan 1996, type 7). */
static double quantile(const float *sorted, size_t n, double p)
{
    double place = p * (double)(n - 1);
    size_t below = (size_t)place, above = below + 1 < n ? below + 1 : below;
    double part = place - (double)below;
    return (double)sorted[below] +
           part * ((double)sorted[above] - (double)sorted[below]);
}

/* Months, weekdays, grades: few whole values, each of which may have a meaning
 * of its own, and rows enough to learn it. */
static bool is_discrete(const float *sorted, size_t n)
{
    enum { FEWEST = 3, ROWS_EACH = 2000 };
    size_t n_values = 0;
    for (size_t i = 0; i < n && n_values <= ENCODER_DISCRETE; i++) {
        if (sorted[i] != truncf(sorted[i]))
            return false;
        n_values += i == 0 || sorted[i] != sorted[i - 1];
    }
    return n_values >= FEWEST && n_values <= ENCODER_DISCRETE &&
           n >= ROWS_EACH * n_values;
}

/* Median and the distance between the quartiles, or half the range where that
 * is 0. */
static mlp_status
fit_robust(mlp_plan *plan, size_t j, float *cells, mlp_error *err)
{
    struct encoded_column *column = &plan->encoder.columns[j];
    struct plan_scale *scale = &plan->scales[j];
    bool counted =
        column->kind == MLP_KIND_NUMERIC && plan->spec.n_features > 1 &&
        declared(plan, mlp_table_column(plan->table, plan->columns[j])->name) ==
            MLP_KIND_AUTO &&
        counts_rows(plan, j);
    size_t n = sort_numbers(cells, plan->n_train);
    if (n == 0 || (cells[0] == cells[n - 1] && !column->missing))
        return ignore(plan, j, PLAN_IGNORED_CONSTANT);
    if (counted)
        return ignore(plan, j, PLAN_IGNORED_ID);
    double spread = quantile(cells, n, 0.75) - quantile(cells, n, 0.25);
    if (!(spread > 0))
        spread = ((double)cells[n - 1] - (double)cells[0]) / 2;
    float factor = spread > 0 ? (float)(1 / spread) : 0;
    plan->encoder.low[j] = cells[0];
    plan->encoder.high[j] = cells[n - 1];
    scale->shift = (float)quantile(cells, n, 0.5);
    scale->scale = isfinite(factor) ? factor : 0;
    column->discrete =
        column->kind == MLP_KIND_NUMERIC && is_discrete(cells, n);
    return column->discrete ? add_values(&column->levels, cells, n, err)
                            : MLP_OK;
}

/* --- column by column ---------------------------------------------------- */

static bool any_missing(const float *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(cells[i]))
            return true;
    return false;
}

/* The cells of a datetime are levels of text until here. */
static void to_days(const mlp_column *face, float *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float days = NAN;
        if (!isnan(cells[i]) && face->type == MLP_COLUMN_LEVELS) {
            const mlp_label *label = &face->levels[(size_t)cells[i]];
            (void)calendar_parse(label->text, label->length, &days, NULL);
        }
        cells[i] = days;
    }
}

static void to_numbers(const mlp_column *face, float *cells, size_t n)
{
    for (size_t i = 0; i < n && face->type == MLP_COLUMN_LEVELS; i++)
        if (!isnan(cells[i]))
            cells[i] = (float)face->levels[(size_t)cells[i]].number;
}

static mlp_status
fit_column(mlp_plan *plan, size_t j, float *cells, mlp_error *err)
{
    struct encoded_column *column = &plan->encoder.columns[j];
    const mlp_column *face = mlp_table_column(plan->table, plan->columns[j]);
    bool robust = plan->spec.scaling == MLP_SCALING_ROBUST;
    if (column->kind == MLP_KIND_NUMERIC && !robust)
        return MLP_OK; /* the statistics are enough */
    mlp_table_gather(plan->table, plan->train, plan->n_train, &plan->columns[j],
                     1, cells);
    column->missing = any_missing(cells, plan->n_train);
    if (column->kind == MLP_KIND_CATEGORICAL)
        return fit_levels(plan, j, cells, err);
    if (column->kind == MLP_KIND_DATETIME)
        to_days(face, cells, plan->n_train);
    else
        to_numbers(face, cells, plan->n_train);
    return fit_robust(plan, j, cells, err);
}

static mlp_status fit_columns(mlp_plan *plan, mlp_error *err)
{
    float *cells = alloc_array(plan->n_train, sizeof *cells);
    if (cells == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for columns");
    mlp_status status = MLP_OK;
    for (size_t j = 0; status == MLP_OK && j < plan->spec.n_features; j++)
        status = fit_column(plan, j, cells, err);
    free(cells);
    return status;
}

/* Numbers under the scalings whose shift and scale come of statistics. */
static void set_plain_scales(mlp_plan *plan)
{
    for (size_t j = 0; j < plan->spec.n_features; j++) {
        const struct column_statistics *statistics = &plan->statistics[j];
        struct encoded_column *column = &plan->encoder.columns[j];
        if (column->kind != MLP_KIND_NUMERIC)
            continue;
        plan->encoder.low[j] = statistics->low;
        plan->encoder.high[j] = statistics->high;
        scaling_fit(plan->spec.scaling, statistics, 1, &plan->scales[j].shift,
                    &plan->scales[j].scale);
    }
}

static void set_scales(mlp_plan *plan)
{
    struct encoder *encoder = &plan->encoder;
    for (size_t j = 0; j < encoder->n; j++) {
        size_t input;
        if (!encoder_number(encoder, j, &input))
            continue;
        encoder->shift[input] = plan->scales[j].shift;
        encoder->scale[input] = plan->scales[j].scale;
    }
}

/* --- all of it ----------------------------------------------------------- */

/* A warm start sees its inputs as the model before saw them: the weights mean
 * nothing under another encoding. */
static mlp_status encode_as_before(mlp_plan *plan, mlp_error *err)
{
    const struct encoder *from = &plan->spec.from->encoder;
    mlp_scaling *scaling = &plan->spec.scaling;
    if (*scaling != MLP_SCALING_AUTO && *scaling != from->scaling)
        return mlp_fail(err, MLP_INVALID, "from: its scaling is %s, not %s",
                        mlp_scaling_name(from->scaling),
                        mlp_scaling_name(*scaling));
    *scaling = from->scaling;
    encoder_free(&plan->encoder);
    mlp_status status = encoder_copy(&plan->encoder, from, err);
    if (status == MLP_OK) /* for the warnings */
        status = statistics_of_columns(plan->table, plan->train, plan->n_train,
                                       plan->columns, plan->spec.n_features,
                                       plan->statistics, err);
    return status;
}

static bool all_numeric(const mlp_plan *plan)
{
    for (size_t j = 0; j < plan->spec.n_features; j++)
        if (plan->encoder.columns[j].kind != MLP_KIND_NUMERIC)
            return false;
    return true;
}

static mlp_status choose_scaling(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    size_t n = spec->n_features;
    mlp_status status =
        statistics_of_columns(plan->table, plan->train, plan->n_train,
                              plan->columns, n, plan->statistics, err);
    if (status == MLP_OK && spec->scaling == MLP_SCALING_AUTO) {
        bool pixels = all_numeric(plan) &&
                      scaling_choose(plan->statistics, n, plan->n_train) ==
                          MLP_SCALING_BYTE;
        spec->scaling = pixels            ? MLP_SCALING_BYTE
                        : plan->by_recipe ? MLP_SCALING_ROBUST
                                          : MLP_SCALING_STANDARD;
    }
    if (status == MLP_OK && spec->scaling == MLP_SCALING_STANDARD)
        status =
            statistics_add_deviations(plan->table, plan->train, plan->n_train,
                                      plan->columns, n, plan->statistics, err);
    plan->encoder.scaling = spec->scaling;
    return status;
}

/* Numbers, or as many as are worth it, get periodic embeddings. */
static void set_waves(mlp_plan *plan)
{
    struct encoder *encoder = &plan->encoder;
    mlp_numeric_embedding *kind = &plan->spec.numeric_embedding;
    size_t n = 0;
    for (size_t j = 0; j < encoder->n; j++)
        n += encoder->columns[j].kind == MLP_KIND_NUMERIC;
    if (*kind == MLP_NUMERIC_EMBEDDING_AUTO)
        *kind = plan->by_recipe && n > 0 && n <= MAX_WAVING &&
                        plan->spec.scaling == MLP_SCALING_ROBUST
                    ? plan_recipe_embedding(plan)
                    : MLP_NUMERIC_EMBEDDING_NONE;
    for (size_t j = 0; j < encoder->n; j++)
        encoder->columns[j].periodic =
            *kind == MLP_NUMERIC_EMBEDDING_PERIODIC &&
            encoder->columns[j].kind == MLP_KIND_NUMERIC;
}

static mlp_status encode_anew(mlp_plan *plan, mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t j = 0; status == MLP_OK && j < plan->spec.n_features; j++)
        status = set_kind(plan, j, err);
    if (status == MLP_OK)
        status = choose_scaling(plan, err);
    if (status == MLP_OK && plan->spec.scaling != MLP_SCALING_ROBUST)
        set_plain_scales(plan);
    if (status == MLP_OK)
        status = fit_columns(plan, err);
    set_waves(plan);
    if (status == MLP_OK)
        status = encoder_place(&plan->encoder, err);
    if (status == MLP_OK)
        set_scales(plan);
    return status;
}

static mlp_status allocate(mlp_plan *plan, mlp_error *err)
{
    size_t n = plan->spec.n_features;
    plan->statistics = alloc_array(n, sizeof *plan->statistics);
    plan->scales = alloc_array(n, sizeof *plan->scales);
    plan->why_ignored = alloc_array(n, sizeof *plan->why_ignored);
    if (plan->statistics && plan->scales && plan->why_ignored)
        return encoder_init(&plan->encoder, n, err);
    return mlp_fail(err, MLP_NOMEM, "out of memory for columns");
}

mlp_status plan_encoder(mlp_plan *plan, mlp_error *err)
{
    mlp_status status = allocate(plan, err);
    if (status == MLP_OK)
        status = plan->spec.from != NULL ? encode_as_before(plan, err)
                                         : encode_anew(plan, err);
    if (status == MLP_OK)
        status = alignment_init(&plan->alignment, plan->table, &plan->encoder,
                                plan->columns, err);
    if (status == MLP_OK)
        plan->scaled_alike = scaling_is_uniform(
            plan->encoder.shift, plan->encoder.scale, plan->encoder.n_inputs);
    if (status == MLP_OK && plan->spec.task == MLP_TASK_REGRESSION)
        status = plan_target_scales(plan, err);
    return status == MLP_OK ? plan_warnings(plan, err) : status;
}

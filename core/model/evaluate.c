/* SPDX-License-Identifier: MIT
 *
 * Scoring a model on a table: what is right, row by row, beside what the model
 * says. */
#include "mlp/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/text.h"
#include "mlp/interval.h"
#include "mlp/rows.h"
#include "model/bundle.h"
#include "model/scores.h"

/* Rows that are scored at a time. */
enum { SLICE_ROWS = 256 };
static const double coverage = 0.9;

/* One target's column, and what each of its levels means to the model: the
 * number of a class, or a value; NaN: nothing. */
struct truth {
    size_t column;
    const mlp_column *face;
    float *of_level; /* [n_levels] */
};

struct evaluation {
    const mlp_model *model;
    const mlp_table *table;
    mlp_evaluate_options options;
    struct truth *truths; /* [n_targets] */
    float *rows;          /* [n_rows, width] */
    size_t width;
    mlp_predictor *predictor;
    float *y;           /* [SLICE_ROWS, n_outputs] */
    float *t;           /* [n_targets] of one row */
    float *half_widths; /* [n_targets], of intervals; NULL: there are none */
    size_t n_covered;
    struct scores scores;
    size_t n_skipped;
};

/* --- labels --------------------------------------------------------------- */

static int by_label(const void *left, const void *right)
{
    return label_compare(left, right);
}

static int by_float(const void *left, const void *right)
{
    const mlp_label *a = left, *b = right;
    if (a->kind != MLP_CELL_NUMBER || b->kind != MLP_CELL_NUMBER)
        return label_compare(a, b);
    float x = (float)a->number, y = (float)b->number;
    return (x > y) - (x < y);
}

/* The number of a class, or NaN. A number may have been through a float on its
 * way here and not on its way into the model, or the other way round. */
static float find_class(const mlp_model *model, const mlp_label *label)
{
    const struct label_list *classes = &model->classes;
    const mlp_label *found = bsearch(label, classes->items, classes->n,
                                     sizeof *classes->items, by_label);
    if (found == NULL)
        found = bsearch(label, classes->items, classes->n,
                        sizeof *classes->items, by_float);
    return found != NULL ? (float)(found - classes->items) : NAN;
}

/* A number or a boolean as a number; of multilabel, 0 and 1 alone. */
static float find_value(const mlp_model *model, const mlp_label *label)
{
    double value = label->kind == MLP_CELL_BOOLEAN  ? label->text[0] == 't'
                   : label->kind == MLP_CELL_NUMBER ? label->number
                                                    : (double)NAN;
    bool fits = model->task == MLP_TASK_REGRESSION ? isfinite((float)value)
                                                   : value == 0 || value == 1;
    return fits ? (float)value : NAN;
}

static float meaning(const mlp_model *model, const mlp_label *label)
{
    return model->task == MLP_TASK_CLASSIFICATION ? find_class(model, label)
                                                  : find_value(model, label);
}

static mlp_status
find_truth(struct evaluation *e, size_t target, mlp_error *err)
{
    const char *name = e->model->targets.items[target].text;
    struct truth *truth = &e->truths[target];
    if (!mlp_table_find(e->table, name, &truth->column))
        return mlp_fail(err, MLP_INVALID,
                        "column '%s' is missing: it should say what is right",
                        text_excerpt(name, strlen(name)).text);
    truth->face = mlp_table_column(e->table, truth->column);
    truth->of_level =
        alloc_array(truth->face->n_levels, sizeof *truth->of_level);
    if (truth->of_level == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for labels");
    for (size_t i = 0; i < truth->face->n_levels; i++)
        truth->of_level[i] = meaning(e->model, &truth->face->levels[i]);
    return MLP_OK;
}

/* --- one row -------------------------------------------------------------- */

static mlp_status refuse(const struct evaluation *e,
                         const struct truth *truth,
                         const mlp_label *label,
                         size_t row,
                         mlp_error *err)
{
    static const char *const wanted[] = {
        [MLP_TASK_CLASSIFICATION] = "the model has no class",
        [MLP_TASK_REGRESSION] = "expected a number, got",
        [MLP_TASK_MULTILABEL] = "expected 0, 1, false or true, got",
    };
    const char *name = truth->face->name;
    const char *quote = label->kind == MLP_CELL_TEXT ? "\"" : "";
    return mlp_fail(err, MLP_INVALID, "column '%s', row %zu: %s %s%s%s",
                    text_excerpt(name, strlen(name)).text, row + 1,
                    wanted[e->model->task], quote,
                    text_excerpt(label->text, label->length).text, quote);
}

/* Without any of its targets a row is not there. */
static bool is_there(const struct evaluation *e, size_t row)
{
    for (size_t j = 0; j < e->model->targets.n; j++)
        if (isnan(mlp_table_value(e->table, row, e->truths[j].column)))
            return false;
    return true;
}

static mlp_status read_truth(const struct evaluation *e,
                             size_t row,
                             size_t target,
                             float *out,
                             mlp_error *err)
{
    const struct truth *truth = &e->truths[target];
    float cell = mlp_table_value(e->table, row, truth->column);
    char text[MLP_FLOAT_TEXT_MAX + 1] = "";
    mlp_label label = {MLP_CELL_NUMBER, text, 0, (double)cell};
    if (truth->face->type == MLP_COLUMN_LEVELS) {
        label = truth->face->levels[(size_t)cell];
        *out = truth->of_level[(size_t)cell];
    } else {
        *out = meaning(e->model, &label);
        if (isnan(*out)) {
            label.length = mlp_format_float(cell, text);
            text[label.length] = '\0';
        }
    }
    return isnan(*out) ? refuse(e, truth, &label, row, err) : MLP_OK;
}

static void count_covered(struct evaluation *e, const float *y)
{
    for (size_t j = 0; e->half_widths != NULL && j < e->model->targets.n; j++) {
        float low, high;
        mlp_model_interval_around(e->model, j, e->half_widths[j], y[j], &low,
                                  &high);
        e->n_covered += e->t[j] >= low && e->t[j] <= high;
    }
}

static mlp_status
score_row(struct evaluation *e, size_t row, const float *y, mlp_error *err)
{
    mlp_status status = MLP_OK;
    if (!is_there(e, row)) {
        e->n_skipped++;
        return MLP_OK;
    }
    for (size_t j = 0; status == MLP_OK && j < e->model->targets.n; j++)
        status = read_truth(e, row, j, &e->t[j], err);
    if (status != MLP_OK)
        return status;
    if (e->model->task == MLP_TASK_CLASSIFICATION) {
        uint32_t class = (uint32_t)e->t[0];
        scores_add_classes(&e->scores, y, &class, 1);
    } else {
        scores_add_values(&e->scores, y, e->t, 1);
        count_covered(e, y);
    }
    if (e->options.visit != NULL)
        e->options.visit(e->options.visitor, row, e->t, y);
    return MLP_OK;
}

/* --- all rows ------------------------------------------------------------- */

static mlp_status score_rows(struct evaluation *e, mlp_error *err)
{
    size_t n_rows = mlp_table_n_rows(e->table);
    size_t n_outputs = mlp_model_n_outputs(e->model);
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < n_rows; i += SLICE_ROWS) {
        size_t n = n_rows - i < SLICE_ROWS ? n_rows - i : SLICE_ROWS;
        if (e->options.is_cancelled != NULL &&
            e->options.is_cancelled(e->options.context))
            return mlp_fail(err, MLP_CANCELLED, "the evaluation was stopped");
        mlp_model_predict(e->model, e->predictor, e->rows + i * e->width, n,
                          e->y);
        for (size_t k = 0; status == MLP_OK && k < n; k++)
            status = score_row(e, i + k, e->y + k * n_outputs, err);
    }
    if (status == MLP_OK && e->scores.n_rows == 0)
        return mlp_fail(err, MLP_INVALID, "no row says what is right");
    return status;
}

static mlp_status allocate(struct evaluation *e, mlp_error *err)
{
    size_t n_rows = mlp_table_n_rows(e->table), n_cells;
    e->truths = alloc_array(e->model->targets.n, sizeof *e->truths);
    e->t = alloc_array(e->model->targets.n, sizeof *e->t);
    e->y =
        alloc_array(SLICE_ROWS * mlp_model_n_outputs(e->model), sizeof *e->y);
    if (size_mul(n_rows, e->width, &n_cells))
        e->rows = alloc_array(n_cells, sizeof *e->rows);
    if (!e->truths || !e->t || !e->y || !e->rows)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the rows");
    return MLP_OK;
}

static mlp_status find_intervals(struct evaluation *e, mlp_error *err)
{
    size_t n = e->model->targets.n;
    float half_width;
    if (!mlp_model_interval(e->model, 0, coverage, &half_width))
        return MLP_OK;
    e->half_widths = alloc_array(n, sizeof *e->half_widths);
    if (e->half_widths == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for intervals");
    for (size_t j = 0; j < n; j++)
        (void)mlp_model_interval(e->model, j, coverage, &e->half_widths[j]);
    return MLP_OK;
}

static mlp_status evaluate(struct evaluation *e, mlp_error *err)
{
    if (mlp_table_n_rows(e->table) == 0)
        return mlp_fail(err, MLP_INVALID, "there are no rows");
    mlp_status status = allocate(e, err);
    for (size_t j = 0; status == MLP_OK && j < e->model->targets.n; j++)
        status = find_truth(e, j, err);
    if (status == MLP_OK)
        status = find_intervals(e, err);
    if (status == MLP_OK)
        status = mlp_model_align_beside(e->model, e->options.beside, e->table,
                                        e->rows, err);
    if (status == MLP_OK)
        status = mlp_predictor_create(e->model, SLICE_ROWS, &e->predictor, err);
    if (status == MLP_OK)
        status = scores_init(&e->scores, e->model->task,
                             mlp_model_n_outputs(e->model),
                             mlp_table_n_rows(e->table), err);
    if (status != MLP_OK)
        return status;
    scores_compare(&e->scores, e->options.baseline);
    return score_rows(e, err);
}

static void evaluation_free(struct evaluation *e)
{
    for (size_t j = 0; e->truths != NULL && j < e->model->targets.n; j++)
        free(e->truths[j].of_level);
    free(e->truths);
    free(e->rows);
    free(e->y);
    free(e->t);
    free(e->half_widths);
    mlp_predictor_destroy(e->predictor);
    scores_free(&e->scores);
}

mlp_status mlp_model_evaluate(const mlp_model *model,
                              const mlp_table *table,
                              const mlp_evaluate_options *options,
                              mlp_score_table **out,
                              mlp_error *err)
{
    struct evaluation e = {
        .model = model,
        .table = table,
        .width = mlp_model_n_features(model), /* of mlp_model_align() */
    };
    if (options != NULL)
        e.options = *options;
    *out = NULL;
    mlp_status status = evaluate(&e, err);
    if (status == MLP_OK)
        status = scores_tables(&e.scores, out, err);
    if (status == MLP_OK)
        (*out)->n_skipped = e.n_skipped;
    if (status == MLP_OK && e.half_widths != NULL)
        (*out)->interval_coverage_90 =
            (double)e.n_covered /
            ((double)e.scores.n_rows * (double)model->targets.n);
    evaluation_free(&e);
    return status;
}

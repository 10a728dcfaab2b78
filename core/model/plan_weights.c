/* SPDX-License-Identifier: MIT
 *
 * What each row weighs in the losses. Only what they are beside each other
 * counts, so they are kept with an average of 1, which no batch's sum of them,
 * nor their product with a class's weight, brings near a float's ends. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "data/text.h"
#include "model/plan.h"

static mlp_status read_cell(const mlp_column *column,
                            uint32_t row,
                            float cell,
                            float *out,
                            mlp_error *err)
{
    const mlp_label *level = NULL;
    if (isnan(cell))
        return mlp_fail(err, MLP_INVALID,
                        "weight: column '%.64s': row %zu has no value; 0 is "
                        "for rows that do not count",
                        column->name, (size_t)row + 1);
    if (column->type == MLP_COLUMN_LEVELS)
        level = &column->levels[(size_t)cell];
    if (level != NULL && level->kind != MLP_CELL_NUMBER) {
        struct excerpt found = text_excerpt(level->text, level->length);
        return mlp_fail(err, MLP_INVALID,
                        "weight: column '%.64s': expected numbers, got '%s' in "
                        "row %zu",
                        column->name, found.text, (size_t)row + 1);
    }
    *out = level != NULL ? (float)level->number : cell;
    if (*out >= 0 && isfinite(*out))
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID,
                    "weight: column '%.64s': expected numbers of at least 0, "
                    "got %g in row %zu",
                    column->name, (double)*out, (size_t)row + 1);
}

static mlp_status read_column(mlp_plan *plan, mlp_error *err)
{
    const mlp_column *column = mlp_table_column(plan->table, plan->weight);
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < plan->n_usable; i++) {
        uint32_t row = plan->usable[i];
        float cell = mlp_table_value(plan->table, row, plan->weight);
        status = read_cell(column, row, cell, &plan->weights[row], err);
    }
    return status;
}

/* Of those that are in a fold, if there are folds. */
static double
sum_of(const mlp_plan *plan, const uint32_t *rows, size_t n, size_t fold)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (plan->fold_of == NULL || plan->fold_of[rows[i]] == fold)
            sum += (double)plan->weights[rows[i]];
    return sum;
}

/* Each network needs rows that count, on both sides; `all`: what those weigh
 * that any of them learns from. */
static mlp_status check_sums(const mlp_plan *plan, double all, mlp_error *err)
{
    size_t n_folds = plan->fold_of != NULL ? plan->spec.n_members : 1;
    if (!(all > 0))
        return mlp_fail(err, MLP_INVALID,
                        "weight: column '%.64s': all rows that are to be "
                        "learned from weigh 0",
                        plan->spec.weight);
    for (size_t i = 0; plan->n_validation > 0 && i < n_folds; i++) {
        double held = sum_of(plan, plan->validation, plan->n_validation, i);
        if (!(held > 0) || (plan->fold_of != NULL && !(held < all)))
            return mlp_fail(err, MLP_INVALID,
                            "weight: column '%.64s': too few rows weigh more "
                            "than 0 to hold out some and to learn from others",
                            plan->spec.weight);
    }
    return MLP_OK;
}

mlp_status plan_weights(mlp_plan *plan, mlp_error *err)
{
    size_t n_rows = mlp_table_n_rows(plan->table);
    double sum = 0;
    if (plan->spec.weight == NULL)
        return MLP_OK;
    plan->weights = alloc_array(n_rows, sizeof *plan->weights);
    if (plan->weights == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows", n_rows);
    mlp_status status = read_column(plan, err);
    if (status != MLP_OK)
        return status;
    for (size_t i = 0; i < plan->n_train; i++)
        sum += (double)plan->weights[plan->train[i]];
    status = check_sums(plan, sum, err);
    for (size_t i = 0; status == MLP_OK && i < plan->n_usable; i++) {
        float *weight = &plan->weights[plan->usable[i]];
        *weight = (float)((double)*weight * (double)plan->n_train / sum);
    }
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * Surveying a target column. */
#include "model/target.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/statistics.h"

/* A float tells neighbouring whole numbers apart up to here. */
static const float whole_below = 16777216.0F;

/* Sort and keep one of each; -0 is 0. */
static size_t distinct(float *cells, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        cells[i] += 0.0F;
    statistics_sort(cells, n);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || cells[i] != cells[kept - 1])
            cells[kept++] = cells[i];
    return kept;
}

static mlp_cell_kind kind_of(const mlp_column *column)
{
    if (column->type == MLP_COLUMN_NUMERIC)
        return MLP_CELL_NUMBER;
    return column->n_levels > 0 ? column->levels[0].kind : MLP_CELL_MISSING;
}

double target_number(const struct target *target, float cell)
{
    const mlp_column *column = target->column;
    if (column->type == MLP_COLUMN_NUMERIC)
        return (double)cell;
    const mlp_label *level = &column->levels[(size_t)cell];
    return level->kind == MLP_CELL_BOOLEAN ? level->text[0] == 't'
                                           : level->number;
}

static void judge(struct target *target)
{
    target->whole = target->kind == MLP_CELL_NUMBER;
    target->binary =
        target->kind == MLP_CELL_NUMBER || target->kind == MLP_CELL_BOOLEAN;
    for (size_t i = 0; i < target->n && target->binary; i++) {
        double number = target_number(target, target->cells[i]);
        target->binary = number == 0 || number == 1;
    }
    for (size_t i = 0; i < target->n && target->whole; i++) {
        double number = target_number(target, target->cells[i]);
        target->whole = number == trunc(number);
    }
}

mlp_status target_survey(struct target *out,
                         const mlp_table *table,
                         size_t column,
                         const uint32_t *rows,
                         size_t n_rows,
                         mlp_error *err)
{
    *out = (struct target){.column = mlp_table_column(table, column)};
    out->kind = kind_of(out->column);
    out->cells = alloc_array(n_rows, sizeof *out->cells);
    if (out->cells == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the target");
    mlp_table_gather(table, rows, n_rows, &column, 1, out->cells);
    out->n = distinct(out->cells, n_rows);
    judge(out);
    return MLP_OK;
}

void target_free(struct target *target)
{
    free(target->cells);
    target->cells = NULL;
}

size_t target_find(const struct target *target, float cell)
{
    size_t low = 0, high = target->n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (target->cells[middle] < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- labels -------------------------------------------------------------- */

/* The label of a distinct cell; `text` has the room that a number needs. */
static mlp_label label_of(const struct target *target, float cell, char *text)
{
    if (target->column->type == MLP_COLUMN_LEVELS)
        return target->column->levels[(size_t)cell];
    size_t length = mlp_format_float(cell, text);
    text[length] = '\0';
    return (mlp_label){MLP_CELL_NUMBER, text, length, (double)cell};
}

static mlp_status
check_exact(const struct target *target, float cell, mlp_error *err)
{
    if (target->column->type == MLP_COLUMN_LEVELS ||
        fabsf(cell) <= whole_below || !target->whole)
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID,
                    "target '%.64s': %.0f is beyond 2^24, where cells cannot "
                    "tell whole numbers apart; send such classes as text",
                    target->column->name, (double)cell);
}

mlp_status target_labels(const struct target *target,
                         struct label_list *classes,
                         mlp_error *err)
{
    char text[MLP_FLOAT_TEXT_MAX + 1];
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < target->n; i++) {
        mlp_label label = label_of(target, target->cells[i], text);
        status = check_exact(target, target->cells[i], err);
        if (status == MLP_OK)
            status = labels_add(classes, &label, err);
    }
    labels_sort(classes);
    return status;
}

static int by_label(const void *left, const void *right)
{
    return label_compare(left, right);
}

mlp_status target_classes(const struct target *target,
                          const struct label_list *classes,
                          uint32_t *class_of,
                          mlp_error *err)
{
    char text[MLP_FLOAT_TEXT_MAX + 1];
    for (size_t i = 0; i < target->n; i++) {
        mlp_label label = label_of(target, target->cells[i], text);
        const mlp_label *found = bsearch(&label, classes->items, classes->n,
                                         sizeof *classes->items, by_label);
        if (found == NULL)
            return mlp_fail(err, MLP_INVALID,
                            "target '%.64s': the model that training starts "
                            "from has no class '%.64s'",
                            target->column->name, label.text);
        class_of[i] = (uint32_t)(found - classes->items);
    }
    return MLP_OK;
}

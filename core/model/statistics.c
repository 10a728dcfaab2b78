/* SPDX-License-Identifier: MIT
 *
 * Column statistics, in slices of rows that stay in the cache. The deviation
 * takes a second pass: a difference of sums would lose it to rounding. */
#include "model/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

typedef void (*slice_visitor)(const float *x,
                              size_t n_rows,
                              size_t n_columns,
                              struct column_statistics *out);

/* How many rows make a slice of about 256 KiB. */
static size_t slice_rows(size_t n_columns)
{
    assert(n_columns > 0);
    size_t rows = (size_t)(64 * 1024) / n_columns;
    return rows == 0 ? 1 : rows;
}

static void add_values(const float *x,
                       size_t n_rows,
                       size_t n_columns,
                       struct column_statistics *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_columns; j++) {
            float value = x[i * n_columns + j];
            struct column_statistics *column = &out[j];
            if (isnan(value))
                continue;
            if (column->n == 0)
                *column = (struct column_statistics){
                    .low = value, .high = value, .whole = true};
            column->n++;
            column->mean += (double)value; /* the sum as yet */
            column->low = fminf(column->low, value);
            column->high = fmaxf(column->high, value);
            column->whole = column->whole && value == truncf(value);
        }
    }
}

static void add_deviations(const float *x,
                           size_t n_rows,
                           size_t n_columns,
                           struct column_statistics *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_columns; j++) {
            double difference = (double)x[i * n_columns + j] - out[j].mean;
            if (!isnan(difference))
                out[j].deviation += difference * difference;
        }
    }
}

static mlp_status visit(const mlp_table *table,
                        const uint32_t *rows,
                        size_t n_rows,
                        const size_t *columns,
                        size_t n_columns,
                        slice_visitor visitor,
                        struct column_statistics *out,
                        mlp_error *err)
{
    size_t step = slice_rows(n_columns), n_cells;
    float *slice = size_mul(step, n_columns, &n_cells)
                       ? alloc_array(n_cells, sizeof *slice)
                       : NULL;
    if (slice == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for statistics");
    for (size_t i = 0; i < n_rows; i += step) {
        size_t n = n_rows - i < step ? n_rows - i : step;
        mlp_table_gather(table, rows + i, n, columns, n_columns, slice);
        visitor(slice, n, n_columns, out);
    }
    free(slice);
    return MLP_OK;
}

mlp_status statistics_of_columns(const mlp_table *table,
                                 const uint32_t *rows,
                                 size_t n_rows,
                                 const size_t *columns,
                                 size_t n_columns,
                                 struct column_statistics *out,
                                 mlp_error *err)
{
    for (size_t j = 0; j < n_columns; j++)
        out[j] = (struct column_statistics){0};
    mlp_status status =
        visit(table, rows, n_rows, columns, n_columns, add_values, out, err);
    for (size_t j = 0; j < n_columns; j++)
        out[j].mean /= out[j].n > 0 ? (double)out[j].n : 1;
    return status;
}

mlp_status statistics_add_deviations(const mlp_table *table,
                                     const uint32_t *rows,
                                     size_t n_rows,
                                     const size_t *columns,
                                     size_t n_columns,
                                     struct column_statistics *out,
                                     mlp_error *err)
{
    for (size_t j = 0; j < n_columns; j++)
        out[j].deviation = 0;
    mlp_status status = visit(table, rows, n_rows, columns, n_columns,
                              add_deviations, out, err);
    for (size_t j = 0; j < n_columns; j++)
        out[j].deviation =
            out[j].n > 0 ? sqrt(out[j].deviation / (double)out[j].n) : 0;
    return status;
}

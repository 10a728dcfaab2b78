/* SPDX-License-Identifier: MIT
 *
 * Column statistics, in slices of rows that stay in the cache. The deviation
 * takes a second pass: a difference of sums would lose it to rounding. */
#include "model/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { LANES = 64 };

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

/* Neighbouring columns, each figure of theirs side by side: the loop over them
 * has no branches, and a compiler makes wide operations of it. Each column
 * still adds up its own values from the first row to the last. */
struct lanes {
    double sum[LANES];
    float low[LANES], high[LANES];
    uint32_t n[LANES], n_fractions[LANES];
};

static void lanes_load(struct lanes *lanes,
                       const struct column_statistics *columns,
                       size_t n)
{
    for (size_t j = 0; j < n; j++) {
        lanes->sum[j] = columns[j].mean; /* the sum as yet */
        lanes->low[j] = columns[j].low;
        lanes->high[j] = columns[j].high;
        lanes->n[j] = lanes->n_fractions[j] = 0;
    }
}

static void lanes_store(const struct lanes *lanes,
                        struct column_statistics *columns,
                        size_t n)
{
    for (size_t j = 0; j < n; j++) {
        columns[j].mean = lanes->sum[j];
        columns[j].low = lanes->low[j];
        columns[j].high = lanes->high[j];
        columns[j].n += lanes->n[j];
        columns[j].whole = columns[j].whole && lanes->n_fractions[j] == 0;
    }
}

/* Below 2^23, adding 2^23 rounds to a whole number; from there on all are. */
static uint32_t is_fraction(float x)
{
    const float all_whole = 1 << 23;
    float size = fabsf(x);
    return (size < all_whole) & (size + all_whole - all_whole != size);
}

/* A comparison with NaN is false: what is missing is neither low nor high. */
static void lanes_add(struct lanes *restrict lanes, const float *x, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float value = x[j];
        double sum = lanes->sum[j] + (double)value;
        lanes->sum[j] = isnan(value) ? lanes->sum[j] : sum;
        lanes->low[j] = value < lanes->low[j] ? value : lanes->low[j];
        lanes->high[j] = value > lanes->high[j] ? value : lanes->high[j];
        lanes->n[j] += (uint32_t)!isnan(value);
        lanes->n_fractions[j] += is_fraction(value);
    }
}

static void add_values(const float *x,
                       size_t n_rows,
                       size_t n_columns,
                       struct column_statistics *out)
{
    struct lanes lanes;
    for (size_t j = 0; j < n_columns; j += LANES) {
        size_t n = n_columns - j < LANES ? n_columns - j : LANES;
        lanes_load(&lanes, &out[j], n);
        for (size_t i = 0; i < n_rows; i++)
            lanes_add(&lanes, x + i * n_columns + j, n);
        lanes_store(&lanes, &out[j], n);
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

/* A level that is a number says so; slice: [n_rows, n_columns]. */
static void to_numbers(const mlp_table *table,
                       const size_t *columns,
                       size_t n_columns,
                       size_t n_rows,
                       float *slice)
{
    for (size_t j = 0; j < n_columns; j++) {
        const mlp_column *face = mlp_table_column(table, columns[j]);
        if (face->type != MLP_COLUMN_LEVELS || face->n_levels == 0 ||
            face->levels[0].kind != MLP_CELL_NUMBER)
            continue;
        for (size_t i = 0; i < n_rows; i++) {
            float *cell = &slice[i * n_columns + j];
            if (!isnan(*cell))
                *cell = (float)face->levels[(size_t)*cell].number;
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
        to_numbers(table, columns, n_columns, n, slice);
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
        out[j] = (struct column_statistics){
            .low = INFINITY, .high = -INFINITY, .whole = true};
    mlp_status status =
        visit(table, rows, n_rows, columns, n_columns, add_values, out, err);
    for (size_t j = 0; j < n_columns; j++) {
        if (out[j].n == 0)
            out[j] = (struct column_statistics){0};
        else
            out[j].mean /= (double)out[j].n;
    }
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

static int by_value(const void *left, const void *right)
{
    const float *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

void statistics_sort(float *numbers, size_t n)
{
    if (n > 0)
        qsort(numbers, n, sizeof *numbers, by_value);
}

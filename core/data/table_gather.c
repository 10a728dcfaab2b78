/* SPDX-License-Identifier: MIT
 *
 * Cells of a table by row and column. */
#include "data/table_gather.h"

#include <assert.h>
#include <string.h>

#include "data/table_inner.h"
#include "math/gather.h"

/* How many of columns[0..n) follow each other in one block. */
static size_t
run_length(const mlp_table *table, const size_t *columns, size_t n)
{
    const struct table_block *block =
        &table->blocks[table->columns[columns[0]].block];
    size_t end = block->first + block->n_columns;
    size_t length = 1;
    while (length < n && columns[length] == columns[0] + length &&
           columns[length] < end)
        length++;
    return length;
}

static const struct table_block *block_of(const mlp_table *table, size_t column)
{
    return &table->blocks[table->columns[column].block];
}

/* n columns from `first` on, which are neighbours, as they are. */
static struct gather
neighbours(const struct table_block *block, size_t first, size_t n)
{
    static const float one = 1;
    const void *cells = table_cells(block, 0, first);
    return (struct gather){
        .bytes = block->bytes ? cells : NULL,
        .numbers = block->bytes ? NULL : cells,
        .stride = block->n_columns,
        .n_columns = n,
        .scale = &one,
    };
}

/* A missing cell stays a NaN. */
static void gather_numbers(const struct gather *from,
                           const uint32_t *rows,
                           size_t n_rows,
                           size_t stride,
                           float *out)
{
    assert(from->numbers);
    for (size_t i = 0; i < n_rows; i++)
        memcpy(out + i * stride,
               from->numbers + (rows ? rows[i] : i) * from->stride,
               from->n_columns * sizeof *out);
}

void mlp_table_gather(const mlp_table *table,
                      const uint32_t *rows,
                      size_t n_rows,
                      const size_t *columns,
                      size_t n_columns,
                      float *out)
{
    for (size_t j = 0, n; j < n_columns; j += n) {
        n = run_length(table, columns + j, n_columns - j);
        struct gather from =
            neighbours(block_of(table, columns[j]), columns[j], n);
        if (from.bytes)
            gather_rows(&from, rows, n_rows, out + j, n_columns);
        else
            gather_numbers(&from, rows, n_rows, n_columns, out + j);
    }
}

void table_gather_scaled(const mlp_table *table,
                         const uint32_t *rows,
                         size_t n_rows,
                         const size_t *columns,
                         size_t n_columns,
                         const float *shift,
                         const float *scale,
                         float *out)
{
    for (size_t j = 0, n; j < n_columns; j += n) {
        n = run_length(table, columns + j, n_columns - j);
        struct gather from =
            neighbours(block_of(table, columns[j]), columns[j], n);
        from.shift = shift ? shift + j : NULL;
        from.scale = shift ? scale + j : scale;
        gather_rows(&from, rows, n_rows, out + j, n_columns);
    }
}

/* SPDX-License-Identifier: MIT
 *
 * Columns that turn out to be labels when all rows are there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/canonical.h"
#include "data/table_inner.h"

/* Levels do not fit into bytes. */
static mlp_status widen(mlp_table *table, size_t b, mlp_error *err)
{
    struct table_block *block = &table->blocks[b];
    size_t n;
    float *cells = size_mul(table->n_rows, block->n_columns, &n)
                       ? alloc_array(n, sizeof *cells)
                       : NULL;
    if (!cells)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows",
                        table->n_rows);
    const uint8_t *bytes = block->cells;
    for (size_t i = 0; i < n; i++)
        cells[i] = bytes[i];
    free(block->cells);
    block->cells = cells;
    block->bytes = false;
    block->capacity = table->n_rows;
    for (size_t j = 0; j < block->n_columns; j++)
        table->columns[block->first + j].face.bytes = false;
    return MLP_OK;
}

/* Where in a column's spellings the next one is. */
struct spelled_at {
    size_t i, offset;
};

/* What the cell of this row said. */
static mlp_cell cell_of(const struct table_column *column,
                        size_t row,
                        float value,
                        struct spelled_at *at,
                        char text[CANONICAL_MAX])
{
    const struct spellings *spellings = column->spellings;
    mlp_cell cell = {.kind = MLP_CELL_NUMBER};
    const char *from = text;
    size_t length;
    if (spellings && at->i < spellings->n && spellings->rows[at->i] == row) {
        from = spellings->text.data + at->offset;
        length = strlen(from);
        at->offset += length + 1;
        at->i++;
    } else {
        length = canonical_float(value, text);
    }
    (void)mlp_parse_decimal(from, length, &cell.decimal);
    return cell;
}

static mlp_status
number_levels(mlp_table *table, size_t j, struct levels *levels, mlp_error *err)
{
    struct table_column *column = &table->columns[j];
    struct spelled_at at = {0};
    for (size_t row = 0; row < table->n_rows; row++) {
        float *value = table_cells(&table->blocks[column->block], row, j);
        char text[CANONICAL_MAX];
        size_t level = 0;
        if (isnan(*value))
            continue;
        mlp_cell cell = cell_of(column, row, *value, &at, text);
        mlp_status status = levels_add(levels, &cell, &level);
        if (status == MLP_LIMIT)
            return mlp_fail(err, status,
                            "column '%.64s', row %zu: more than %d distinct "
                            "values",
                            column->face.name, row + 1, LEVELS_MAX);
        if (status != MLP_OK)
            return mlp_fail(err, status, "out of memory");
        *value = (float)level;
    }
    return MLP_OK;
}

mlp_status mlp_table_make_levels(mlp_table *table, size_t j, mlp_error *err)
{
    struct table_column *column = &table->columns[j];
    mlp_status status = MLP_OK;
    if (column->face.bytes)
        status = widen(table, column->block, err);
    column->face.label = status == MLP_OK;
    if (status != MLP_OK || column->face.type != MLP_COLUMN_NUMERIC)
        return status;
    struct levels *levels = alloc_array(1, sizeof *levels);
    if (!levels)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    status = number_levels(table, j, levels, err);
    column->levels = levels;
    column->face.type = MLP_COLUMN_LEVELS;
    column->face.levels = levels->labels;
    column->face.n_levels = levels->n;
    spellings_destroy(column->spellings);
    column->spellings = NULL;
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * Columns, their names, and the blocks that back them. */
#include "mlp/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/table_inner.h"
#include "data/text.h"

mlp_status mlp_table_create(size_t max_cells, mlp_table **out, mlp_error *err)
{
    *out = alloc_array(1, sizeof **out);
    if (!*out)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    (*out)->max_cells = max_cells ? max_cells : SIZE_MAX;
    return MLP_OK;
}

void table_reset_column(struct table_column *column)
{
    if (column->levels)
        levels_free(column->levels);
    free(column->levels);
    column->levels = NULL;
    spellings_destroy(column->spellings);
    column->spellings = NULL;
    column->kind = MLP_CELL_MISSING;
    column->face.type = MLP_COLUMN_EMPTY;
    column->face.n_missing = column->face.n_levels = 0;
    column->face.levels = NULL;
}

void mlp_table_destroy(mlp_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n_columns; i++)
        table_reset_column(&table->columns[i]);
    for (size_t b = 0; b < table->n_blocks; b++)
        free(table->blocks[b].cells);
    levels_free(&table->names);
    free(table->columns);
    free(table->blocks);
    free(table);
}

/* --- columns -------------------------------------------------------------- */

/* A name for column `number`, counted from 1. */
static mlp_status check_name(const mlp_table *table,
                             size_t number,
                             const char *name,
                             size_t length,
                             mlp_error *err)
{
    struct excerpt excerpt = text_excerpt(name, length);
    size_t taken;
    if (length == 0)
        return mlp_fail(err, MLP_INVALID, "column %zu has no name", number);
    if (length > COLUMN_NAME_MAX)
        return mlp_fail(err, MLP_INVALID,
                        "the name of column %zu, '%s', has %zu bytes; at most "
                        "%d are allowed",
                        number, excerpt.text, length, COLUMN_NAME_MAX);
    if (!text_is_utf8(name, length))
        return mlp_fail(err, MLP_INVALID, "the name of column %zu, '%s', %s",
                        number, excerpt.text, text_fault(name, length));
    mlp_cell cell = {.kind = MLP_CELL_TEXT, .text = name, .length = length};
    if (levels_find(&table->names, &cell, &taken))
        return mlp_fail(err, MLP_INVALID,
                        "columns %zu and %zu have the same name, '%s'",
                        taken + 1, number, excerpt.text);
    return MLP_OK;
}

static mlp_status reserve_column(mlp_table *table, mlp_error *err)
{
    size_t most = TABLE_MAX_COLUMNS;
    if (table->max_cells < most)
        most = table->max_cells;
    if (table->n_columns >= most)
        return mlp_fail(err, MLP_LIMIT, "more than %zu columns", most);
    if (table->n_columns < table->columns_capacity)
        return MLP_OK;
    size_t capacity = table->n_columns ? table->n_columns * 2 : 8;
    struct table_column *columns =
        reallocarray(table->columns, capacity, sizeof *columns);
    if (!columns)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    table->columns = columns;
    table->columns_capacity = capacity;
    return MLP_OK;
}

mlp_status table_push_column(mlp_table *table,
                             const char *name,
                             size_t length,
                             bool label,
                             mlp_error *err)
{
    mlp_status status =
        check_name(table, table->n_columns + 1, name, length, err);
    if (status == MLP_OK)
        status = reserve_column(table, err);
    if (status != MLP_OK)
        return status;
    mlp_cell cell = {.kind = MLP_CELL_TEXT, .text = name, .length = length};
    size_t number;
    status = levels_add(&table->names, &cell, &number);
    if (status != MLP_OK)
        return mlp_fail(err, status, "column %zu: %s", table->n_columns + 1,
                        mlp_status_text(status));
    assert(number == table->n_columns);
    table->columns[number] = (struct table_column){
        .face = {.name = table->names.labels[number].text, .label = label},
    };
    table->n_columns++;
    return MLP_OK;
}

mlp_status mlp_table_rename_column(mlp_table *table,
                                   size_t i,
                                   const char *name,
                                   size_t length,
                                   mlp_error *err)
{
    assert(i < table->n_columns);
    mlp_column *face = &table->columns[i].face;
    if (strlen(face->name) == length && memcmp(face->name, name, length) == 0)
        return MLP_OK;
    mlp_status status = check_name(table, i + 1, name, length, err);
    if (status != MLP_OK)
        return status;
    mlp_cell cell = {.kind = MLP_CELL_TEXT, .text = name, .length = length};
    status = levels_replace(&table->names, i, &cell);
    face->name = table->names.labels[i].text;
    return status == MLP_OK ? MLP_OK : mlp_fail(err, status, "out of memory");
}

/* --- blocks --------------------------------------------------------------- */

mlp_status table_push_block(mlp_table *table,
                            void *cells,
                            bool bytes,
                            size_t first,
                            size_t n_columns,
                            mlp_error *err)
{
    struct table_block *blocks =
        reallocarray(table->blocks, table->n_blocks + 1, sizeof *blocks);
    if (!blocks)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    table->blocks = blocks;
    blocks[table->n_blocks] = (struct table_block){
        .cells = cells,
        .bytes = bytes,
        .first = first,
        .n_columns = n_columns,
        .capacity = table->n_rows,
    };
    for (size_t i = first; i < first + n_columns; i++) {
        table->columns[i].block = (uint32_t)table->n_blocks;
        table->columns[i].face.bytes = bytes;
    }
    table->n_blocks++;
    return MLP_OK;
}

mlp_status mlp_table_add_column(mlp_table *table,
                                const char *name,
                                size_t length,
                                bool label,
                                mlp_error *err)
{
    if (table->n_rows > 0 || table->n_blocks > 1)
        return mlp_fail(err, MLP_INVALID,
                        "a column can only be added before the first row");
    mlp_status status = MLP_OK;
    if (table->n_blocks == 0)
        status = table_push_block(table, NULL, false, 0, 0, err);
    if (status == MLP_OK)
        status = table_push_column(table, name, length, label, err);
    if (status != MLP_OK)
        return status;
    struct table_block *block = &table->blocks[0];
    block->n_columns++;
    block->capacity = 0; /* it is for rows of another width */
    return MLP_OK;
}

void *table_cells(const struct table_block *block, size_t row, size_t first)
{
    size_t at = row * block->n_columns + (first - block->first);
    return block->bytes ? (void *)((uint8_t *)block->cells + at)
                        : (void *)((float *)block->cells + at);
}

static size_t cell_size(const struct table_block *block)
{
    return block->bytes ? sizeof(uint8_t) : sizeof(float);
}

/* --- reading -------------------------------------------------------------- */

size_t mlp_table_n_rows(const mlp_table *table)
{
    return table->n_rows;
}

size_t mlp_table_n_columns(const mlp_table *table)
{
    return table->n_columns;
}

const mlp_column *mlp_table_column(const mlp_table *table, size_t i)
{
    assert(i < table->n_columns);
    return &table->columns[i].face;
}

bool mlp_table_find(const mlp_table *table, const char *name, size_t *out)
{
    mlp_cell cell = {
        .kind = MLP_CELL_TEXT, .text = name, .length = strlen(name)};
    return levels_find(&table->names, &cell, out);
}

float mlp_table_value(const mlp_table *table, size_t row, size_t column)
{
    assert(row < table->n_rows && column < table->n_columns);
    const struct table_block *block =
        &table->blocks[table->columns[column].block];
    const void *cell = table_cells(block, row, column);
    return block->bytes ? (float)*(const uint8_t *)cell : *(const float *)cell;
}

size_t mlp_table_bytes(const mlp_table *table)
{
    size_t bytes = sizeof *table + levels_bytes(&table->names) +
                   table->columns_capacity * sizeof *table->columns +
                   table->n_blocks * sizeof *table->blocks;
    for (size_t b = 0; b < table->n_blocks; b++) {
        const struct table_block *block = &table->blocks[b];
        bytes += block->capacity * block->n_columns * cell_size(block);
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        bytes += spellings_bytes(table->columns[i].spellings);
        if (table->columns[i].levels)
            bytes += levels_bytes(table->columns[i].levels);
    }
    return bytes;
}

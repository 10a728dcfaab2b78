/* SPDX-License-Identifier: MIT
 *
 * Tables as they grow: by a row, from a block of numbers, side by side. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/canonical.h"
#include "data/table_inner.h"
#include "data/text.h"

/* --- one cell ------------------------------------------------------------- */

static const char *const kind_words[] = {
    [MLP_CELL_MISSING] = "nothing",
    [MLP_CELL_NUMBER] = "numbers",
    [MLP_CELL_TEXT] = "text",
    [MLP_CELL_BOOLEAN] = "booleans",
};

static struct excerpt name_of(const struct table_column *column)
{
    return text_excerpt(column->face.name, strlen(column->face.name));
}

static mlp_status refuse_kind(const struct table_column *column,
                              size_t row,
                              const mlp_cell *cell,
                              mlp_error *err)
{
    const char *before = "", *after = "";
    struct excerpt found = {""};
    if (cell->kind == MLP_CELL_TEXT) {
        before = "the text \"";
        after = "\"";
        found = text_excerpt(cell->text, cell->length);
    } else if (cell->kind == MLP_CELL_NUMBER) {
        before = "the number ";
        found = text_excerpt(cell->decimal.text, cell->decimal.length);
    } else {
        before = cell->boolean ? "true" : "false";
    }
    return mlp_fail(err, MLP_INVALID,
                    "column '%s' holds %s, row %zu has %s%s%s",
                    name_of(column).text, kind_words[column->kind], row + 1,
                    before, found.text, after);
}

static void set_kind(struct table_column *column, mlp_cell_kind kind)
{
    bool numeric = kind == MLP_CELL_NUMBER && !column->face.label;
    column->kind = kind;
    column->face.type = numeric ? MLP_COLUMN_NUMERIC : MLP_COLUMN_LEVELS;
}

/* A number, whose nearest float is `value`, in its one spelling. */
static mlp_cell
canonical_cell(const mlp_cell *cell, float value, char text[CANONICAL_MAX])
{
    const mlp_decimal *decimal = &cell->decimal;
    mlp_cell out = *cell;
    bool plain = decimal->integer && decimal->exponent == 0 &&
                 decimal->digits > 0 && decimal->digits < 1 << 24;
    if (!plain && !canonical_is_lossy(&cell->decimal, value))
        (void)mlp_decimal_scan(text, canonical_float(value, text),
                               &out.decimal);
    return out;
}

/* *value: of a number, the nearest float; then the number of its level. */
static mlp_status
encode_level(struct table_column *column, const mlp_cell *cell, float *value)
{
    char text[CANONICAL_MAX];
    mlp_cell canonical = *cell;
    if (cell->kind == MLP_CELL_NUMBER)
        canonical = canonical_cell(cell, *value, text);
    if (!column->levels)
        column->levels = alloc_array(1, sizeof *column->levels);
    if (!column->levels)
        return MLP_NOMEM;
    size_t level = 0;
    mlp_status status = levels_add(column->levels, &canonical, &level);
    column->face.n_levels = column->levels->n;
    column->face.levels = column->levels->labels;
    *value = (float)level;
    return status;
}

static mlp_status keep_spelling(struct table_column *column,
                                size_t row,
                                const mlp_cell *cell,
                                float value,
                                mlp_error *err)
{
    if (!canonical_is_lossy(&cell->decimal, value))
        return MLP_OK;
    mlp_status status = spellings_add(&column->spellings, row,
                                      cell->decimal.text, cell->decimal.length);
    return status == MLP_OK ? MLP_OK : mlp_fail(err, status, "out of memory");
}

mlp_status table_encode(struct table_column *column,
                        size_t row,
                        const mlp_cell *cell,
                        float *value,
                        mlp_error *err)
{
    if (cell->kind == MLP_CELL_MISSING) {
        *value = NAN;
        column->face.n_missing++;
        return MLP_OK;
    }
    if (column->kind == MLP_CELL_MISSING)
        set_kind(column, cell->kind);
    if (column->kind != cell->kind)
        return refuse_kind(column, row, cell, err);
    if (cell->kind == MLP_CELL_TEXT && !text_is_utf8(cell->text, cell->length))
        return mlp_fail(err, MLP_INVALID, "column '%s', row %zu: the text %s",
                        name_of(column).text, row + 1,
                        text_fault(cell->text, cell->length));
    if (cell->kind == MLP_CELL_NUMBER) {
        *value = mlp_decimal_to_float(&cell->decimal);
        if (!isfinite(*value)) {
            struct excerpt found =
                text_excerpt(cell->decimal.text, cell->decimal.length);
            return mlp_fail(err, MLP_INVALID,
                            "column '%s', row %zu: the number %s is out of "
                            "range",
                            name_of(column).text, row + 1, found.text);
        }
    }
    if (column->face.type == MLP_COLUMN_NUMERIC)
        return keep_spelling(column, row, cell, *value, err);
    mlp_status status = encode_level(column, cell, value);
    if (status == MLP_LIMIT)
        return mlp_fail(err, status,
                        "column '%s', row %zu: more than %d distinct values",
                        name_of(column).text, row + 1, LEVELS_MAX);
    return status == MLP_OK ? MLP_OK : mlp_fail(err, status, "out of memory");
}

/* --- row by row ----------------------------------------------------------- */

/* Rows to make room for, from 4 KB on. */
static size_t next_capacity(const struct table_block *block, size_t most)
{
    size_t least = 4096 / sizeof(float) / block->n_columns + 1;
    size_t capacity = block->capacity * 2;
    if (capacity < least)
        capacity = least;
    return capacity < most ? capacity : most;
}

static mlp_status
resize(struct table_block *block, size_t n_rows, mlp_error *err)
{
    size_t n, bytes;
    size_t size = block->bytes ? sizeof(uint8_t) : sizeof(float);
    if (!size_mul(n_rows, block->n_columns, &n) || !size_mul(n, size, &bytes))
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    void *cells = realloc(block->cells, bytes ? bytes : 1);
    if (!cells)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows", n_rows);
    block->cells = cells;
    block->capacity = n_rows;
    return MLP_OK;
}

mlp_status table_open_row(mlp_table *table, float **row, mlp_error *err)
{
    if (table->n_columns == 0)
        return mlp_fail(err, MLP_INVALID, "the table has no columns");
    struct table_block *block = &table->blocks[0];
    if (table->n_blocks != 1 || block->bytes)
        return mlp_fail(err, MLP_INVALID,
                        "rows cannot be appended to a joined table or to one "
                        "of bytes");
    size_t most = table->max_cells / block->n_columns;
    if (most > TABLE_MAX_ROWS)
        most = TABLE_MAX_ROWS;
    if (table->n_rows >= most)
        return mlp_fail(err, MLP_LIMIT,
                        "row %zu: a table of %zu columns may have at most %zu "
                        "rows",
                        table->n_rows + 1, table->n_columns, most);
    if (table->n_rows == block->capacity) {
        mlp_status status = resize(block, next_capacity(block, most), err);
        if (status != MLP_OK)
            return status;
    }
    *row = table_cells(block, table->n_rows, 0);
    return MLP_OK;
}

mlp_status mlp_table_append(mlp_table *table,
                            const mlp_cell *cells,
                            size_t n,
                            mlp_error *err)
{
    table->refused = table->n_columns;
    if (n != table->n_columns)
        return mlp_fail(err, MLP_SHAPE, "row %zu: expected %zu cells, got %zu",
                        table->n_rows + 1, table->n_columns, n);
    float *row = NULL;
    mlp_status status = table_open_row(table, &row, err);
    if (status != MLP_OK)
        return status;
    assert(row != NULL);
    for (size_t j = 0; j < n && status == MLP_OK; j++) {
        status = table_encode(&table->columns[j], table->n_rows, &cells[j],
                              &row[j], err);
        if (status != MLP_OK)
            table->refused = j;
    }
    if (status == MLP_OK)
        table->n_rows++;
    return status;
}

size_t mlp_table_refused(const mlp_table *table)
{
    return table->refused;
}

void table_trim(mlp_table *table)
{
    for (size_t b = 0; b < table->n_blocks; b++) {
        struct table_block *block = &table->blocks[b];
        /* Shrinking cannot fail in a way that matters. */
        if (block->capacity > table->n_rows)
            (void)!resize(block, table->n_rows, NULL);
    }
}

/* --- a block at once ------------------------------------------------------ */

static bool all_finite(const float *row, size_t n)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t found = 0;
    for (size_t j = 0; j < n; j++) {
        uint32_t bits;
        memcpy(&bits, &row[j], sizeof bits);
        found |= (bits & exponent) == exponent;
    }
    return !found;
}

/* Count what is missing, and set the types. */
static mlp_status survey(mlp_table *table, mlp_error *err)
{
    const struct table_block *block = &table->blocks[0];
    struct table_column *columns = table->columns;
    for (size_t i = 0; i < table->n_rows && !block->bytes; i++) {
        const float *row = table_cells(block, i, 0);
        if (all_finite(row, block->n_columns))
            continue;
        for (size_t j = 0; j < block->n_columns; j++) {
            if (isinf(row[j]))
                return mlp_fail(err, MLP_INVALID,
                                "column '%s', row %zu: the number is out of "
                                "range",
                                name_of(&columns[j]).text, i + 1);
            columns[j].face.n_missing += isnan(row[j]) ? 1 : 0;
        }
    }
    for (size_t j = 0; j < block->n_columns; j++) {
        columns[j].face.bytes = block->bytes;
        if (columns[j].face.n_missing < table->n_rows)
            set_kind(&columns[j], MLP_CELL_NUMBER);
    }
    return MLP_OK;
}

mlp_status table_back(mlp_table *table,
                      void *cells,
                      bool bytes,
                      size_t n_rows,
                      mlp_error *err)
{
    if (n_rows == 0) { /* no bytes either, so that rows may follow */
        free(cells);
        return MLP_OK;
    }
    struct table_block *block = &table->blocks[0];
    block->cells = cells;
    block->bytes = bytes;
    block->capacity = table->n_rows = n_rows;
    mlp_status status = survey(table, err);
    if (status != MLP_OK)
        block->cells = NULL; /* still the caller's */
    return status;
}

static mlp_status add_columns(mlp_table *table,
                              size_t n,
                              const char *const *names,
                              mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t j = 0; j < n && status == MLP_OK; j++) {
        char numbered[32];
        snprintf(numbered, sizeof numbered, "x%zu", j);
        const char *name = names ? names[j] : numbered;
        status = mlp_table_add_column(table, name, strlen(name), false, err);
    }
    return status;
}

mlp_status mlp_table_adopt(void *block,
                           bool bytes,
                           size_t n_rows,
                           size_t n_columns,
                           const char *const *names,
                           mlp_table **out,
                           mlp_error *err)
{
    *out = NULL;
    if (n_columns == 0)
        return mlp_fail(err, MLP_SHAPE, "a table needs at least one column");
    if (n_rows > TABLE_MAX_ROWS)
        return mlp_fail(err, MLP_LIMIT, "more than %zu rows", TABLE_MAX_ROWS);
    mlp_table *table;
    mlp_status status = mlp_table_create(0, &table, err);
    if (status != MLP_OK)
        return status;
    status = add_columns(table, n_columns, names, err);
    if (status == MLP_OK)
        status = table_back(table, block, bytes, n_rows, err);
    if (status != MLP_OK) {
        mlp_table_destroy(table);
        return status;
    }
    *out = table;
    return MLP_OK;
}

/* --- side by side --------------------------------------------------------- */

static mlp_status
reserve_join(mlp_table *left, const mlp_table *right, mlp_error *err)
{
    size_t n_columns = left->n_columns + right->n_columns;
    size_t n_blocks = left->n_blocks + right->n_blocks;
    if (n_columns > TABLE_MAX_COLUMNS)
        return mlp_fail(err, MLP_LIMIT, "more than %d columns",
                        TABLE_MAX_COLUMNS);
    struct table_column *columns =
        reallocarray(left->columns, n_columns + 1, sizeof *columns);
    if (columns) {
        left->columns = columns;
        left->columns_capacity = n_columns + 1;
    }
    struct table_block *blocks =
        reallocarray(left->blocks, n_blocks + 1, sizeof *blocks);
    if (blocks)
        left->blocks = blocks;
    if (!columns || !blocks)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    return MLP_OK;
}

static mlp_status
add_names(struct levels *names, const mlp_table *table, mlp_error *err)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const mlp_label *name = &table->names.labels[i];
        mlp_cell cell = {
            .kind = MLP_CELL_TEXT, .text = name->text, .length = name->length};
        size_t expected = names->n;
        size_t number = 0;
        mlp_status status = levels_add(names, &cell, &number);
        if (status != MLP_OK)
            return mlp_fail(err, status, "%s", mlp_status_text(status));
        if (number != expected)
            return mlp_fail(err, MLP_INVALID,
                            "the column '%s' is in both tables",
                            name_of(&table->columns[i]).text);
    }
    return MLP_OK;
}

/* Replace left's dictionary of names by one of both tables' names. */
static mlp_status
join_names(mlp_table *left, const mlp_table *right, mlp_error *err)
{
    struct levels names = {0};
    mlp_status status = add_names(&names, left, err);
    if (status == MLP_OK)
        status = add_names(&names, right, err);
    if (status != MLP_OK) {
        levels_free(&names);
        return status;
    }
    levels_free(&left->names);
    left->names = names;
    return MLP_OK;
}

static void move_columns(mlp_table *left, mlp_table *right)
{
    for (size_t i = 0; i < right->n_columns; i++) {
        struct table_column *column = &left->columns[left->n_columns + i];
        *column = right->columns[i];
        column->block += (uint32_t)left->n_blocks;
    }
    for (size_t b = 0; b < right->n_blocks; b++) {
        left->blocks[left->n_blocks + b] = right->blocks[b];
        left->blocks[left->n_blocks + b].first += left->n_columns;
    }
    left->n_columns += right->n_columns;
    for (size_t i = 0; i < left->n_columns; i++)
        left->columns[i].face.name = left->names.labels[i].text;
    left->n_blocks += right->n_blocks;
    right->n_columns = right->n_blocks = 0;
}

mlp_status mlp_table_join(mlp_table *left, mlp_table *right, mlp_error *err)
{
    if (left->n_rows != right->n_rows)
        return mlp_fail(err, MLP_SHAPE, "%zu rows beside %zu rows",
                        left->n_rows, right->n_rows);
    mlp_status status = reserve_join(left, right, err);
    if (status == MLP_OK)
        status = join_names(left, right, err);
    if (status != MLP_OK)
        return status;
    if (!size_add(left->max_cells, right->max_cells, &left->max_cells))
        left->max_cells = SIZE_MAX;
    move_columns(left, right);
    mlp_table_destroy(right);
    return MLP_OK;
}

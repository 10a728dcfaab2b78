/* SPDX-License-Identifier: MIT
 *
 * An array's elements, read in chunks and turned into a block or, where a
 * column is one of labels, into rows of cells. */
#include "data/array.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/table_inner.h"

enum { CHUNK_ELEMENTS = 8192, ELEMENT_MAX_BYTES = 8 };

struct array {
    struct source *source;
    const struct array_layout *layout;
    const mlp_read_options *options;
    size_t n_rows, n_columns, n;
    uint8_t *rows; /* Fortran order, put row by row; NULL: read the source */
    size_t at;     /* elements that were read */
};

/* --- shape ---------------------------------------------------------------- */

static mlp_status check_shape(struct array *array, mlp_error *err)
{
    const struct array_layout *layout = array->layout;
    if (layout->n_axes == 0)
        return mlp_fail(err, MLP_FORMAT,
                        "a single number; expected at least one axis");
    if (layout->by_columns && layout->n_axes > 2)
        return mlp_fail(err, MLP_FORMAT,
                        "%zu axes in Fortran order; at most 2 can be read, "
                        "save it in C order",
                        layout->n_axes);
    uint64_t columns = 1;
    for (size_t k = 1; k < layout->n_axes; k++)
        if (!size_mul(columns, layout->axes[k], &columns))
            columns = SIZE_MAX;
    if (columns == 0 || layout->axes[0] == 0)
        return mlp_fail(err, MLP_FORMAT, "an axis has length 0");
    if (columns > TABLE_MAX_COLUMNS || layout->axes[0] > TABLE_MAX_ROWS)
        return mlp_fail(err, MLP_LIMIT,
                        "%" PRIu64 " rows of %" PRIu64
                        " columns; at most %zu and %d can be",
                        layout->axes[0], columns, TABLE_MAX_ROWS,
                        TABLE_MAX_COLUMNS);
    array->n_rows = layout->axes[0];
    array->n_columns = columns;
    array->n = array->n_rows * array->n_columns; /* below 2^52 */
    size_t max_cells = array->options->max_cells;
    if (max_cells > 0 && (array->n > max_cells || array->n_columns > max_cells))
        return mlp_fail(err, MLP_LIMIT, "%zu cells; at most %zu are allowed",
                        array->n, max_cells);
    return MLP_OK;
}

static mlp_status check_size(const struct array *array, mlp_error *err)
{
    uint64_t bytes = (uint64_t)array->n * array->layout->type->size;
    uint64_t left = source_left(array->source);
    if (bytes == left)
        return MLP_OK;
    return mlp_fail(err, MLP_FORMAT,
                    "%zu rows of %zu numbers are %" PRIu64
                    " bytes, the file has %" PRIu64 " behind its header",
                    array->n_rows, array->n_columns, bytes, left);
}

/* --- elements ------------------------------------------------------------- */

static void swap_bytes(uint8_t *bytes, size_t n, size_t size)
{
    uint8_t element[ELEMENT_MAX_BYTES];
    for (; n > 0; n--, bytes += size) {
        memcpy(element, bytes, size);
        for (size_t i = 0; i < size; i++)
            bytes[i] = element[size - 1 - i];
    }
}

static mlp_status check_booleans(const uint8_t *bytes, size_t n, mlp_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] > 1)
            return mlp_fail(err, MLP_FORMAT,
                            "expected a boolean, 0 or 1, got %u", bytes[i]);
    return MLP_OK;
}

/* The next n elements, row by row, in little-endian order. */
static mlp_status
read_elements(struct array *array, size_t n, uint8_t *out, mlp_error *err)
{
    size_t size = array->layout->type->size;
    mlp_status status = MLP_OK;
    if (array->rows)
        memcpy(out, array->rows + array->at * size, n * size);
    else
        status = source_read(array->source, out, n * size, err);
    array->at += n;
    if (status == MLP_OK && array->layout->big_endian)
        swap_bytes(out, n, size);
    if (status == MLP_OK && array->layout->type->kind == 'b')
        status = check_booleans(out, n, err);
    return status;
}

static mlp_status read_floats(struct array *array, float *out, mlp_error *err)
{
    uint8_t bytes[CHUNK_ELEMENTS * ELEMENT_MAX_BYTES];
    while (array->at < array->n) {
        size_t at = array->at;
        size_t n = array->n - at < CHUNK_ELEMENTS ? array->n - at
                                                  : (size_t)CHUNK_ELEMENTS;
        mlp_status status = read_elements(array, n, bytes, err);
        if (status != MLP_OK)
            return status;
        array->layout->type->to_float(bytes, n, out + at);
    }
    return MLP_OK;
}

/* rows: [n_rows, n_columns] of what columns: [n_columns, n_rows] holds. */
static void
transpose(const struct array *array, const uint8_t *columns, uint8_t *rows)
{
    size_t size = array->layout->type->size;
    for (size_t i = 0; i < array->n_rows; i++)
        for (size_t j = 0; j < array->n_columns; j++, rows += size)
            memcpy(rows, columns + (j * array->n_rows + i) * size, size);
}

static mlp_status load_columns(struct array *array, mlp_error *err)
{
    size_t size = array->layout->type->size;
    uint8_t *columns = alloc_array(array->n, size);
    array->rows = alloc_array(array->n, size);
    mlp_status status = MLP_NOMEM;
    if (!columns || !array->rows) {
        status = mlp_fail(err, status, "out of memory");
        goto done;
    }
    status = source_read(array->source, columns, array->n * size, err);
    if (status == MLP_OK)
        transpose(array, columns, array->rows);
done:
    free(columns);
    return status;
}

/* --- tables --------------------------------------------------------------- */

static mlp_status add_columns(const struct array *array,
                              mlp_table *table,
                              bool *has_label,
                              mlp_error *err)
{
    mlp_status status = MLP_OK;
    *has_label = false;
    for (size_t j = 0; j < array->n_columns && status == MLP_OK; j++) {
        char name[NUMBERED_NAME_MAX];
        read_options_name(array->options, j, array->n_columns, name);
        size_t length = strlen(name);
        bool label = read_options_label(array->options, name, length);
        *has_label |= label;
        status = mlp_table_add_column(table, name, length, label, err);
    }
    return status;
}

static mlp_status
read_block(struct array *array, mlp_table *table, mlp_error *err)
{
    const struct array_type *type = array->layout->type;
    bool bytes = type->size == 1 && type->kind != 'i';
    void *block = alloc_array(array->n, bytes ? 1 : sizeof(float));
    if (!block)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    mlp_status status = bytes ? read_elements(array, array->n, block, err)
                              : read_floats(array, block, err);
    if (status == MLP_OK)
        status = table_back(table, block, bytes, array->n_rows, err);
    if (status != MLP_OK)
        free(block);
    return status;
}

static mlp_status
read_row(struct array *array, mlp_table *table, mlp_error *err)
{
    float *row;
    mlp_status status = table_open_row(table, &row, err);
    for (size_t j = 0; j < array->n_columns && status == MLP_OK; j++) {
        uint8_t bytes[ELEMENT_MAX_BYTES];
        char text[ELEMENT_TEXT_MAX];
        status = read_elements(array, 1, bytes, err);
        if (status != MLP_OK)
            return status;
        mlp_cell cell = array->layout->type->to_cell(bytes, text);
        status = table_encode(&table->columns[j], table->n_rows, &cell, &row[j],
                              err);
    }
    table->n_rows++;
    return status;
}

static mlp_status fill(struct array *array, mlp_table *table, mlp_error *err)
{
    bool has_label;
    mlp_status status = MLP_OK;
    if (array->layout->by_columns && array->n_columns > 1)
        status = load_columns(array, err);
    if (status == MLP_OK)
        status = add_columns(array, table, &has_label, err);
    if (status == MLP_OK && !has_label)
        status = read_block(array, table, err);
    while (status == MLP_OK && table->n_rows < array->n_rows)
        status = read_row(array, table, err);
    free(array->rows);
    return status;
}

mlp_status array_read(struct source *source,
                      const struct array_layout *layout,
                      const mlp_read_options *options,
                      mlp_table **out,
                      mlp_error *err)
{
    *out = NULL;
    struct array array = {
        .source = source, .layout = layout, .options = options};
    mlp_table *table = NULL;
    mlp_status status = check_shape(&array, err);
    if (status == MLP_OK)
        status = check_size(&array, err);
    if (status == MLP_OK)
        status = mlp_table_create(options->max_cells, &table, err);
    if (status == MLP_OK)
        status = fill(&array, table, err);
    if (status != MLP_OK) {
        mlp_table_destroy(table);
        return source_refuse(status, err);
    }
    table_trim(table);
    *out = table;
    return MLP_OK;
}

/* SPDX-License-Identifier: MIT
 *
 * The cells lie row by row, with room behind each row for columns to come: a
 * row of more makes the rows of all longer by half, not by one. */
#include "mlp/records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/readers.h"
#include "data/table_inner.h"
#include "data/text.h"

enum { FIRST_STRIDE = 8, FIRST_ROWS = 16 };

/* What is known of a column beside what the table knows. */
struct record_column {
    size_t n_present;
    size_t last_row; /* that named it, counted from 1 */
};

struct mlp_records {
    const mlp_read_options *options;
    mlp_table *table; /* its columns; no rows before the end */
    struct record_column *columns;
    size_t columns_capacity;
    float *cells; /* [capacity, stride], NaN where nothing was said */
    size_t n_rows, capacity, stride;
    bool inside;     /* a record */
    bool named;      /* a cell's name has been read, its value is due */
    size_t column;   /* that name's; */
    size_t expected; /* the one behind it, which most often comes next */
    mlp_buffer text;
    size_t n_uncounted; /* tokens since table_bytes was counted */
    size_t table_bytes;
};

mlp_status mlp_records_create(const mlp_read_options *options,
                              size_t max_text_bytes,
                              mlp_records **out,
                              mlp_error *err)
{
    *out = alloc_array(1, sizeof **out);
    if (!*out)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    (*out)->options = options;
    mlp_buffer_init(&(*out)->text, max_text_bytes);
    mlp_status status =
        mlp_table_create(options->max_cells, &(*out)->table, err);
    if (status == MLP_OK)
        return MLP_OK;
    mlp_records_destroy(*out);
    *out = NULL;
    return status;
}

void mlp_records_destroy(mlp_records *records)
{
    if (!records)
        return;
    mlp_table_destroy(records->table);
    mlp_buffer_free(&records->text);
    free(records->columns);
    free(records->cells);
    free(records);
}

/* --- room ----------------------------------------------------------------- */

static void clear(float *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cells[i] = NAN;
}

/* Room for n_rows rows of `stride` cells; rows keep what they have. The row
 * that is being read counts, too. */
static mlp_status
resize(mlp_records *records, size_t n_rows, size_t stride, mlp_error *err)
{
    size_t n, bytes, old = records->stride;
    if (!size_mul(n_rows, stride, &n) || !size_mul(n, sizeof(float), &bytes))
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    size_t n_kept = records->n_rows + records->inside;
    if (stride < old) /* before memory is given back */
        for (size_t i = 1; i < n_kept; i++)
            memmove(records->cells + i * stride, records->cells + i * old,
                    stride * sizeof(float));
    float *cells = realloc(records->cells, bytes ? bytes : 1);
    if (!cells)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows", n_rows);
    records->cells = cells;
    records->capacity = n_rows;
    records->stride = stride;
    for (size_t i = n_kept; stride > old && i-- > 0;) {
        memmove(cells + i * stride, cells + i * old, old * sizeof(float));
        clear(cells + i * stride + old, stride - old);
    }
    return MLP_OK;
}

static mlp_status
check_cells(const mlp_records *records, size_t n_columns, mlp_error *err)
{
    size_t n, most = records->table->max_cells;
    if (records->n_rows >= TABLE_MAX_ROWS)
        return mlp_fail(err, MLP_LIMIT, "more than %zu rows", TABLE_MAX_ROWS);
    if (size_mul(records->n_rows + 1, n_columns, &n) && n <= most)
        return MLP_OK;
    return mlp_fail(err, MLP_LIMIT, "row %zu: more than %zu cells",
                    records->n_rows + 1, most);
}

static mlp_status begin_row(mlp_records *records, mlp_error *err)
{
    size_t stride = records->stride ? records->stride : FIRST_STRIDE;
    mlp_status status = check_cells(records, records->table->n_columns, err);
    if (status == MLP_OK && records->n_rows == records->capacity)
        status = resize(records,
                        records->capacity ? 2 * records->capacity : FIRST_ROWS,
                        stride, err);
    if (status != MLP_OK)
        return status;
    clear(records->cells + records->n_rows * records->stride, records->stride);
    records->inside = true;
    records->expected = 0;
    return MLP_OK;
}

/* Looks at each column, so not for each row. */
static void count_bytes(mlp_records *records)
{
    if (records->n_uncounted < records->table->n_columns)
        return;
    records->table_bytes = mlp_table_bytes(records->table);
    records->n_uncounted = 0;
}

/* Most tables have the columns of their first row. */
static mlp_status end_row(mlp_records *records, mlp_error *err)
{
    size_t n_columns = records->table->n_columns;
    mlp_status status = MLP_OK;
    if (records->n_rows == 0 && n_columns > 0)
        status = resize(records, FIRST_ROWS, n_columns, err);
    records->inside = false;
    records->n_rows++;
    count_bytes(records);
    return status;
}

/* --- columns -------------------------------------------------------------- */

static mlp_status
reserve_column(mlp_records *records, size_t n_columns, mlp_error *err)
{
    mlp_status status = check_cells(records, n_columns + 1, err);
    if (status == MLP_OK && n_columns == records->stride)
        status = resize(records, records->capacity,
                        records->stride + records->stride / 2 + 1, err);
    if (status != MLP_OK || n_columns < records->columns_capacity)
        return status;
    size_t capacity = n_columns ? 2 * n_columns : FIRST_STRIDE;
    struct record_column *columns =
        reallocarray(records->columns, capacity, sizeof *columns);
    if (!columns)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    records->columns = columns;
    records->columns_capacity = capacity;
    return MLP_OK;
}

static mlp_status add_column(mlp_records *records,
                             const char *name,
                             size_t length,
                             mlp_error *err)
{
    size_t n = records->table->n_columns;
    bool label = read_options_label(records->options, name, length);
    mlp_status status = reserve_column(records, n, err);
    if (status == MLP_OK)
        status = table_push_column(records->table, name, length, label, err);
    if (status != MLP_OK)
        return status;
    records->columns[n] = (struct record_column){0};
    records->column = n;
    return MLP_OK;
}

/* Is the next column of that name, or any? */
static bool find_column(mlp_records *records, const char *name, size_t length)
{
    const struct levels *names = &records->table->names;
    mlp_cell cell = {.kind = MLP_CELL_TEXT, .text = name, .length = length};
    if (records->expected < names->n) {
        const mlp_label *next = &names->labels[records->expected];
        if (next->length == length && memcmp(next->text, name, length) == 0) {
            records->column = records->expected;
            return true;
        }
    }
    return levels_find(names, &cell, &records->column);
}

/* What a key or a text means; with a NUL behind it, if it had escapes. */
static mlp_status unescape(mlp_records *records,
                           const mlp_json_token *token,
                           const char **text,
                           size_t *length,
                           mlp_error *err)
{
    *text = token->text;
    *length = token->length;
    if (token->length == 0 || !memchr(token->text, '\\', token->length))
        return MLP_OK;
    mlp_buffer_clear(&records->text);
    mlp_json_unescape(token->text, token->length, &records->text);
    if (records->text.status != MLP_OK)
        return mlp_fail(err, records->text.status,
                        "row %zu: a text that is too long",
                        records->n_rows + 1);
    *text = records->text.data;
    *length = records->text.length;
    return MLP_OK;
}

static mlp_status
push_key(mlp_records *records, const mlp_json_token *token, mlp_error *err)
{
    const char *name;
    size_t length;
    mlp_status status = unescape(records, token, &name, &length, err);
    if (status == MLP_OK && !find_column(records, name, length))
        status = add_column(records, name, length, err);
    if (status != MLP_OK)
        return status;
    struct record_column *column = &records->columns[records->column];
    records->named = true;
    if (column->last_row == records->n_rows + 1)
        return mlp_fail(err, MLP_INVALID, "column '%s' is in row %zu twice",
                        text_excerpt(name, length).text, records->n_rows + 1);
    column->last_row = records->n_rows + 1;
    records->expected = records->column + 1;
    return MLP_OK;
}

/* --- cells ---------------------------------------------------------------- */

static const char *token_name(const mlp_json_token *token)
{
    static const char *const names[] = {
        [MLP_JSON_OBJECT_BEGIN] = "an object",
        [MLP_JSON_OBJECT_END] = "its end",
        [MLP_JSON_ARRAY_BEGIN] = "a list",
        [MLP_JSON_ARRAY_END] = "the end of a list",
        [MLP_JSON_KEY] = "a name",
        [MLP_JSON_STRING] = "a text",
        [MLP_JSON_NUMBER] = "a number",
        [MLP_JSON_TRUE] = "true",
        [MLP_JSON_FALSE] = "false",
        [MLP_JSON_NULL] = "null",
    };
    return names[token->event];
}

static mlp_status refuse_nested(const mlp_records *records,
                                const mlp_json_token *token,
                                mlp_error *err)
{
    const char *name = mlp_records_column(records);
    return mlp_fail(err, MLP_INVALID,
                    "column '%s', row %zu: expected a number, a text, true, "
                    "false or null, found %s",
                    name ? text_excerpt(name, strlen(name)).text : "",
                    records->n_rows + 1, token_name(token));
}

static mlp_status
push_value(mlp_records *records, const mlp_json_token *token, mlp_error *err)
{
    mlp_cell cell = {.kind = MLP_CELL_MISSING};
    mlp_status status = MLP_OK;
    if (token->event == MLP_JSON_NUMBER) {
        cell.kind = MLP_CELL_NUMBER;
        cell.decimal = token->decimal;
    } else if (token->event == MLP_JSON_STRING) {
        cell.kind = MLP_CELL_TEXT;
        status = unescape(records, token, &cell.text, &cell.length, err);
    } else if (token->event == MLP_JSON_TRUE ||
               token->event == MLP_JSON_FALSE) {
        cell.kind = MLP_CELL_BOOLEAN;
        cell.boolean = token->event == MLP_JSON_TRUE;
    } else if (token->event != MLP_JSON_NULL) {
        return refuse_nested(records, token, err);
    }
    size_t j = records->column;
    float *row = records->cells + records->n_rows * records->stride;
    if (status == MLP_OK)
        status = table_encode(&records->table->columns[j], records->n_rows,
                              &cell, &row[j], err);
    if (status != MLP_OK)
        return status;
    records->columns[j].n_present += cell.kind != MLP_CELL_MISSING;
    records->named = false;
    return MLP_OK;
}

mlp_status mlp_records_push(mlp_records *records,
                            const mlp_json_token *token,
                            mlp_error *err)
{
    records->n_uncounted++;
    if (records->inside && token->event == MLP_JSON_KEY)
        return push_key(records, token, err);
    if (records->inside && token->event == MLP_JSON_OBJECT_END)
        return end_row(records, err);
    if (records->inside)
        return push_value(records, token, err);
    if (token->event == MLP_JSON_OBJECT_BEGIN)
        return begin_row(records, err);
    return mlp_fail(err, MLP_INVALID, "row %zu: expected an object, found %s",
                    records->n_rows + 1, token_name(token));
}

/* --- asking --------------------------------------------------------------- */

size_t mlp_records_n_rows(const mlp_records *records)
{
    return records->n_rows;
}

const char *mlp_records_column(const mlp_records *records)
{
    return records->named ? records->table->columns[records->column].face.name
                          : NULL;
}

size_t mlp_records_bytes(const mlp_records *records)
{
    return sizeof *records + records->table_bytes +
           records->capacity * records->stride * sizeof *records->cells +
           records->columns_capacity * sizeof *records->columns +
           records->text.capacity;
}

mlp_status
mlp_records_finish(mlp_records *records, mlp_table **out, mlp_error *err)
{
    mlp_table *table = records->table;
    size_t n_columns = table->n_columns;
    *out = NULL;
    if (n_columns == 0)
        return mlp_fail(err, MLP_INVALID, "there is no row with a value");
    mlp_status status = resize(records, records->n_rows, n_columns, err);
    if (status != MLP_OK)
        return status;
    table->n_rows = records->n_rows;
    for (size_t j = 0; j < n_columns; j++)
        table->columns[j].face.n_missing =
            records->n_rows - records->columns[j].n_present;
    status = table_push_block(table, records->cells, false, 0, n_columns, err);
    if (status != MLP_OK)
        return status;
    records->cells = NULL;
    records->table = NULL;
    *out = table;
    return MLP_OK;
}

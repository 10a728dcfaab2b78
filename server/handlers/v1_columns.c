/* SPDX-License-Identifier: MIT
 *
 * Columns of numbers become one block, those of texts one table, and both are
 * joined once: to join each by itself would look at all names each time. */
#include "handlers/v1_columns.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/json_text.h"

struct v1_column {
    char *name;
    char pointer[sizeof((struct problem *)NULL)->pointer];
    struct v1_tensor tensor;
};

static bool no_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return false;
}

void v1_columns_init(struct v1_columns *columns,
                     const char *pointer,
                     const char *name,
                     const struct v1_limits *limits)
{
    *columns = (struct v1_columns){
        .pointer = pointer, .name = name, .limits = *limits};
}

static void destroy(struct v1_column *column)
{
    if (column == NULL)
        return;
    v1_tensor_free(&column->tensor);
    free(column->name);
    free(column);
}

void v1_columns_free(struct v1_columns *columns)
{
    for (size_t i = 0; i < columns->n; i++)
        destroy(columns->items[i]);
    free(columns->items);
    *columns = (struct v1_columns){0};
}

/* --- one more ------------------------------------------------------------- */

static size_t held_by(const struct v1_column *column)
{
    return sizeof *column + strlen(column->name) +
           v1_tensor_held(&column->tensor);
}

size_t v1_columns_held(const struct v1_columns *columns)
{
    size_t last = columns->n > 0 ? held_by(columns->items[columns->n - 1]) : 0;
    return columns->n_held + last + columns->capacity * sizeof *columns->items;
}

static bool reserve(struct v1_columns *columns)
{
    if (columns->n < columns->capacity)
        return true;
    size_t capacity = 2 * columns->capacity + 16;
    struct v1_column **items =
        reallocarray(columns->items, capacity, sizeof *items);
    if (items == NULL)
        return false;
    columns->items = items;
    columns->capacity = capacity;
    return true;
}

static struct v1_column *create(const struct v1_columns *columns,
                                const mlp_json_token *key)
{
    struct v1_column *column = calloc(1, sizeof *column);
    mlp_buffer name;
    if (column == NULL)
        return NULL;
    mlp_buffer_init(&name, columns->limits.max_text_bytes + 1);
    mlp_json_unescape(key->text, key->length, &name);
    mlp_buffer_append(&name, "", 1); /* also of an empty one there is a text */
    column->name = mlp_buffer_take(&name, NULL);
    mlp_buffer_free(&name);
    if (column->name == NULL) {
        free(column);
        return NULL;
    }
    snprintf(column->pointer, sizeof column->pointer, "%s", columns->pointer);
    json_pointer_append(column->pointer, sizeof column->pointer, column->name);
    v1_tensor_init(&column->tensor, column->pointer, column->name, column->name,
                   &columns->limits);
    return column;
}

struct v1_tensor *v1_columns_add(struct v1_columns *columns,
                                 const mlp_json_token *key,
                                 struct problem *problem)
{
    struct v1_column *column = reserve(columns) ? create(columns, key) : NULL;
    if (column == NULL) {
        no_memory(problem);
        return NULL;
    }
    if (columns->n > 0)
        columns->n_held += held_by(columns->items[columns->n - 1]);
    columns->items[columns->n++] = column;
    return &column->tensor;
}

struct v1_tensor *v1_columns_only(const struct v1_columns *columns,
                                  const char *name)
{
    if (columns->n != 1 || strcmp(columns->items[0]->name, name) != 0)
        return NULL;
    return &columns->items[0]->tensor;
}

size_t v1_columns_n_rows(const struct v1_columns *columns)
{
    return columns->n > 0 ? v1_tensor_n_rows(&columns->items[0]->tensor) : 0;
}

/* --- a table -------------------------------------------------------------- */

static bool is_text(const struct v1_column *column)
{
    return column->tensor.table != NULL;
}

static bool check_shapes(const struct v1_columns *columns,
                         struct problem *problem)
{
    size_t n_rows = v1_columns_n_rows(columns);
    if (columns->n == 0)
        problem_set(problem, PROBLEM_INVALID, columns->pointer,
                    "%s names no input", columns->name);
    for (size_t i = 0; i < columns->n && !problem_is_set(problem); i++) {
        const struct v1_column *column = columns->items[i];
        size_t n = v1_tensor_n_rows(&column->tensor);
        if (n != n_rows)
            problem_set(problem, PROBLEM_INVALID, column->pointer,
                        "'%.64s' has %zu values, '%.64s' %zu", column->name, n,
                        columns->items[0]->name, n_rows);
        else if (!is_text(column) && column->tensor.matrix.n_columns != 1)
            problem_set(problem, PROBLEM_INVALID, column->pointer,
                        "'%.64s' has %zu values in each row, a column takes "
                        "one",
                        column->name, column->tensor.matrix.n_columns);
    }
    return !problem_is_set(problem);
}

/* names: [columns->n], of those of that kind. */
static size_t name_kind(const struct v1_columns *columns,
                        bool text,
                        const struct v1_column **out,
                        const char **names)
{
    size_t n = 0;
    for (size_t i = 0; i < columns->n; i++)
        if (is_text(columns->items[i]) == text) {
            names[n] = columns->items[i]->name;
            out[n++] = columns->items[i];
        }
    return n;
}

static mlp_status join_numbers(const struct v1_column *const *columns,
                               const char *const *names,
                               size_t n,
                               mlp_table **out,
                               mlp_error *err)
{
    size_t n_rows = columns[0]->tensor.matrix.n_rows, bytes;
    *out = NULL;
    if (__builtin_mul_overflow(n_rows, n, &bytes) ||
        __builtin_mul_overflow(bytes, sizeof(float), &bytes))
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    float *block = malloc(bytes);
    if (block == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n_rows; i++)
            block[i * n + j] = columns[j]->tensor.matrix.values[i];
    mlp_status status =
        mlp_table_adopt(block, false, n_rows, n, names, out, err);
    if (status != MLP_OK)
        free(block);
    return status;
}

/* What cell (row, 0) said. */
static mlp_cell cell_of(const mlp_table *table, size_t row)
{
    const mlp_column *face = mlp_table_column(table, 0);
    float level = mlp_table_value(table, row, 0);
    if (face->type != MLP_COLUMN_LEVELS || !(level >= 0))
        return (mlp_cell){.kind = MLP_CELL_MISSING};
    const mlp_label *label = &face->levels[(size_t)level];
    return (mlp_cell){
        .kind = label->kind,
        .text = label->text,
        .length = label->length,
        .boolean = strcmp(label->text, "true") == 0,
    };
}

static mlp_status join_texts(const struct v1_column *const *columns,
                             const char *const *names,
                             size_t n,
                             mlp_cell *row,
                             mlp_table **out,
                             mlp_error *err)
{
    mlp_status status =
        mlp_table_create(columns[0]->tensor.limits.max_cells, out, err);
    for (size_t j = 0; status == MLP_OK && j < n; j++)
        status =
            mlp_table_add_column(*out, names[j], strlen(names[j]), false, err);
    size_t n_rows = mlp_table_n_rows(columns[0]->tensor.table);
    for (size_t i = 0; status == MLP_OK && i < n_rows; i++) {
        for (size_t j = 0; j < n; j++)
            row[j] = cell_of(columns[j]->tensor.table, i);
        status = mlp_table_append(*out, row, n, err);
    }
    return status;
}

static mlp_status join_all(const struct v1_columns *columns,
                           const struct v1_column **some,
                           const char **names,
                           mlp_cell *row,
                           mlp_table **out,
                           mlp_error *err)
{
    mlp_table *texts = NULL;
    mlp_status status = MLP_OK;
    size_t n = name_kind(columns, false, some, names);
    if (n > 0)
        status = join_numbers(some, names, n, out, err);
    n = name_kind(columns, true, some, names);
    if (status == MLP_OK && n > 0)
        status = join_texts(some, names, n, row, &texts, err);
    if (status == MLP_OK && *out != NULL && texts != NULL)
        status = mlp_table_join(*out, texts, err);
    else if (status == MLP_OK && *out == NULL) {
        *out = texts;
        return MLP_OK;
    }
    if (status != MLP_OK)
        mlp_table_destroy(texts);
    return status;
}

mlp_table *v1_columns_take_table(struct v1_columns *columns,
                                 struct problem *problem)
{
    mlp_error err = {.status = MLP_NOMEM};
    mlp_table *table = NULL;
    if (!check_shapes(columns, problem))
        return NULL;
    const struct v1_column **some = calloc(columns->n, sizeof *some);
    const char **names = calloc(columns->n, sizeof *names);
    mlp_cell *row = calloc(columns->n, sizeof *row);
    if (some == NULL || names == NULL || row == NULL ||
        join_all(columns, some, names, row, &table, &err) != MLP_OK) {
        problem_from_error(problem, columns->pointer, &err);
        mlp_table_destroy(table);
        table = NULL;
    }
    free((void *)some);
    free((void *)names);
    free(row);
    return table;
}

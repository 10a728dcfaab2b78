/* SPDX-License-Identifier: MIT */
#include "handlers/v2_rows.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/model_columns.h"
#include "mlp/rows.h"
#include "mlp/table.h"

enum { TEXT_BYTES = 160 };

static bool out_of_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return false;
}

static bool allocate(struct v2_rows *rows,
                     const struct live_model *live,
                     struct problem *problem)
{
    size_t n;
    if (__builtin_mul_overflow(rows->n, mlp_model_n_features(live->model), &n))
        return out_of_memory(problem);
    rows->owned = calloc(n, sizeof *rows->owned);
    rows->values = rows->owned;
    return rows->owned != NULL || out_of_memory(problem);
}

static bool check_count(size_t n_rows,
                        const struct v2_rows_limits *limits,
                        struct problem *problem)
{
    if (n_rows > limits->max_rows)
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "%zu rows, at most %zu are predicted at a time", n_rows,
                    limits->max_rows);
    return !problem_is_set(problem);
}

/* --- one tensor ----------------------------------------------------------- */

/* "[2,3]", cut. */
static void format_shape(const struct v2_tensor *tensor, char out[TEXT_BYTES])
{
    size_t n = (size_t)snprintf(out, TEXT_BYTES, "[");
    for (size_t i = 0; i < tensor->rank && n < TEXT_BYTES; i++)
        n += (size_t)snprintf(out + n, TEXT_BYTES - n, "%s%zu",
                              i > 0 ? "," : "", tensor->shape[i]);
    if (n < TEXT_BYTES)
        (void)snprintf(out + n, TEXT_BYTES - n, "]");
}

static bool refuse_shape(const struct v2_tensor *tensor,
                         const struct live_model *live,
                         struct problem *problem)
{
    char shape[TEXT_BYTES], pointer[64];
    format_shape(tensor, shape);
    snprintf(pointer, sizeof pointer, "%s/shape", tensor->pointer);
    problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                "input '%.64s' has shape %s, %s@%" PRIu32
                " takes one of [-1,%zu], or an input of [-1,1] for each "
                "column, of its name",
                tensor->name, shape, live->name, live->version,
                mlp_model_n_features(live->model));
    return false;
}

/* n_features: there is none of that name. */
static size_t find_feature(const mlp_model *model, const char *name)
{
    size_t i = 0, n = mlp_model_n_features(model);
    while (i < n && strcmp(mlp_model_feature(model, i), name) != 0)
        i++;
    return i;
}

/* Does it have a number for each feature? */
static bool is_matrix(const struct v2_tensor *tensor, size_t n_features)
{
    if (tensor->type == V2_BYTES)
        return false;
    return tensor->rank == 2 ? tensor->shape[1] == n_features
                             : tensor->rank == 1 && n_features == 1;
}

/* Numbers are not the cells of a model with levels; see rows.h. */
static bool make_cells(struct v2_rows *rows,
                       const struct live_model *live,
                       const char *pointer,
                       struct problem *problem)
{
    mlp_error err;
    if (!mlp_model_takes_numbers(live->model) &&
        mlp_model_cells_of_numbers(live->model, rows->owned, rows->n,
                                   rows->owned, &err) != MLP_OK)
        problem_from_error(problem, pointer, &err);
    return !problem_is_set(problem);
}

static bool read_matrix(struct v2_rows *rows,
                        const struct v2_tensor *tensor,
                        const struct live_model *live,
                        struct problem *problem)
{
    rows->n = tensor->shape[0];
    if (mlp_model_takes_numbers(live->model))
        rows->values = v2_tensor_view(tensor, problem);
    if (rows->values != NULL || problem_is_set(problem))
        return !problem_is_set(problem);
    return allocate(rows, live, problem) &&
           v2_tensor_floats(tensor, rows->owned, problem) &&
           make_cells(rows, live, tensor->pointer, problem);
}

/* Rows of float32, and nothing else. */
static bool read_raw(struct v2_rows *rows,
                     const struct v2_request *request,
                     const struct live_model *live,
                     const struct v2_rows_limits *limits,
                     struct problem *problem)
{
    size_t width = mlp_model_n_features(live->model) * sizeof(float);
    struct v2_tensor tensor = {
        .name = "input",
        .type = V2_FP32,
        .rank = 2,
        .shape = {request->length / width, width / sizeof(float)},
        .n = request->length / sizeof(float),
        .storage = V2_BINARY,
        .bytes = request->bytes,
        .length = request->length,
    };
    if (!mlp_model_takes_numbers(live->model))
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, NULL,
                    "%s@%" PRIu32 " takes an input for each column: the body "
                    "should begin with JSON that names them",
                    live->name, live->version);
    else if (request->length == 0 || request->length % width != 0)
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, NULL,
                    "the body has %zu bytes, expected rows of %zu: %zu float32",
                    request->length, width, width / sizeof(float));
    else if (check_count(tensor.shape[0], limits, problem))
        return read_matrix(rows, &tensor, live, problem);
    return false;
}

/* --- an input for each column --------------------------------------------- */

static bool check_column(const struct v2_tensor *tensor,
                         const struct v2_tensor *first,
                         const struct live_model *live,
                         struct problem *problem)
{
    if (tensor->rank > 2 || (tensor->rank == 2 && tensor->shape[1] != 1))
        return refuse_shape(tensor, live, problem);
    if (tensor->n != first->n) {
        char pointer[64];
        snprintf(pointer, sizeof pointer, "%s/shape", tensor->pointer);
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                    "input '%.64s' has %zu rows, input '%.64s' has %zu",
                    tensor->name, tensor->n, first->name, first->n);
    }
    return !problem_is_set(problem);
}

/* [n_rows, n_inputs], malloc's. NULL with a problem. */
static float *side_by_side(const struct v2_request *request,
                           struct problem *problem)
{
    size_t n = request->inputs[0].n, width = request->n_inputs, size;
    float *block = NULL, *column = calloc(n, sizeof *column);
    if (!__builtin_mul_overflow(n, width, &size))
        block = calloc(size, sizeof *block);
    bool done = block != NULL && column != NULL;
    if (!done)
        (void)out_of_memory(problem);
    for (size_t j = 0; done && j < width; j++) {
        done = v2_tensor_floats(&request->inputs[j], column, problem);
        for (size_t i = 0; done && i < n; i++)
            block[i * width + j] = column[i];
    }
    free(column);
    if (done)
        return block;
    free(block);
    return NULL;
}

/* Where a model has nothing but numbers: all columns in one block. */
static mlp_table *table_of_numbers(const struct v2_request *request,
                                   struct problem *problem)
{
    mlp_table *table = NULL;
    mlp_error err;
    const char **names = calloc(request->n_inputs, sizeof *names);
    if (names == NULL) {
        (void)out_of_memory(problem);
        return NULL;
    }
    for (size_t j = 0; j < request->n_inputs; j++)
        names[j] = request->inputs[j].name;
    float *block = side_by_side(request, problem);
    if (block != NULL &&
        mlp_table_adopt(block, false, request->inputs[0].n, request->n_inputs,
                        names, &table, &err) != MLP_OK) {
        problem_from_error(problem, "/inputs", &err);
        free(block);
    }
    free(names);
    return table;
}

static int by_name(const void *name, const void *item)
{
    const char *const *other = item;
    return strcmp(name, *other);
}

static bool is_listed(const char *name, const char *const *names, size_t n)
{
    return n > 0 && bsearch(name, names, n, sizeof *names, by_name) != NULL;
}

/* An input on its way into a table. */
struct column {
    struct v2_cursor cursor;
    bool knows_empty; /* the empty text is one of its levels */
};

/* Is the empty text, the least of all, a level of that feature? */
static bool knows_empty(const mlp_model *model, const char *name)
{
    size_t i = find_feature(model, name), n;
    const mlp_label *levels = mlp_model_levels(model, i, &n);
    return levels != NULL && levels[0].kind == MLP_CELL_TEXT &&
           levels[0].length == 0;
}

/* A column whose values are levels to the model keeps them as they are. */
static bool add_columns(mlp_table *table,
                        const struct v2_request *request,
                        const mlp_model *model,
                        const struct model_columns *known,
                        struct column *columns,
                        struct problem *problem)
{
    mlp_error err;
    for (size_t j = 0; j < request->n_inputs; j++) {
        const struct v2_tensor *tensor = &request->inputs[j];
        bool text = is_listed(tensor->name, known->texts, known->n_texts);
        bool label =
            text || is_listed(tensor->name, known->labels, known->n_labels);
        columns[j] = (struct column){
            .cursor = {.tensor = tensor, .exact = label},
            .knows_empty = text && knows_empty(model, tensor->name),
        };
        if (mlp_table_add_column(table, tensor->name, strlen(tensor->name),
                                 label, &err) != MLP_OK) {
            problem_from_error(problem, tensor->pointer, &err);
            return false;
        }
    }
    return true;
}

static void refuse_cell(const mlp_table *table,
                        const struct v2_request *request,
                        size_t row,
                        const mlp_error *err,
                        struct problem *problem)
{
    size_t column = mlp_table_refused(table);
    if (column >= request->n_inputs || err->status != MLP_INVALID)
        problem_from_error(problem, NULL, err);
    else
        v2_tensor_refuse(&request->inputs[column], row, problem,
                         "is not acceptable: %s", err->text);
}

/* An empty text that means nothing else is a missing cell, as in CSV: BYTES
 * have no other. */
static bool
next_cell(struct column *column, mlp_cell *cell, struct problem *problem)
{
    if (!v2_cursor_next(&column->cursor, cell, problem))
        return false;
    if (cell->kind == MLP_CELL_TEXT && cell->length == 0 &&
        !column->knows_empty)
        cell->kind = MLP_CELL_MISSING;
    return true;
}

static bool fill_table(mlp_table *table,
                       const struct v2_request *request,
                       struct column *columns,
                       mlp_cell *cells,
                       struct problem *problem)
{
    size_t n = request->inputs[0].n;
    mlp_error err;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < request->n_inputs; j++)
            if (!next_cell(&columns[j], &cells[j], problem))
                return false;
        if (mlp_table_append(table, cells, request->n_inputs, &err) != MLP_OK) {
            refuse_cell(table, request, i, &err, problem);
            return false;
        }
    }
    return true;
}

static mlp_table *table_of_cells(const struct v2_request *request,
                                 const mlp_model *model,
                                 const struct v2_rows_limits *limits,
                                 struct problem *problem)
{
    struct model_columns known = {0};
    struct column *columns = calloc(request->n_inputs, sizeof *columns);
    mlp_cell *cells = calloc(request->n_inputs, sizeof *cells);
    mlp_table *table = NULL;
    mlp_error err = {.status = MLP_NOMEM};
    if (columns == NULL || cells == NULL ||
        mlp_table_create(limits->max_cells, &table, &err) != MLP_OK)
        problem_from_error(problem, NULL, &err);
    else if (model_columns_of(model, &known, problem) &&
             add_columns(table, request, model, &known, columns, problem))
        (void)fill_table(table, request, columns, cells, problem);
    model_columns_free(&known);
    free(columns);
    free(cells);
    return table;
}

static bool has_texts(const struct v2_request *request)
{
    for (size_t i = 0; i < request->n_inputs; i++)
        if (request->inputs[i].type == V2_BYTES)
            return true;
    return false;
}

static bool read_columns(struct v2_rows *rows,
                         const struct v2_request *request,
                         const struct live_model *live,
                         const struct v2_rows_limits *limits,
                         struct problem *problem)
{
    mlp_error err;
    for (size_t i = 0; i < request->n_inputs; i++)
        if (!check_column(&request->inputs[i], &request->inputs[0], live,
                          problem))
            return false;
    rows->n = request->inputs[0].n;
    if (!check_count(rows->n, limits, problem))
        return false;
    mlp_table *table =
        mlp_model_takes_numbers(live->model) && !has_texts(request)
            ? table_of_numbers(request, problem)
            : table_of_cells(request, live->model, limits, problem);
    if (!problem_is_set(problem) && allocate(rows, live, problem) &&
        mlp_model_align(live->model, table, rows->owned, &err) != MLP_OK)
        problem_from_error(problem, "/inputs", &err);
    mlp_table_destroy(table);
    return !problem_is_set(problem);
}

/* --- either --------------------------------------------------------------- */

static bool read_tensors(struct v2_rows *rows,
                         const struct v2_request *request,
                         const struct live_model *live,
                         const struct v2_rows_limits *limits,
                         struct problem *problem)
{
    const struct v2_tensor *first = &request->inputs[0];
    size_t n_features = mlp_model_n_features(live->model);
    assert(request->n_inputs > 0); /* v2_request_read() has seen to it */
    if (request->n_inputs == 1 && is_matrix(first, n_features))
        return check_count(first->shape[0], limits, problem) &&
               read_matrix(rows, first, live, problem);
    if (request->n_inputs == 1 &&
        find_feature(live->model, first->name) == n_features)
        return refuse_shape(first, live, problem);
    return read_columns(rows, request, live, limits, problem);
}

bool v2_rows_read(struct v2_rows *rows,
                  const struct v2_request *request,
                  const struct live_model *live,
                  const struct v2_rows_limits *limits,
                  struct problem *problem)
{
    *rows = (struct v2_rows){0};
    bool done = request->raw
                    ? read_raw(rows, request, live, limits, problem)
                    : read_tensors(rows, request, live, limits, problem);
    if (!done)
        v2_rows_free(rows);
    return done;
}

void v2_rows_free(struct v2_rows *rows)
{
    free(rows->owned);
    *rows = (struct v2_rows){0};
}

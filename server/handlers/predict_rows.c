/* SPDX-License-Identifier: MIT */
#include "handlers/predict_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/model_columns.h"
#include "handlers/train_query.h"
#include "http/json_body.h"
#include "mlp/json.h"
#include "mlp/rows.h"
#include "training/score_json.h"

enum { QUOTE_MAX_BYTES = 200 }; /* more is of no help to a reader */

/* Content types of bodies that are files; SNIFFED: the bytes say which. */
enum { SNIFFED = -1 };
static const struct {
    const char *type;
    int format; /* mlp_file_format */
} file_types[] = {
    {"text/csv", MLP_FILE_CSV},
    {"application/x-ndjson", MLP_FILE_NDJSON},
    {"application/x-npy", MLP_FILE_NPY},
    {"application/octet-stream", SNIFFED},
};
enum { N_FILE_TYPES = sizeof file_types / sizeof file_types[0] };

static size_t find_type(const struct http_request *request)
{
    size_t i = 0;
    while (i < N_FILE_TYPES && !request_has_type(request, file_types[i].type))
        i++;
    return i;
}

bool predict_rows_takes(const struct http_request *request)
{
    return find_type(request) < N_FILE_TYPES;
}

/* --- limits and shapes ---------------------------------------------------- */

static bool check_count(const struct http_request *request,
                        size_t n_rows,
                        struct problem *problem)
{
    struct app *app = request_app(request);
    if (n_rows == 0)
        problem_set(problem, PROBLEM_INVALID, NULL, "there are no rows");
    else if (n_rows > app->limits.predict_max_rows)
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "%zu rows, at most %zu are predicted at a time", n_rows,
                    app->limits.predict_max_rows);
    return !problem_is_set(problem);
}

/* All rows have n values, which is not what the model takes. */
static void refuse_width(const char *what,
                         const char *pointer,
                         size_t n,
                         const struct live_model *live,
                         struct problem *problem)
{
    problem_set(problem, PROBLEM_SHAPE_MISMATCH, pointer,
                "%s has %zu values, %s@%" PRIu32 " expects %zu", what, n,
                live->name, live->version, mlp_model_n_features(live->model));
}

static bool allocate(struct predict_rows *rows,
                     size_t n_rows,
                     const struct live_model *live,
                     struct problem *problem)
{
    size_t bytes = 0;
    size_t width = mlp_model_n_features(live->model) * sizeof(float);
    if (!__builtin_mul_overflow(n_rows, width, &bytes))
        rows->owned = malloc(bytes);
    rows->values = rows->owned;
    rows->n = n_rows;
    if (rows->owned == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return rows->owned != NULL;
}

/* --- tables --------------------------------------------------------------- */

static bool align_by_name(struct predict_rows *rows,
                          const struct live_model *live,
                          bool may_lack,
                          struct problem *problem)
{
    mlp_error err = {.status = MLP_NOMEM, .text = "out of memory"};
    mlp_status status = MLP_NOMEM;
    size_t n_rows = mlp_table_n_rows(rows->table);
    if (!allocate(rows, n_rows, live, problem))
        return false;
    rows->named = true;
    if (!may_lack)
        status = mlp_model_align(live->model, rows->table, rows->owned, &err);
    else if ((rows->absent = calloc(mlp_model_n_features(live->model),
                                    sizeof *rows->absent)) != NULL)
        status = mlp_model_align_some(live->model, rows->table, rows->owned,
                                      rows->absent, &err);
    if (status != MLP_OK)
        problem_from_error(problem, NULL, &err);
    return status == MLP_OK;
}

/* The first row that the model cannot take, if its columns are no numbers. */
static bool make_cells(struct predict_rows *rows,
                       const float *numbers,
                       const struct live_model *live,
                       const char *pointer,
                       struct problem *problem)
{
    mlp_error err;
    if (mlp_model_cells_of_numbers(live->model, numbers, rows->n, rows->owned,
                                   &err) != MLP_OK)
        problem_from_error(problem, pointer, &err);
    return !problem_is_set(problem);
}

/* NPY and IDX have no names. */
static bool align_by_position(struct predict_rows *rows,
                              const struct live_model *live,
                              struct problem *problem)
{
    size_t n = mlp_table_n_columns(rows->table);
    if (n != mlp_model_n_features(live->model)) {
        refuse_width("a row of the file", NULL, n, live, problem);
        return false;
    }
    size_t *columns = calloc(n, sizeof *columns);
    if (columns == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    for (size_t i = 0; columns != NULL && i < n; i++)
        columns[i] = i;
    if (columns != NULL &&
        allocate(rows, mlp_table_n_rows(rows->table), live, problem)) {
        mlp_table_gather(rows->table, NULL, rows->n, columns, n, rows->owned);
        if (!mlp_model_takes_numbers(live->model))
            (void)make_cells(rows, rows->owned, live, NULL, problem);
    }
    free(columns);
    return !problem_is_set(problem);
}

/* --- files in memory ------------------------------------------------------ */

static mlp_table *parse_file(const char *bytes,
                             size_t length,
                             mlp_file_format format,
                             const mlp_read_options *options,
                             struct problem *problem)
{
    mlp_error err = {.status = MLP_NOMEM, .text = "out of memory"};
    mlp_table *table = NULL;
    union {
        const char *in;
        void *out;
    } data = {.in = bytes}; /* opened for reading: nothing is written */
    FILE *file = fmemopen(data.out, length, "r");
    if (file == NULL ||
        mlp_table_read_file(file, format, options, &table, &err) != MLP_OK)
        problem_from_error(problem, NULL, &err);
    if (file != NULL)
        (void)fclose(file);
    return table;
}

static mlp_table *read_table(const char *bytes,
                             size_t length,
                             mlp_file_format format,
                             mlp_read_options *options,
                             const struct live_model *live,
                             struct problem *problem)
{
    struct model_columns columns;
    mlp_table *table = NULL;
    if (!model_columns_of(live->model, &columns, problem))
        return NULL;
    if (format == MLP_FILE_CSV || format == MLP_FILE_NDJSON)
        model_columns_ask(&columns, options);
    table = parse_file(bytes, length, format, options, problem);
    model_columns_free(&columns);
    return table;
}

static bool read_file(struct predict_rows *rows,
                      struct http_request *request,
                      const struct live_model *live,
                      bool may_lack,
                      struct problem *problem)
{
    struct app *app = request_app(request);
    mlp_read_options options = {.max_cells = app->limits.max_cells};
    size_t length = 0;
    const char *bytes =
        body_memory_bytes(body_inner(request_body(request)), &length);
    int known = file_types[find_type(request)].format;
    train_query_csv(request, &options, problem);
    if (length == 0)
        problem_set(problem, PROBLEM_MALFORMED, NULL, "the body is empty");
    if (problem_is_set(problem))
        return false;
    mlp_file_format format = known == SNIFFED
                                 ? mlp_file_format_sniff(bytes, length)
                                 : (mlp_file_format)known;
    rows->table = read_table(bytes, length, format, &options, live, problem);
    if (rows->table == NULL ||
        !check_count(request, mlp_table_n_rows(rows->table), problem))
        return false;
    return format == MLP_FILE_CSV || format == MLP_FILE_NDJSON
               ? align_by_name(rows, live, may_lack, problem)
               : align_by_position(rows, live, problem);
}

/* --- JSON ----------------------------------------------------------------- */

static void refuse_numbers(const struct predict_numbers *numbers,
                           const struct live_model *live,
                           struct problem *problem)
{
    char first[32], pointer[32];
    snprintf(first, sizeof first, "%s[0]", numbers->name);
    snprintf(pointer, sizeof pointer, "/%s/0", numbers->name);
    refuse_width(first, pointer, numbers->n_columns, live, problem);
}

static bool read_numbers(struct predict_rows *rows,
                         struct http_request *request,
                         const struct live_model *live,
                         const struct predict_numbers *numbers,
                         struct problem *problem)
{
    char pointer[32];
    if (!check_count(request, numbers->n_rows, problem))
        return false;
    if (numbers->n_columns != mlp_model_n_features(live->model)) {
        refuse_numbers(numbers, live, problem);
        return false;
    }
    rows->n = numbers->n_rows;
    rows->values = rows->numbers = numbers->values;
    if (mlp_model_takes_numbers(live->model))
        return true;
    snprintf(pointer, sizeof pointer, "/%s", numbers->name);
    return allocate(rows, numbers->n_rows, live, problem) &&
           make_cells(rows, numbers->values, live, pointer, problem);
}

static void refuse_both(const json_t *control, struct problem *problem)
{
    bool records = json_object_get(control, "records") != NULL;
    problem_set(problem, PROBLEM_INVALID, records ? "/records" : "/rows",
                "inputs and %s do not go together",
                records ? "records" : "rows");
}

static bool read_named(struct predict_rows *rows,
                       struct http_request *request,
                       const struct live_model *live,
                       bool may_lack,
                       struct problem *problem)
{
    struct model_columns columns;
    if (!check_count(request, mlp_table_n_rows(rows->table), problem) ||
        !model_columns_of(live->model, &columns, problem))
        return false;
    bool done = model_columns_apply(&columns, rows->table, problem);
    model_columns_free(&columns);
    return done && align_by_name(rows, live, may_lack, problem);
}

static bool read_json(struct predict_rows *rows,
                      struct http_request *request,
                      const struct live_model *live,
                      bool may_lack,
                      struct problem *problem)
{
    struct http_body *body = request_body(request);
    size_t n_rows, n_columns;
    const float *inputs = json_body_inputs(body, &n_rows, &n_columns);
    rows->table = json_body_take_rows(body);
    if (inputs != NULL && rows->table != NULL)
        refuse_both(json_body_control(body), problem);
    else if (inputs != NULL)
        return read_numbers(
            rows, request, live,
            &(struct predict_numbers){inputs, n_rows, n_columns, "inputs"},
            problem);
    else if (rows->table != NULL)
        return read_named(rows, request, live, may_lack, problem);
    else
        problem_set(problem, PROBLEM_INVALID, "/inputs",
                    "inputs is missing, or columns and rows, or records: what "
                    "shall be predicted?");
    return false;
}

bool predict_rows_read(struct predict_rows *rows,
                       struct http_request *request,
                       const struct live_model *live,
                       bool may_lack,
                       struct problem *problem)
{
    *rows = (struct predict_rows){0};
    bool done = (predict_rows_takes(request) ? read_file : read_json)(
        rows, request, live, may_lack, problem);
    if (!done)
        predict_rows_free(rows);
    return done;
}

bool predict_rows_of_numbers(struct predict_rows *rows,
                             struct http_request *request,
                             const struct live_model *live,
                             const struct predict_numbers *numbers,
                             struct problem *problem)
{
    *rows = (struct predict_rows){0};
    bool done = read_numbers(rows, request, live, numbers, problem);
    if (!done)
        predict_rows_free(rows);
    return done;
}

bool predict_rows_of_table(struct predict_rows *rows,
                           struct http_request *request,
                           const struct live_model *live,
                           mlp_table *table,
                           bool may_lack,
                           struct problem *problem)
{
    *rows = (struct predict_rows){.table = table};
    bool done = read_named(rows, request, live, may_lack, problem);
    if (!done)
        predict_rows_free(rows);
    return done;
}

void predict_rows_free(struct predict_rows *rows)
{
    free(rows->owned);
    free(rows->absent);
    mlp_table_destroy(rows->table);
    *rows = (struct predict_rows){0};
}

/* --- quoting -------------------------------------------------------------- */

bool predict_rows_quote(const struct predict_rows *rows,
                        const mlp_model *model,
                        size_t row,
                        size_t feature,
                        mlp_buffer *out)
{
    size_t at = row * mlp_model_n_features(model) + feature, column = feature;
    float cell = rows->numbers != NULL ? rows->numbers[at] : rows->values[at];
    const mlp_column *face = NULL;
    if (rows->table != NULL &&
        (!rows->named ||
         mlp_table_find(rows->table, mlp_model_feature(model, feature),
                        &column))) {
        face = mlp_table_column(rows->table, column);
        cell = mlp_table_value(rows->table, row, column);
    }
    if (isnan(cell))
        return false;
    if (face == NULL || face->type != MLP_COLUMN_LEVELS) {
        mlp_json_write_float(out, cell);
        return true;
    }
    const mlp_label *label = &face->levels[(size_t)cell];
    if (label->length > QUOTE_MAX_BYTES)
        return false;
    score_json_label(out, label);
    return true;
}

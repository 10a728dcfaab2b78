/* SPDX-License-Identifier: MIT */
#include "handlers/predict_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "handlers/train_query.h"
#include "http/json_body.h"

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
                          const mlp_table *table,
                          const struct live_model *live,
                          struct problem *problem)
{
    mlp_error err;
    if (!allocate(rows, mlp_table_n_rows(table), live, problem))
        return false;
    if (mlp_model_align(live->model, table, rows->owned, &err) != MLP_OK)
        problem_from_error(problem, NULL, &err);
    return !problem_is_set(problem);
}

/* NPY and IDX have no names. */
static bool align_by_position(struct predict_rows *rows,
                              const mlp_table *table,
                              const struct live_model *live,
                              struct problem *problem)
{
    size_t n = mlp_table_n_columns(table);
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
        allocate(rows, mlp_table_n_rows(table), live, problem))
        mlp_table_gather(table, NULL, rows->n, columns, n, rows->owned);
    free(columns);
    return !problem_is_set(problem);
}

static bool read_table(struct predict_rows *rows,
                       struct http_request *request,
                       const mlp_table *table,
                       bool by_name,
                       const struct live_model *live,
                       struct problem *problem)
{
    return check_count(request, mlp_table_n_rows(table), problem) &&
           (by_name ? align_by_name : align_by_position)(rows, table, live,
                                                         problem);
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

static bool read_file(struct predict_rows *rows,
                      struct http_request *request,
                      const struct live_model *live,
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
    mlp_table *table = parse_file(bytes, length, format, &options, problem);
    bool done = table != NULL &&
                read_table(rows, request, table,
                           format == MLP_FILE_CSV || format == MLP_FILE_NDJSON,
                           live, problem);
    mlp_table_destroy(table);
    return done;
}

/* --- JSON ----------------------------------------------------------------- */

static bool read_inputs(struct predict_rows *rows,
                        struct http_request *request,
                        const struct live_model *live,
                        struct problem *problem)
{
    size_t n_columns = 0;
    rows->values =
        json_body_inputs(request_body(request), &rows->n, &n_columns);
    if (!check_count(request, rows->n, problem))
        return false;
    if (n_columns != mlp_model_n_features(live->model))
        refuse_width("inputs[0]", "/inputs/0", n_columns, live, problem);
    return !problem_is_set(problem);
}

static void refuse_both(const json_t *control, struct problem *problem)
{
    bool records = json_object_get(control, "records") != NULL;
    problem_set(problem, PROBLEM_INVALID, records ? "/records" : "/rows",
                "inputs and %s do not go together",
                records ? "records" : "rows");
}

static bool read_json(struct predict_rows *rows,
                      struct http_request *request,
                      const struct live_model *live,
                      struct problem *problem)
{
    struct http_body *body = request_body(request);
    size_t n_rows = 0;
    size_t n_columns = 0;
    bool inputs = json_body_inputs(body, &n_rows, &n_columns) != NULL;
    mlp_table *table = json_body_take_rows(body);
    bool done = false;
    if (inputs && table != NULL)
        refuse_both(json_body_control(body), problem);
    else if (inputs)
        done = read_inputs(rows, request, live, problem);
    else if (table != NULL)
        done = read_table(rows, request, table, true, live, problem);
    else
        problem_set(problem, PROBLEM_INVALID, "/inputs",
                    "inputs is missing, or columns and rows, or records: what "
                    "shall be predicted?");
    mlp_table_destroy(table);
    return done;
}

bool predict_rows_read(struct predict_rows *rows,
                       struct http_request *request,
                       const struct live_model *live,
                       struct problem *problem)
{
    *rows = (struct predict_rows){0};
    bool done = predict_rows_takes(request)
                    ? read_file(rows, request, live, problem)
                    : read_json(rows, request, live, problem);
    if (!done)
        predict_rows_free(rows);
    return done;
}

void predict_rows_free(struct predict_rows *rows)
{
    free(rows->owned);
    *rows = (struct predict_rows){0};
}

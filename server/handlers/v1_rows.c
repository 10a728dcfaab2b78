/* SPDX-License-Identifier: MIT */
#include "handlers/v1_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "handlers/v1_body.h"
#include "mlp/rows.h"

bool v1_has_one_input(const mlp_model *model)
{
    return mlp_model_takes_numbers(model) || mlp_model_n_features(model) == 1;
}

size_t v1_rows_count(const struct http_request *request, bool *numbers)
{
    const struct v1_values *values = v1_body_values(request_body(request));
    size_t n_rows = 0, n_columns;
    *numbers = v1_values_numbers(values, &n_rows, &n_columns) != NULL;
    return *numbers ? n_rows : v1_values_n_rows(values);
}

/* Values without names, and the model has several inputs. */
static bool refuse_plain(const char *name,
                         const struct live_model *live,
                         struct problem *problem)
{
    char pointer[32];
    snprintf(pointer, sizeof pointer, "/%s", name);
    problem_set(problem, PROBLEM_INVALID, pointer,
                "%s is a plain list, but expecting named inputs: %s@%" PRIu32
                " has one for each of its %zu columns",
                name, live->name, live->version,
                mlp_model_n_features(live->model));
    return false;
}

/* The column of texts gets the name of the only feature. */
static bool name_column(mlp_table *table,
                        const char *member,
                        const struct live_model *live,
                        struct problem *problem)
{
    mlp_error err;
    const char *name = mlp_model_feature(live->model, 0);
    if (mlp_model_n_features(live->model) != 1)
        return refuse_plain(member, live, problem);
    if (mlp_table_rename_column(table, 0, name, strlen(name), &err) != MLP_OK)
        problem_from_error(problem, NULL, &err);
    return !problem_is_set(problem);
}

/* --- context -------------------------------------------------------------- */

/* Column j: of the examples, or else of the context. */
static bool merge_column(struct predict_rows *rows,
                         const struct predict_rows *context,
                         const mlp_model *model,
                         size_t j,
                         struct problem *problem)
{
    size_t width = mlp_model_n_features(model);
    const char *name = mlp_model_feature(model, j);
    bool ignored = mlp_model_column_kind(model, j) == MLP_KIND_IGNORE;
    if (!rows->absent[j] && !context->absent[j] && !ignored)
        problem_set(problem, PROBLEM_INVALID, "/context",
                    "'%.64s' is in the context and in the examples", name);
    else if (rows->absent[j] && context->absent[j])
        problem_set(problem, PROBLEM_INVALID, "/examples",
                    "column '%.64s' is missing, the model needs it", name);
    for (size_t i = 0; rows->absent[j] && i < rows->n; i++)
        rows->owned[i * width + j] = context->values[j];
    return !problem_is_set(problem);
}

static bool merge(struct predict_rows *rows,
                  struct http_request *request,
                  const struct live_model *live,
                  struct problem *problem)
{
    struct v1_values *values = v1_body_context(request_body(request));
    struct predict_rows context;
    bool named;
    mlp_table *table = v1_values_take_table(values, &named, problem);
    if (table == NULL ||
        !predict_rows_of_table(&context, request, live, table, true, problem))
        return false;
    bool good = true;
    for (size_t j = 0; good && j < mlp_model_n_features(live->model); j++)
        good = merge_column(rows, &context, live->model, j, problem);
    predict_rows_free(&context);
    return good;
}

/* --- rows ----------------------------------------------------------------- */

static bool read_table(struct predict_rows *rows,
                       struct http_request *request,
                       const struct live_model *live,
                       struct problem *problem)
{
    struct http_body *body = request_body(request);
    bool named, with_context = v1_body_context(body) != NULL;
    mlp_table *table =
        v1_values_take_table(v1_body_values(body), &named, problem);
    if (table == NULL)
        return false;
    if (!named && !name_column(table, v1_body_member(body), live, problem)) {
        mlp_table_destroy(table);
        return false;
    }
    if (!predict_rows_of_table(rows, request, live, table, with_context,
                               problem))
        return false;
    if (!with_context || merge(rows, request, live, problem))
        return true;
    predict_rows_free(rows);
    return false;
}

bool v1_rows_read(struct predict_rows *rows,
                  struct http_request *request,
                  const struct live_model *live,
                  struct problem *problem)
{
    struct http_body *body = request_body(request);
    struct predict_numbers numbers = {.name = v1_body_member(body)};
    numbers.values = v1_values_numbers(v1_body_values(body), &numbers.n_rows,
                                       &numbers.n_columns);
    if (numbers.values == NULL)
        return read_table(rows, request, live, problem);
    if (v1_body_context(body) != NULL)
        problem_set(problem, PROBLEM_INVALID, "/context",
                    "a context goes with examples that name columns");
    if (!v1_has_one_input(live->model))
        return refuse_plain(numbers.name, live, problem);
    return !problem_is_set(problem) &&
           predict_rows_of_numbers(rows, request, live, &numbers, problem);
}

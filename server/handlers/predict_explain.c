/* SPDX-License-Identifier: MIT */
#include "handlers/predict_explain.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/json.h"
#include "training/score_json.h"

/* A row of several targets has an explanation of each. */
static size_t explanations_of(const mlp_model *model)
{
    return mlp_model_task(model) == MLP_TASK_CLASSIFICATION
               ? 1
               : mlp_model_n_outputs(model);
}

bool predict_explain_check(const struct live_model *live,
                           size_t n_rows,
                           struct problem *problem)
{
    size_t n_each = explanations_of(live->model);
    if (n_rows <= PREDICT_EXPLAIN_MAX / n_each)
        return true;
    if (n_each == 1)
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "explain: %zu rows, at most %d are explained at a time",
                    n_rows, PREDICT_EXPLAIN_MAX);
    else
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "explain: %zu rows with %zu targets each of %s@%" PRIu32
                    ", at most %d are explained at a time",
                    n_rows, n_each, live->name, live->version,
                    PREDICT_EXPLAIN_MAX);
    return false;
}

uint64_t predict_explain_cost(const mlp_model *model)
{
    return (uint64_t)3 * MLP_EXPLAIN_POINTS * explanations_of(model);
}

/* --- one slice ------------------------------------------------------------ */

mlp_status predict_explain_begin(struct predict_explain *explain,
                                 const mlp_model *model,
                                 size_t max_rows,
                                 mlp_error *err)
{
    size_t n_each = explanations_of(model);
    size_t n_features = mlp_model_n_features(model);
    *explain = (struct predict_explain){
        .model = model, .n_each = n_each, .max_rows = max_rows};
    size_t n = max_rows * n_each;
    explain->outputs = calloc(max_rows, sizeof *explain->outputs);
    explain->unsaid = calloc(max_rows, sizeof *explain->unsaid);
    explain->parts = calloc(n, n_features * sizeof *explain->parts);
    explain->baselines = calloc(n, sizeof *explain->baselines);
    explain->values = calloc(n, sizeof *explain->values);
    if (!explain->outputs || !explain->unsaid || !explain->parts ||
        !explain->baselines || !explain->values)
        return mlp_fail(err, MLP_NOMEM, "out of memory for explanations");
    return mlp_explainer_create(model, max_rows, &explain->explainer, err);
}

void predict_explain_end(struct predict_explain *explain)
{
    mlp_explainer_destroy(explain->explainer);
    free(explain->outputs);
    free(explain->unsaid);
    free(explain->parts);
    free(explain->baselines);
    free(explain->values);
    *explain = (struct predict_explain){0};
}

/* The first of the largest, as the label is chosen; false: none is a number. */
static bool best_of(const float *row, size_t n, size_t *best)
{
    *best = 0;
    for (size_t i = 1; i < n; i++)
        if (row[i] > row[*best] || (isnan(row[*best]) && !isnan(row[i])))
            *best = i;
    return !isnan(row[*best]);
}

void predict_explain_rows(struct predict_explain *explain,
                          const float *rows,
                          const float *outputs,
                          size_t n)
{
    size_t n_outputs = mlp_model_n_outputs(explain->model);
    size_t n_features = mlp_model_n_features(explain->model);
    explain->next = 0;
    for (size_t k = 0; k < explain->n_each; k++) {
        size_t at = k * explain->max_rows;
        for (size_t i = 0; i < n; i++) {
            explain->outputs[i] = k;
            if (mlp_model_task(explain->model) == MLP_TASK_CLASSIFICATION)
                explain->unsaid[i] = !best_of(outputs + i * n_outputs,
                                              n_outputs, &explain->outputs[i]);
        }
        mlp_model_explain(explain->model, explain->explainer, rows, n,
                          explain->outputs, explain->parts + at * n_features,
                          explain->baselines + at, explain->values + at);
    }
}

/* --- JSON ----------------------------------------------------------------- */

static void put_name(mlp_buffer *out, const char *name)
{
    mlp_json_write_string(out, name, strlen(name));
}

/* Explanation k of row i. */
static void put_one(const struct predict_explain *explain,
                    size_t i,
                    size_t k,
                    mlp_buffer *out)
{
    const mlp_model *model = explain->model;
    size_t n = mlp_model_n_features(model), at = k * explain->max_rows + i;
    const float *parts = explain->parts + at * n;
    mlp_buffer_text(out, "{\"of\":");
    if (mlp_model_task(model) == MLP_TASK_CLASSIFICATION)
        score_json_label(out, mlp_model_class(model, explain->outputs[i]));
    else
        put_name(out, mlp_model_target(model, k));
    mlp_buffer_text(out, ",\"baseline\":");
    mlp_json_write_float(out, explain->baselines[at]);
    mlp_buffer_text(out, ",\"value\":");
    mlp_json_write_float(out, explain->values[at]);
    mlp_buffer_text(out, ",\"contributions\":{");
    for (size_t j = 0; j < n; j++) {
        if (j > 0)
            mlp_buffer_text(out, ",");
        put_name(out, mlp_model_feature(model, j));
        mlp_buffer_text(out, ":");
        mlp_json_write_float(out, parts[j]);
    }
    mlp_buffer_text(out, "}}");
}

void predict_explain_write_value(struct predict_explain *explain,
                                 mlp_buffer *out)
{
    size_t i = explain->next++;
    if (explain->n_each == 1) {
        if (explain->unsaid[i])
            mlp_buffer_text(out, "null");
        else
            put_one(explain, i, 0, out);
        return;
    }
    mlp_buffer_text(out, "[");
    for (size_t k = 0; k < explain->n_each; k++) {
        if (k > 0)
            mlp_buffer_text(out, ",");
        put_one(explain, i, k, out);
    }
    mlp_buffer_text(out, "]");
}

void predict_explain_write(struct predict_explain *explain, mlp_buffer *out)
{
    mlp_buffer_text(out, explain->n_each == 1 ? ",\"explanation\":"
                                              : ",\"explanations\":");
    predict_explain_write_value(explain, out);
}

/* SPDX-License-Identifier: MIT */
#include "handlers/v1_reply.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "mlp/json.h"

static void put_value(mlp_buffer *out, float value)
{
    char text[MLP_FLOAT_TEXT_MAX];
    if (!isfinite(value)) {
        mlp_buffer_text(out, isnan(value) ? "NaN"
                             : value < 0  ? "-Infinity"
                                          : "Infinity");
        return;
    }
    size_t n = mlp_format_float(value, text);
    mlp_buffer_append(out, text, n);
    if (memchr(text, '.', n) == NULL && memchr(text, 'e', n) == NULL)
        mlp_buffer_text(out, ".0");
}

static void put_values(mlp_buffer *out, const float *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mlp_buffer_text(out, i > 0 ? "," : "[");
        put_value(out, row[i]);
    }
    mlp_buffer_text(out, "]");
}

/* [["a",0.9],["b",0.1]]; a label is a text there, whatever it was. */
static void
put_classes(mlp_buffer *out, const mlp_model *model, const float *row, size_t n)
{
    bool multilabel = mlp_model_task(model) == MLP_TASK_MULTILABEL;
    for (size_t i = 0; i < n; i++) {
        const char *name = multilabel ? mlp_model_target(model, i)
                                      : mlp_model_class(model, i)->text;
        mlp_buffer_text(out, i > 0 ? ",[" : "[[");
        mlp_json_write_string(out, name, strlen(name));
        mlp_buffer_text(out, ",");
        put_value(out, row[i]);
        mlp_buffer_text(out, "]");
    }
    mlp_buffer_text(out, "]");
}

static void put_row(const struct v1_reply *reply, const float *row, size_t n)
{
    bool regression = mlp_model_task(reply->model) == MLP_TASK_REGRESSION;
    if (reply->n_rows > 0)
        mlp_buffer_text(reply->out, ",");
    if (reply->method == V1_EXPLAIN)
        predict_explain_write_value(reply->explain, reply->out);
    else if (reply->method == V1_CLASSIFY)
        put_classes(reply->out, reply->model, row, n);
    else if (regression && n == 1)
        put_value(reply->out, row[0]);
    else
        put_values(reply->out, row, n);
}

bool v1_reply_check(enum v1_method method,
                    const struct live_model *live,
                    struct problem *problem)
{
    bool regression = mlp_model_task(live->model) == MLP_TASK_REGRESSION;
    if (method == V1_CLASSIFY && regression)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "Expected classification signature method_name to be "
                    "tensorflow/serving/classify. Was: "
                    "tensorflow/serving/regress");
    else if (method == V1_REGRESS && !regression)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "Expected regression signature method_name to be "
                    "tensorflow/serving/regress. Was: "
                    "tensorflow/serving/classify");
    else if (method == V1_REGRESS && mlp_model_n_outputs(live->model) > 1)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "%s@%" PRIu32
                    " has %zu targets, regress answers one; predict has all",
                    live->name, live->version,
                    mlp_model_n_outputs(live->model));
    return !problem_is_set(problem);
}

void v1_reply_begin(const struct v1_reply *reply, bool by_column)
{
    static const char *const members[] = {
        [V1_NO_METHOD] = "",           [V1_PREDICT] = "predictions",
        [V1_CLASSIFY] = "results",     [V1_REGRESS] = "results",
        [V1_EXPLAIN] = "explanations",
    };
    bool outputs = reply->method == V1_PREDICT && by_column;
    mlp_buffer_format(reply->out, "{\"%s\":[",
                      outputs ? "outputs" : members[reply->method]);
}

void v1_reply_rows(struct v1_reply *reply, const float *outputs, size_t n_rows)
{
    size_t n = mlp_model_n_outputs(reply->model);
    for (size_t i = 0; i < n_rows; i++) {
        put_row(reply, outputs + i * n, n);
        reply->n_rows++;
    }
}

void v1_reply_end(const struct v1_reply *reply)
{
    mlp_buffer_text(reply->out, "]}\n");
}

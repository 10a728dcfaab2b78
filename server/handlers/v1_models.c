/* SPDX-License-Identifier: MIT
 *
 * GET /v1/models…: what there is, as TensorFlow Serving and KServe say it; one
 * answer has the members of both. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/v1_request.h"
#include "handlers/v1_rows.h"
#include "handlers/v1_values.h"
#include "mlp/rows.h"

struct list {
    const char *only; /* the model's name, or NULL: the names of all */
    json_t *items;
};

static json_t *text_of(uint32_t version)
{
    char text[16];
    snprintf(text, sizeof text, "%" PRIu32, version);
    return json_string(text);
}

/* A version that is not in memory is read when somebody asks: all answer. */
static json_t *available(uint32_t version)
{
    return json_pack("{s:o, s:s, s:{s:s, s:s}}", "version", text_of(version),
                     "state", "AVAILABLE", "status", "error_code", "OK",
                     "error_message", "");
}

/* Newest first. */
static void collect(void *context, const struct live_model *model, bool latest)
{
    struct list *list = context;
    if (list->only == NULL && latest)
        (void)json_array_append_new(list->items, json_string(model->name));
    else if (list->only != NULL && strcmp(list->only, model->name) == 0)
        (void)json_array_insert_new(list->items, 0, available(model->version));
}

void v1_list(struct http_request *request)
{
    const struct app *app = request_app(request);
    struct list list = {.items = json_array()};
    registry_each(app->registry, collect, &list);
    request_reply(request,
                  reply_json(200, json_pack("{s:o}", "models", list.items)));
}

void v1_nowhere(struct http_request *request)
{
    struct problem problem = {0};
    v1_malformed(request, &problem);
    request_fail(request, &problem);
}

/* --- status --------------------------------------------------------------- */

void v1_status(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct v1_request what;
    struct list list = {.items = json_array()};
    struct live_model *live = NULL;
    if (v1_request_read(request, &what, &problem))
        live = v1_request_borrow(app, &what, &problem);
    if (live == NULL) {
        json_decref(list.items);
        request_fail(request, &problem);
        return;
    }
    list.only = live->name;
    if (what.at[0] == '\0')
        registry_each(app->registry, collect, &list);
    else
        (void)json_array_append_new(list.items, available(live->version));
    json_t *json = json_pack("{s:o, s:s, s:b}", "model_version_status",
                             list.items, "name", live->name, "ready", 1);
    registry_release(app->registry, live);
    request_reply(request, reply_json(200, json));
}

/* --- metadata ------------------------------------------------------------- */

static json_t *size_of(int64_t size)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, size);
    return json_pack("{s:s, s:s}", "size", text, "name", "");
}

/* [-1], or with `width` [-1, width]. */
static json_t *tensor_info(const char *name, const char *type, size_t width)
{
    char place[NAME_MAX_BYTES * 4 + 8];
    json_t *sizes = json_array();
    snprintf(place, sizeof place, "%s:0", name);
    (void)json_array_append_new(sizes, size_of(-1));
    if (width > 0)
        (void)json_array_append_new(sizes, size_of((int64_t)width));
    return json_pack("{s:s, s:{s:o, s:b}, s:s}", "dtype", type, "tensor_shape",
                     "dim", sizes, "unknown_rank", 0, "name", place);
}

static const char *type_of(const mlp_model *model, size_t i)
{
    static const char *const types[] = {
        [MLP_CELL_MISSING] = "DT_FLOAT",
        [MLP_CELL_NUMBER] = "DT_FLOAT",
        [MLP_CELL_TEXT] = "DT_STRING",
        [MLP_CELL_BOOLEAN] = "DT_BOOL",
    };
    size_t n;
    const mlp_label *levels = mlp_model_levels(model, i, &n);
    if (mlp_model_column_kind(model, i) == MLP_KIND_DATETIME)
        return "DT_STRING";
    return levels != NULL ? types[levels[0].kind] : "DT_FLOAT";
}

static json_t *inputs_of(const mlp_model *model)
{
    json_t *inputs = json_object();
    size_t n = mlp_model_n_features(model);
    if (mlp_model_takes_numbers(model)) {
        (void)json_object_set_new(inputs, V1_INPUT,
                                  tensor_info(V1_INPUT, "DT_FLOAT", n));
        return inputs;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = mlp_model_feature(model, i);
        if (mlp_model_column_kind(model, i) != MLP_KIND_IGNORE)
            (void)json_object_set_new(inputs, name,
                                      tensor_info(name, type_of(model, i), 0));
    }
    return inputs;
}

static json_t *outputs_of(const mlp_model *model)
{
    bool regression = mlp_model_task(model) == MLP_TASK_REGRESSION;
    const char *name = regression ? "values" : "probabilities";
    size_t n = mlp_model_n_outputs(model);
    return json_pack(
        "{s:o}", name,
        tensor_info(name, "DT_FLOAT", regression && n == 1 ? 0 : n));
}

static json_t *metadata_of(const struct live_model *live)
{
    json_t *signature =
        json_pack("{s:o, s:o, s:s, s:{}}", "inputs", inputs_of(live->model),
                  "outputs", outputs_of(live->model), "method_name",
                  "tensorflow/serving/predict", "defaults");
    return json_pack("{s:{s:s, s:s, s:o}, s:{s:{s:{s:o}}}}", "model_spec",
                     "name", live->name, "signature_name", "", "version",
                     text_of(live->version), "metadata", "signature_def",
                     "signature_def", "serving_default", signature);
}

void v1_metadata(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct v1_request what;
    struct live_model *live = NULL;
    if (v1_request_read(request, &what, &problem))
        live = v1_request_borrow(app, &what, &problem);
    if (live == NULL) {
        request_fail(request, &problem);
        return;
    }
    json_t *json = metadata_of(live);
    registry_release(app->registry, live);
    request_reply(request, reply_json(200, json));
}

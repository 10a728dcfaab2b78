/* SPDX-License-Identifier: MIT */
#include "handlers/model_json.h"

#include <stdlib.h>

#include "handlers/time_json.h"
#include "http/json.h"

json_t *model_label_json(const mlp_label *label)
{
    if (label->kind == MLP_CELL_BOOLEAN)
        return json_boolean(label->text[0] == 't');
    if (label->kind != MLP_CELL_NUMBER)
        return json_stringn(label->text, label->length);
    mlp_decimal decimal;
    bool whole = mlp_decimal_scan(label->text, label->length, &decimal) ==
                     label->length &&
                 decimal.integer && label->length <= 18;
    if (whole)
        return json_integer((json_int_t)strtoll(label->text, NULL, 10));
    json_t *real = json_real(label->number);
    return real != NULL ? real : json_stringn(label->text, label->length);
}

/* --- lists of names ------------------------------------------------------- */

static json_t *names(const mlp_model *model,
                     size_t n,
                     const char *(*name)(const mlp_model *model, size_t i))
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, json_string(name(model, i))) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

/* null unless it tells classes apart. */
static json_t *classes(const mlp_model *model)
{
    if (mlp_model_task(model) != MLP_TASK_CLASSIFICATION)
        return json_null();
    json_t *array = json_array();
    for (size_t i = 0; i < mlp_model_n_outputs(model); i++)
        (void)json_array_append_new(
            array, model_label_json(mlp_model_class(model, i)));
    return array;
}

/* --- the network ---------------------------------------------------------- */

static json_t *hidden(const mlp_network_spec *shape)
{
    json_t *array = json_array();
    for (size_t i = 0; i < shape->n_hidden; i++)
        (void)json_array_append_new(
            array, json_pack("{s:I, s:s}", "units",
                             (json_int_t)shape->hidden[i].n_units, "activation",
                             mlp_activation_name(shape->hidden[i].activation)));
    return array;
}

static json_t *network(const mlp_network_spec *shape)
{
    return json_pack("{s:I, s:o, s:I, s:s}", "inputs",
                     (json_int_t)shape->n_inputs, "hidden", hidden(shape),
                     "outputs", (json_int_t)shape->n_outputs, "output",
                     mlp_output_name(shape->output));
}

static json_t *parameters(const mlp_model *model)
{
    size_t n_weights = 0;
    size_t n_biases = 0;
    mlp_model_count(model, &n_weights, &n_biases);
    return json_pack("{s:I, s:I}", "weights", (json_int_t)n_weights, "biases",
                     (json_int_t)n_biases);
}

/* --- all of it ------------------------------------------------------------ */

/* record[key], or null. */
static json_t *member(const json_t *record, const char *key)
{
    json_t *value = json_object_get(record, key);
    return value == NULL ? json_null() : json_incref(value);
}

static json_t *description(const struct live_model *live, const json_t *record)
{
    const mlp_model *model = live->model;
    const mlp_network_spec *shape = mlp_network_shape(mlp_model_network(model));
    /* clang-format off */
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s, s:o}",
        "task", mlp_task_name(mlp_model_task(model)),
        "features", names(model, mlp_model_n_features(model),
                          mlp_model_feature),
        "targets", names(model, mlp_model_n_targets(model), mlp_model_target),
        "classes", classes(model),
        "scaling", mlp_scaling_name(mlp_model_scaling(model)),
        "network", network(shape),
        "parameters", parameters(model),
        "scores", member(record, "scores"),
        "importance", member(record, "importance"),
        "spec", member(record, "spec"),
        "data", member(record, "data"),
        "size_bytes", (json_int_t)live->size,
        "sha256", live->sha256,
        "created_at", time_json(live->created_ms));
    /* clang-format on */
}

/* Most models ignore nothing, and say nothing of it. */
static bool add_ignored(json_t *object, const mlp_model *model)
{
    size_t n = mlp_model_n_ignored(model);
    return n == 0 ||
           json_object_set_new(object, "ignored",
                               names(model, n, mlp_model_ignored)) == 0;
}

/* Where a model that was not trained here comes from. */
static bool add_imported(json_t *object, const json_t *record)
{
    json_t *imported = json_object_get(record, "imported");
    return imported == NULL ||
           json_object_set(object, "imported", imported) == 0;
}

bool model_json_describe(json_t *object, const struct live_model *live)
{
    json_t *record = json_read(mlp_model_record(live->model));
    json_t *described = description(live, record);
    bool done =
        described != NULL && json_object_update(object, described) == 0 &&
        add_ignored(object, live->model) && add_imported(object, record);
    json_decref(described);
    json_decref(record);
    return done;
}

json_t *model_version_json(const struct live_model *live)
{
    json_t *object = json_pack("{s:s, s:I}", "model", live->name, "version",
                               (json_int_t)live->version);
    if (object != NULL && !model_json_describe(object, live)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

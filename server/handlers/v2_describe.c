/* SPDX-License-Identifier: MIT */
#include "handlers/v2_describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "handlers/v2_model.h"
#include "mlp/json.h"
#include "training/score_json.h"

enum { VERSION_TEXT = 12 };
static const size_t LABELS_MAX_BYTES = 16 << 20;

static json_t *version_text(uint32_t version)
{
    char text[VERSION_TEXT];
    (void)snprintf(text, sizeof text, "%" PRIu32, version);
    return json_string(text);
}

/* --- metadata ------------------------------------------------------------- */

/* MLServer's word for how its clients should write it. */
static void add_tensor(void *context, const struct v2_tensor_spec *spec)
{
    json_t *shape = json_pack("[i]", -1);
    if (spec->width > 0)
        (void)json_array_append_new(shape,
                                    json_integer((json_int_t)spec->width));
    json_t *tensor =
        json_pack("{s:s, s:s, s:o}", "name", spec->name, "datatype",
                  v2_datatype_name(spec->type), "shape", shape);
    if (spec->type == V2_BYTES && tensor != NULL)
        (void)json_object_set_new(tensor, "parameters",
                                  json_pack("{s:s}", "content_type", "str"));
    (void)json_array_append_new(context, tensor);
}

/* The names of the columns of "probabilities" or "values", a JSON list as a
 * text: properties have no other values. */
static json_t *labels_text(const mlp_model *model)
{
    bool classes = mlp_model_task(model) == MLP_TASK_CLASSIFICATION;
    mlp_buffer text;
    mlp_buffer_init(&text, LABELS_MAX_BYTES);
    for (size_t i = 0; i < mlp_model_n_outputs(model); i++) {
        const char *name = v2_model_output_name(model, i);
        mlp_buffer_text(&text, i == 0 ? "[" : ",");
        if (classes)
            score_json_label(&text, mlp_model_class(model, i));
        else
            mlp_json_write_string(&text, name, strlen(name));
    }
    mlp_buffer_text(&text, "]");
    json_t *json =
        text.status == MLP_OK ? json_stringn(text.data, text.length) : NULL;
    mlp_buffer_free(&text);
    return json;
}

static json_t *
outputs_json(const mlp_model *model,
             void (*add)(void *context, const struct v2_tensor_spec *spec))
{
    struct v2_tensor_spec specs[V2_OUTPUTS_MAX];
    size_t n = v2_model_outputs(model, specs);
    json_t *outputs = json_array();
    for (size_t i = 0; i < n; i++)
        add(outputs, &specs[i]);
    return outputs;
}

json_t *v2_describe_model(const struct live_model *live,
                          const struct v2_versions *versions)
{
    json_t *numbers = json_array(), *inputs = json_array();
    for (size_t i = 0; i < versions->n; i++)
        (void)json_array_append_new(numbers,
                                    version_text(versions->items[i].version));
    v2_model_each_input(live->model, add_tensor, inputs);
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:{s:s, s:o}}", "name",
                     live->name, "versions", numbers, "platform", "mlpd_mlp",
                     "inputs", inputs, "outputs",
                     outputs_json(live->model, add_tensor), "properties",
                     "task", mlp_task_name(mlp_model_task(live->model)),
                     "labels", labels_text(live->model));
}

/* --- configuration -------------------------------------------------------- */

/* "TYPE_FP32"; BYTES are strings there. */
static json_t *config_type(enum v2_datatype type)
{
    char text[24];
    (void)snprintf(text, sizeof text, "TYPE_%s",
                   type == V2_BYTES ? "STRING" : v2_datatype_name(type));
    return json_string(text);
}

/* Dimensions without the rows, of which there must be one: "label", which has
 * none, is reshaped. */
static json_t *config_tensor(const struct v2_tensor_spec *spec)
{
    json_int_t width = spec->width > 0 ? (json_int_t)spec->width : 1;
    json_t *tensor =
        json_pack("{s:s, s:o, s:[I]}", "name", spec->name, "data_type",
                  config_type(spec->type), "dims", width);
    if (spec->width == 0 && tensor != NULL)
        (void)json_object_set_new(tensor, "reshape",
                                  json_pack("{s:[]}", "shape"));
    return tensor;
}

static void add_config_input(void *context, const struct v2_tensor_spec *spec)
{
    json_t *tensor = config_tensor(spec);
    (void)json_object_set_new(tensor, "format", json_string("FORMAT_NONE"));
    (void)json_array_append_new(context, tensor);
}

static void add_config_output(void *context, const struct v2_tensor_spec *spec)
{
    json_t *tensor = config_tensor(spec);
    (void)json_object_set_new(tensor, "label_filename", json_string(""));
    (void)json_array_append_new(context, tensor);
}

json_t *v2_describe_config(const struct live_model *live, size_t max_rows)
{
    json_t *inputs = json_array();
    v2_model_each_input(live->model, add_config_input, inputs);
    return json_pack(
        "{s:s, s:s, s:s, s:{s:{}}, s:I, s:o, s:o, s:s, s:{}}", "name",
        live->name, "platform", "mlpd_mlp", "backend", "mlpd", "version_policy",
        "all", "max_batch_size", (json_int_t)max_rows, "input", inputs,
        "output", outputs_json(live->model, add_config_output),
        "default_model_filename", "model.safetensors", "parameters");
}

/* --- statistics ----------------------------------------------------------- */

static json_int_t load(const _Atomic uint64_t *counter)
{
    return (json_int_t)atomic_load_explicit(counter, memory_order_relaxed);
}

static json_t *counter_json(const struct v2_counter *counter)
{
    return json_pack("{s:I, s:I}", "count", load(&counter->count), "ns",
                     load(&counter->ns));
}

/* No request waits for another: the queue's time is 0. */
json_t *v2_describe_stats(const struct v2_version *version,
                          struct v2_entry *entry)
{
    static struct v2_entry never;
    struct v2_entry *of = entry != NULL ? entry : &never;
    const struct v2_counter *phases = of->phases;
    return json_pack(
        "{s:s, s:o, s:I, s:I, s:I, "
        "s:{s:o, s:o, s:{s:I, s:i}, s:o, s:o, s:o}, s:[]}",
        "name", version->name, "version", version_text(version->version),
        "last_inference", load(&of->last_ms), "inference_count",
        load(&of->n_rows), "execution_count", load(&phases[V2_SUCCESS].count),
        "inference_stats", "success", counter_json(&phases[V2_SUCCESS]), "fail",
        counter_json(&phases[V2_FAIL]), "queue", "count",
        load(&phases[V2_SUCCESS].count), "ns", 0, "compute_input",
        counter_json(&phases[V2_COMPUTE_INPUT]), "compute_infer",
        counter_json(&phases[V2_COMPUTE_INFER]), "compute_output",
        counter_json(&phases[V2_COMPUTE_OUTPUT]), "batch_stats");
}

/* SPDX-License-Identifier: MIT */
#include "handlers/v2_request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/v2_body.h"
#include "handlers/v2_problem.h"
#include "http/json.h"

enum {
    NAME_BYTES_MAX = 1024,
    ID_BYTES_MAX = 4096,
    INPUTS_MAX = 1 << 16,
    OUTPUTS_MAX = 64,
};

/* How far the binary tensors before have come. */
struct binary {
    const char *bytes;
    size_t length, taken;
};

/* --- parameters ----------------------------------------------------------- */

/* Any names, but a value is a string, a number or a boolean. */
static json_t *get_parameters(struct json_place *place, struct problem *problem)
{
    const json_t *found = json_get(place, "parameters");
    json_t *parameters = json_object_get(place->object, "parameters");
    char pointer[sizeof place->pointer];
    const char *key;
    json_t *value;
    if (found == NULL || json_is_null(found))
        return NULL;
    json_pointer(place, "parameters", pointer, sizeof pointer);
    if (!json_is_object(found)) {
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                    "%s should be an object", pointer);
        return NULL;
    }
    json_object_foreach(parameters, key, value)
    {
        if (json_is_object(value) || json_is_array(value))
            problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                        "%s/%.40s: a parameter is a string, a number or a "
                        "boolean",
                        pointer, key);
        if (strncmp(key, "shared_memory_", strlen("shared_memory_")) == 0)
            problem_set(problem, PROBLEM_UNSUPPORTED, pointer,
                        "%s/%.40s: there is no shared memory here; send the "
                        "tensor itself",
                        pointer, key);
    }
    return problem_is_set(problem) ? NULL : parameters;
}

/* A boolean of that name, if there is one. */
static void get_flag(struct json_place *place,
                     const json_t *parameters,
                     const char *key,
                     bool *out,
                     struct problem *problem)
{
    const json_t *value = json_object_get(parameters, key);
    if (value == NULL || json_is_null(value))
        return;
    if (json_is_boolean(value))
        *out = json_is_true(value);
    else
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, place->pointer,
                    "%s/parameters/%s should be true or false", place->pointer,
                    key);
}

/* A whole number of that name in [min, SIZE_MAX / 2], if there is one. */
static bool get_size(struct json_place *place,
                     const json_t *parameters,
                     const char *key,
                     json_int_t min,
                     size_t *out,
                     struct problem *problem)
{
    const json_t *value = json_object_get(parameters, key);
    if (value == NULL || json_is_null(value))
        return false;
    if (!json_is_integer(value) || json_integer_value(value) < min) {
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, place->pointer,
                    "%s/parameters/%s should be a whole number from %d on",
                    place->pointer, key, (int)min);
        return false;
    }
    *out = (size_t)json_integer_value(value);
    return true;
}

/* --- inputs --------------------------------------------------------------- */

/* A part of the tensor, of which the text says more. */
MLP_PRINTF(4, 5)
static bool refuse_part(const struct v2_tensor *tensor,
                        const char *part,
                        struct problem *problem,
                        const char *format,
                        ...)
{
    char pointer[64], text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(pointer, sizeof pointer, "%s%s", tensor->pointer, part);
    problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer, "%s%s", pointer,
                text);
    return false;
}

static bool read_shape(struct json_place *place,
                       struct v2_tensor *tensor,
                       struct problem *problem)
{
    const json_t *shape = NULL;
    if (!json_get_list(place, "shape", 1, V2_RANK_MAX, &shape))
        return refuse_part(tensor, "/shape", problem, " is missing");
    tensor->rank = json_array_size(shape);
    tensor->n = 1;
    for (size_t i = 0; i < tensor->rank; i++) {
        const json_t *dim = json_array_get(shape, i);
        json_int_t value = json_is_integer(dim) ? json_integer_value(dim) : 0;
        tensor->shape[i] = value > 0 ? (size_t)value : 0;
        if (value <= 0)
            return refuse_part(tensor, "/shape", problem,
                               "/%zu should be a whole number from 1 on", i);
        if (__builtin_mul_overflow(tensor->n, (size_t)value, &tensor->n))
            return refuse_part(tensor, "/shape", problem,
                               " is more elements than can be counted");
    }
    return true;
}

static bool read_type(struct json_place *place,
                      struct v2_tensor *tensor,
                      struct problem *problem)
{
    const char *name = NULL;
    if (!json_get_text(place, "datatype", NAME_BYTES_MAX, &name))
        return refuse_part(tensor, "/datatype", problem, " is missing");
    return v2_datatype_parse(name, &tensor->type) ||
           refuse_part(tensor, "/datatype", problem,
                       " is '%.40s', expected BOOL, UINT8, UINT16, UINT32, "
                       "UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64 or "
                       "BYTES",
                       name);
}

/* Flat, or lists in lists as the shape says. */
static bool check_data(const struct v2_tensor *tensor,
                       const struct v2_data *data,
                       struct problem *problem)
{
    if (tensor->type == V2_FP16)
        return refuse_part(tensor, "/data", problem,
                           ": FP16 has no form in JSON: send it as binary "
                           "data, or as FP32");
    if (data->n != tensor->n)
        return refuse_part(tensor, "/data", problem,
                           " has %zu elements, the shape says %zu", data->n,
                           tensor->n);
    if (data->rank != 1 && data->rank != tensor->rank)
        return refuse_part(tensor, "/data", problem,
                           " has lists nested %zu deep, expected one list or "
                           "%zu, as the shape has dimensions",
                           data->rank, tensor->rank);
    for (size_t i = 0; data->rank > 1 && i < data->rank; i++)
        if (data->dims[i] != tensor->shape[i])
            return refuse_part(tensor, "/data", problem,
                               " has %zu items in dimension %zu, the shape "
                               "says %zu",
                               data->dims[i], i, tensor->shape[i]);
    return true;
}

static bool take_binary(struct v2_tensor *tensor,
                        size_t size,
                        struct binary *binary,
                        struct problem *problem)
{
    size_t width = v2_datatype_size(tensor->type), due = 0;
    tensor->storage = V2_BINARY;
    tensor->bytes = binary->bytes + binary->taken;
    tensor->length = size;
    if (size > binary->length - binary->taken)
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, tensor->pointer,
                    "input '%.64s' has binary_data_size %zu, there are %zu "
                    "bytes left behind the JSON",
                    tensor->name, size, binary->length - binary->taken);
    else if (width > 0 &&
             (__builtin_mul_overflow(tensor->n, width, &due) || due != size))
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, tensor->pointer,
                    "input '%.64s' has binary_data_size %zu, its shape takes "
                    "%zu elements of %zu bytes",
                    tensor->name, size, tensor->n, width);
    else if (width == 0 && tensor->n > size / V2_LENGTH_BYTES)
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, tensor->pointer,
                    "input '%.64s' has binary_data_size %zu, too little for "
                    "%zu elements with their lengths",
                    tensor->name, size, tensor->n);
    else
        binary->taken += size;
    return !problem_is_set(problem);
}

static void take_data(struct v2_tensor *tensor, const struct v2_data *data)
{
    tensor->storage = data->storage;
    tensor->kind = data->kind;
    tensor->floats = data->floats;
    tensor->bytes = data->spelled.data;
    tensor->length = data->spelled.length;
}

static bool read_elements(struct json_place *place,
                          struct v2_tensor *tensor,
                          const struct v2_data *data,
                          struct binary *binary,
                          struct problem *problem)
{
    size_t size = 0;
    json_t *parameters = get_parameters(place, problem);
    bool is_binary =
        get_size(place, parameters, "binary_data_size", 0, &size, problem);
    (void)json_get(place, "data");
    if (problem_is_set(problem))
        return false;
    if (is_binary && data != NULL)
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, tensor->pointer,
                    "input '%.64s' has data and binary_data_size, expected one "
                    "of them",
                    tensor->name);
    else if (!is_binary && data == NULL)
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, tensor->pointer,
                    "input '%.64s' has neither data nor a parameter "
                    "binary_data_size",
                    tensor->name);
    else if (is_binary)
        return take_binary(tensor, size, binary, problem);
    else if (check_data(tensor, data, problem))
        take_data(tensor, data);
    return !problem_is_set(problem);
}

static void read_input(struct json_place *place,
                       struct v2_tensor *tensor,
                       const struct v2_data *data,
                       struct binary *binary,
                       struct problem *problem)
{
    if (!json_get_text(place, "name", NAME_BYTES_MAX, &tensor->name))
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, place->pointer,
                    "%s/name is missing", place->pointer);
    if (!problem_is_set(problem) && read_type(place, tensor, problem) &&
        read_shape(place, tensor, problem) &&
        read_elements(place, tensor, data, binary, problem))
        json_close(place);
}

static void read_inputs(struct v2_request *request,
                        struct json_place *root,
                        const struct http_body *body,
                        struct problem *problem)
{
    struct binary binary = {.bytes = request->bytes, .length = request->length};
    const json_t *list = NULL;
    if (!json_get_list(root, "inputs", 1, INPUTS_MAX, &list)) {
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, "/inputs",
                    "inputs is missing: a list of tensors");
        return;
    }
    request->inputs = calloc(json_array_size(list), sizeof *request->inputs);
    if (request->inputs == NULL) {
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        return;
    }
    request->n_inputs = json_array_size(list);
    for (size_t i = 0; i < request->n_inputs; i++) {
        struct json_place item;
        if (!json_item_object(root, "inputs", list, i, &item))
            return;
        struct v2_tensor *tensor = &request->inputs[i];
        memcpy(tensor->pointer, item.pointer, sizeof tensor->pointer);
        read_input(&item, tensor, v2_body_data(body, i), &binary, problem);
        if (problem_is_set(problem))
            return;
    }
    if (binary.taken < binary.length)
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, NULL,
                    "there are %zu bytes behind the JSON, the inputs' "
                    "binary_data_size take %zu",
                    binary.length, binary.taken);
}

/* --- outputs -------------------------------------------------------------- */

static void read_output(struct json_place *place,
                        const struct v2_request *request,
                        struct v2_output_request *output,
                        struct problem *problem)
{
    output->binary = request->binary;
    if (!json_get_text(place, "name", NAME_BYTES_MAX, &output->name))
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, place->pointer,
                    "%s/name is missing", place->pointer);
    json_t *parameters = get_parameters(place, problem);
    get_flag(place, parameters, "binary_data", &output->binary, problem);
    (void)get_size(place, parameters, "classification", 1, &output->n_classes,
                   problem);
    json_close(place);
}

static void read_outputs(struct v2_request *request,
                         struct json_place *root,
                         struct problem *problem)
{
    const json_t *list = NULL;
    request->all_outputs =
        !json_get_list(root, "outputs", 0, OUTPUTS_MAX, &list) ||
        json_array_size(list) == 0;
    if (request->all_outputs)
        return;
    request->outputs = calloc(json_array_size(list), sizeof *request->outputs);
    if (request->outputs == NULL) {
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        return;
    }
    request->n_outputs = json_array_size(list);
    for (size_t i = 0; i < request->n_outputs; i++) {
        struct json_place item;
        if (!json_item_object(root, "outputs", list, i, &item))
            return;
        read_output(&item, request, &request->outputs[i], problem);
    }
}

/* --- the whole ------------------------------------------------------------ */

bool v2_request_read(struct v2_request *request,
                     const struct http_body *body,
                     struct problem *problem)
{
    const json_t *control = v2_body_control(body);
    const char *ignored = NULL;
    *request = (struct v2_request){.all_outputs = true};
    request->bytes = v2_body_binary(body, &request->length);
    request->raw = control == NULL;
    request->binary = request->raw;
    if (request->raw)
        return true;
    struct json_place root = json_root(control, problem);
    (void)json_get_text(&root, "id", ID_BYTES_MAX, &request->id);
    /* KServe's own client repeats them here; the path decides. */
    (void)json_get_text(&root, "model_name", NAME_BYTES_MAX, &ignored);
    (void)json_get_text(&root, "model_version", NAME_BYTES_MAX, &ignored);
    json_t *parameters = get_parameters(&root, problem);
    get_flag(&root, parameters, "binary_data_output", &request->binary,
             problem);
    if (!problem_is_set(problem))
        read_outputs(request, &root, problem);
    if (!problem_is_set(problem))
        read_inputs(request, &root, body, problem);
    json_close(&root);
    v2_problem_adapt(problem);
    if (problem_is_set(problem))
        v2_request_free(request);
    return !problem_is_set(problem);
}

void v2_request_free(struct v2_request *request)
{
    free(request->inputs);
    free(request->outputs);
    *request = (struct v2_request){0};
}

size_t v2_request_count(const struct v2_request *request, bool *by_element)
{
    size_t n = request->raw ? request->length / sizeof(float) : 0;
    *by_element = false;
    for (size_t i = 0; i < request->n_inputs; i++) {
        const struct v2_tensor *tensor = &request->inputs[i];
        n += tensor->n; /* of elements that are there: no overflow */
        *by_element = *by_element || tensor->storage == V2_SPELLINGS ||
                      tensor->type != V2_FP32;
    }
    return n;
}

/* SPDX-License-Identifier: MIT
 *
 * A model and the bytes of its file: the tensors, in float32,
 *
 *     inputs.shift, inputs.scale      [n_features]
 *     targets.shift, targets.scale    [n_targets]     regression alone
 *     layers.I.weight                 [n_out, n_in]   I = 0, 1, …
 *     layers.I.bias                   [n_out]
 *
 * and metadata.h for all the rest. The reader wants exactly these tensors and
 * makes room for a number only where the file has it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/model.h"
#include "model/bundle.h"
#include "model/metadata.h"
#include "model/safetensors.h"
#include "model/scaling.h"

#ifdef MLP_FLOAT64
#error "model files hold float32: this file is no part of a float64 build"
#endif
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are copied as they are, little-endian");

enum { MAX_TENSORS = 2 * MLP_MAX_LAYERS + 4, NAME_BYTES = 32 };

/* The tensors of a model, names and shapes; who has the numbers sets data. */
struct tensor_list {
    struct safetensors_tensor items[MAX_TENSORS];
    char names[MAX_TENSORS][NAME_BYTES];
    size_t n;
    size_t first_layer; /* where layers.0.weight stands */
};

static void add_tensor(struct tensor_list *list,
                       const char *name,
                       size_t rank,
                       size_t n_rows,
                       size_t n_columns)
{
    struct safetensors_tensor *tensor = &list->items[list->n];
    snprintf(list->names[list->n], NAME_BYTES, "%s", name);
    *tensor = (struct safetensors_tensor){.name = list->names[list->n],
                                          .dtype = "F32",
                                          .rank = rank,
                                          .shape = {n_rows, n_columns}};
    list->n++;
}

static void list_tensors(struct tensor_list *list,
                         const mlp_model *model,
                         const mlp_network_spec *spec)
{
    char name[NAME_BYTES];
    size_t n_in = spec->n_inputs;
    add_tensor(list, "inputs.shift", 1, model->features.n, 0);
    add_tensor(list, "inputs.scale", 1, model->features.n, 0);
    if (model->task == MLP_TASK_REGRESSION) {
        add_tensor(list, "targets.shift", 1, model->targets.n, 0);
        add_tensor(list, "targets.scale", 1, model->targets.n, 0);
    }
    list->first_layer = list->n;
    for (size_t i = 0; i <= spec->n_hidden; i++) {
        size_t n_out =
            i < spec->n_hidden ? spec->hidden[i].n_units : spec->n_outputs;
        snprintf(name, sizeof name, "layers.%zu.weight", i);
        add_tensor(list, name, 2, n_out, n_in);
        snprintf(name, sizeof name, "layers.%zu.bias", i);
        add_tensor(list, name, 1, n_out, 0);
        n_in = n_out;
    }
}

/* --- reading ------------------------------------------------------------- */

static mlp_status match_tensor(const struct safetensors *file,
                               struct safetensors_tensor *expected,
                               mlp_error *err)
{
    const struct safetensors_tensor *found =
        safetensors_tensor_of(file, expected->name);
    if (found == NULL)
        return mlp_fail(err, MLP_FORMAT, "tensor '%s' is missing",
                        expected->name);
    if (strcmp(found->dtype, expected->dtype) != 0)
        return mlp_fail(err, MLP_FORMAT, "tensor '%s': expected %s, got %.16s",
                        expected->name, expected->dtype, found->dtype);
    bool same = found->rank == expected->rank;
    for (size_t i = 0; same && i < expected->rank; i++)
        same = found->shape[i] == expected->shape[i];
    if (!same)
        return mlp_fail(err, MLP_FORMAT,
                        expected->rank == 1
                            ? "tensor '%s': expected shape [%zu]"
                            : "tensor '%s': expected shape [%zu, %zu]",
                        expected->name, expected->shape[0], expected->shape[1]);
    expected->begin = found->begin;
    expected->end = found->end;
    expected->data = found->data;
    return MLP_OK;
}

static mlp_status match_tensors(const struct safetensors *file,
                                struct tensor_list *list,
                                mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < list->n; i++)
        status = match_tensor(file, &list->items[i], err);
    if (status == MLP_OK && file->n_tensors != list->n)
        status = mlp_fail(err, MLP_FORMAT, "expected %zu tensors, got %zu",
                          list->n, file->n_tensors);
    return status;
}

/* Copy a tensor to where it is aligned; all of it is finite. */
static mlp_status
copy_floats(const struct safetensors_tensor *tensor, float *out, mlp_error *err)
{
    size_t n = (tensor->end - tensor->begin) / sizeof *out;
    memcpy(out, tensor->data, n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(out[i]))
            return mlp_fail(err, MLP_FORMAT,
                            "tensor '%s': value %zu is not finite",
                            tensor->name, i);
    return MLP_OK;
}

/* byte and none have constants that no file may contradict. */
static mlp_status check_fixed_scaling(const mlp_model *model, mlp_error *err)
{
    float shift, scale;
    if (model->scaling == MLP_SCALING_STANDARD)
        return MLP_OK;
    scaling_fit(model->scaling, NULL, 1, &shift, &scale);
    for (size_t i = 0; i < model->features.n; i++)
        if (model->shift[i] != shift || model->scale[i] != scale)
            return mlp_fail(err, MLP_FORMAT,
                            "inputs.shift and inputs.scale: scaling '%s' has "
                            "other values",
                            mlp_scaling_name(model->scaling));
    return MLP_OK;
}

static mlp_status
read_scaling(mlp_model *model, const struct tensor_list *list, mlp_error *err)
{
    mlp_status status = model_allocate_scaling(model, err);
    float *const places[] = {model->shift, model->scale, model->target_shift,
                             model->target_scale};
    for (size_t i = 0; status == MLP_OK && i < list->first_layer; i++)
        status = copy_floats(&list->items[i], places[i], err);
    return status == MLP_OK ? check_fixed_scaling(model, err) : status;
}

static mlp_status copy_layer(mlp_network *network,
                             size_t layer,
                             const struct safetensors_tensor *tensors,
                             float *weights,
                             float *biases,
                             mlp_error *err)
{
    mlp_status status = copy_floats(&tensors[0], weights, err);
    if (status == MLP_OK)
        status = copy_floats(&tensors[1], biases, err);
    if (status == MLP_OK)
        mlp_network_set_layer(network, layer, weights, biases);
    return status;
}

static mlp_status read_layer(mlp_network *network,
                             size_t layer,
                             const struct safetensors_tensor *tensors,
                             mlp_error *err)
{
    float *weights = alloc_array(tensors[0].end - tensors[0].begin, 1);
    float *biases = alloc_array(tensors[1].end - tensors[1].begin, 1);
    mlp_status status =
        weights != NULL && biases != NULL
            ? copy_layer(network, layer, tensors, weights, biases, err)
            : mlp_fail(err, MLP_NOMEM, "out of memory for layer %zu", layer);
    free(weights);
    free(biases);
    return status;
}

static mlp_status read_network(mlp_model *model,
                               const mlp_network_spec *spec,
                               const struct tensor_list *list,
                               mlp_error *err)
{
    mlp_status status = mlp_network_create(spec, 0, &model->network, err);
    for (size_t i = 0; status == MLP_OK && i <= spec->n_hidden; i++)
        status = read_layer(model->network, i,
                            &list->items[list->first_layer + 2 * i], err);
    return status;
}

/* The numbers of a model whose texts are read. */
static mlp_status read_numbers(const struct safetensors *file,
                               const mlp_network_spec *spec,
                               mlp_model *model,
                               struct tensor_list *list,
                               mlp_error *err)
{
    list_tensors(list, model, spec);
    mlp_status status = match_tensors(file, list, err);
    if (status == MLP_OK)
        status = read_scaling(model, list, err);
    if (status == MLP_OK)
        status = read_network(model, spec, list, err);
    return status;
}

static mlp_status
read_file(const struct safetensors *file, mlp_model *model, mlp_error *err)
{
    struct metadata_shape shape;
    mlp_status status = metadata_read(file, model, &shape, err);
    if (status != MLP_OK)
        return status;
    struct tensor_list *list = alloc_array(1, sizeof *list);
    if (list == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a model");
    status = read_numbers(file, &shape.spec, model, list, err);
    free(list);
    return status;
}

mlp_status mlp_model_read(const void *bytes,
                          size_t length,
                          mlp_model **out,
                          mlp_error *err)
{
    struct safetensors file;
    mlp_model *model = NULL;
    *out = NULL;
    mlp_status status = safetensors_read(bytes, length, &file, err);
    if (status == MLP_OK)
        status = model_create(MLP_TASK_AUTO, &model, err);
    if (status == MLP_OK)
        status = read_file(&file, model, err);
    safetensors_free(&file);
    if (status != MLP_OK) {
        mlp_model_destroy(model);
        return status;
    }
    *out = model;
    return MLP_OK;
}

/* --- writing ------------------------------------------------------------- */

/* Copy the network's parameters in the public order into *block, and let the
 * list's tensors point there. */
static mlp_status gather_layers(const mlp_network *network,
                                struct tensor_list *list,
                                float **block,
                                mlp_error *err)
{
    size_t n_weights, n_biases;
    mlp_status status = mlp_network_count(mlp_network_shape(network),
                                          &n_weights, &n_biases, err);
    if (status != MLP_OK)
        return status;
    float *next = *block = alloc_array(n_weights + n_biases, sizeof *next);
    if (next == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the model file");
    for (size_t i = 0; i < mlp_network_n_layers(network); i++) {
        struct safetensors_tensor *weights =
            &list->items[list->first_layer + 2 * i];
        float *biases = next + weights->shape[0] * weights->shape[1];
        mlp_network_get_layer(network, i, next, biases);
        weights[0].data = next;
        weights[1].data = biases;
        next = biases + weights->shape[0];
    }
    return MLP_OK;
}

static void point_at_scaling(const mlp_model *model, struct tensor_list *list)
{
    const float *const places[] = {model->shift, model->scale,
                                   model->target_shift, model->target_scale};
    for (size_t i = 0; i < list->first_layer; i++)
        list->items[i].data = places[i];
}

static mlp_status write_file(const mlp_model *model,
                             struct tensor_list *list,
                             mlp_sink sink,
                             mlp_error *err)
{
    struct metadata_texts texts;
    float *block = NULL;
    mlp_status status = metadata_write(model, &texts, err);
    list_tensors(list, model, mlp_network_shape(model->network));
    point_at_scaling(model, list);
    if (status == MLP_OK)
        status = gather_layers(model->network, list, &block, err);
    struct safetensors file = {.tensors = list->items,
                               .n_tensors = list->n,
                               .pairs = texts.pairs,
                               .n_pairs = texts.n_pairs};
    if (status == MLP_OK)
        status = safetensors_write(&file, sink, err);
    free(block);
    metadata_free(&texts);
    return status;
}

mlp_status
mlp_model_write(const mlp_model *model, mlp_sink sink, mlp_error *err)
{
    struct tensor_list *list = alloc_array(1, sizeof *list);
    if (list == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the model file");
    mlp_status status = write_file(model, list, sink, err);
    free(list);
    return status;
}

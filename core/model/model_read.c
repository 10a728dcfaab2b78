/* SPDX-License-Identifier: MIT
 *
 * A model from the bytes of its file: metadata.h reads the texts, the tensors
 * are those of model_tensors.h, no more and no less. Room for a number is made
 * only where the file has it. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/model.h"
#include "model/bundle.h"
#include "model/metadata.h"
#include "model/model_tensors.h"
#include "model/scaling.h"

#ifdef MLP_FLOAT64
#error "model files hold float32: this file is no part of a float64 build"
#endif
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are copied as they are, little-endian");

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

static mlp_status check_finite(const struct safetensors_tensor *tensor,
                               const float *values,
                               mlp_error *err)
{
    size_t n = (tensor->end - tensor->begin) / sizeof *values;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return mlp_fail(err, MLP_FORMAT,
                            "tensor '%s': value %zu is not finite",
                            tensor->name, i);
    return MLP_OK;
}

/* Copy a tensor to where it is aligned; all of it is finite. */
static mlp_status
copy_floats(const struct safetensors_tensor *tensor, float *out, mlp_error *err)
{
    memcpy(out, tensor->data, tensor->end - tensor->begin);
    return check_finite(tensor, out, err);
}

/* byte and none have constants that no file may contradict. */
static mlp_status check_fixed_scaling(const mlp_model *model, mlp_error *err)
{
    const struct encoder *encoder = &model->encoder;
    float shift, scale;
    if (encoder->scaling == MLP_SCALING_STANDARD ||
        encoder->scaling == MLP_SCALING_ROBUST || !encoder->plain)
        return MLP_OK;
    scaling_fit(encoder->scaling, NULL, 1, &shift, &scale);
    for (size_t i = 0; i < encoder->n_inputs; i++)
        if (encoder->shift[i] != shift || encoder->scale[i] != scale)
            return mlp_fail(err, MLP_FORMAT,
                            "inputs.shift and inputs.scale: scaling '%s' has "
                            "other values",
                            mlp_scaling_name(encoder->scaling));
    return MLP_OK;
}

/* Arrays that a file may have: those that it has. */
static mlp_status make_optional_arrays(const struct safetensors *file,
                                       mlp_model *model,
                                       mlp_error *err)
{
    size_t n = model->targets.n;
    const struct safetensors_tensor *residuals =
        safetensors_tensor_of(file, "targets.residuals");
    bool low = safetensors_tensor_of(file, "targets.low") != NULL;
    if (model->task != MLP_TASK_REGRESSION)
        return MLP_OK;
    mlp_status status = low ? model_allocate_clamp(model, err) : MLP_OK;
    if (status != MLP_OK || residuals == NULL)
        return status;
    /* The reader has seen that the file holds as many numbers. */
    if (residuals->rank != 2 || residuals->shape[0] == 0 ||
        residuals->shape[1] != n)
        return mlp_fail(err, MLP_FORMAT,
                        "tensor 'targets.residuals': expected shape [n, %zu]",
                        n);
    return model_allocate_residuals(model, residuals->shape[0], err);
}

/* Of one target: none below 0 or below the one before. */
static mlp_status check_residuals(const mlp_model *model, mlp_error *err)
{
    size_t n = model->targets.n;
    for (size_t i = 0; i < model->n_residuals * n; i++)
        if (model->residuals[i] < (i < n ? 0 : model->residuals[i - n]))
            return mlp_fail(err, MLP_FORMAT,
                            "tensor 'targets.residuals': value %zu is below "
                            "the one before",
                            i);
    for (size_t j = 0; model->target_low != NULL && j < n; j++)
        if (model->target_low[j] > model->target_high[j])
            return mlp_fail(err, MLP_FORMAT,
                            "targets.low and targets.high: %zu is no range", j);
    return MLP_OK;
}

static mlp_status
read_fixed(mlp_model *model, const struct tensor_list *list, mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < list->n_fixed; i++)
        status = copy_floats(&list->items[i], list->places[i], err);
    if (status == MLP_OK)
        status = check_fixed_scaling(model, err);
    return status == MLP_OK ? check_residuals(model, err) : status;
}

/* A tensor's numbers where they stand in the file, or, where no float can
 * stand, in *copy, which the caller frees. */
static mlp_status look_at_floats(const struct safetensors_tensor *tensor,
                                 const float **out,
                                 float **copy,
                                 mlp_error *err)
{
    size_t size = tensor->end - tensor->begin;
    *copy = NULL;
    *out = (const void *)tensor->data;
    if ((uintptr_t)tensor->data % _Alignof(float) != 0) {
        *out = *copy = alloc_array(size, 1);
        if (*copy == NULL)
            return mlp_fail(err, MLP_NOMEM, "out of memory for tensor '%s'",
                            tensor->name);
        memcpy(*copy, tensor->data, size);
    }
    return check_finite(tensor, *out, err);
}

static mlp_status read_layer(mlp_network *network,
                             size_t layer,
                             const struct safetensors_tensor *tensors,
                             mlp_error *err)
{
    const float *weights, *biases;
    float *weights_copy, *biases_copy = NULL;
    mlp_status status =
        look_at_floats(&tensors[0], &weights, &weights_copy, err);
    if (status == MLP_OK)
        status = look_at_floats(&tensors[1], &biases, &biases_copy, err);
    if (status == MLP_OK)
        mlp_network_set_layer(network, layer, weights, biases);
    free(weights_copy);
    free(biases_copy);
    return status;
}

static mlp_status read_embedding(mlp_network *network,
                                 size_t embedding,
                                 const struct safetensors_tensor *tensor,
                                 mlp_error *err)
{
    const float *parameters;
    float *copy;
    mlp_status status = look_at_floats(tensor, &parameters, &copy, err);
    if (status == MLP_OK)
        mlp_network_set_embedding(network, embedding, parameters);
    free(copy);
    return status;
}

static mlp_status read_network(mlp_model *model,
                               size_t member,
                               const mlp_network_spec *spec,
                               const struct safetensors_tensor *tensors,
                               mlp_error *err)
{
    mlp_network **network = &model->networks[member];
    mlp_status status = mlp_network_create(spec, 0, network, err);
    for (size_t i = 0; status == MLP_OK && i <= spec->n_hidden;
         i++, tensors += 2)
        status = read_layer(*network, i, tensors, err);
    for (size_t i = 0; status == MLP_OK && i < spec->n_embeddings; i++)
        status = read_embedding(*network, i, &tensors[i], err);
    return status;
}

static mlp_status read_networks(mlp_model *model,
                                const mlp_network_spec *spec,
                                const struct tensor_list *list,
                                size_t n,
                                mlp_error *err)
{
    mlp_status status = MLP_OK;
    model->networks = alloc_array(n, sizeof *model->networks);
    if (model->networks == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a model");
    model->n_networks = n;
    for (size_t i = 0; status == MLP_OK && i < n; i++)
        status = read_network(
            model, i, spec,
            list->items + list->n_fixed + i * list->n_of_network, err);
    return status;
}

/* The numbers of a model whose texts are read. */
static mlp_status read_numbers(const struct safetensors *file,
                               const struct metadata_shape *shape,
                               mlp_model *model,
                               mlp_error *err)
{
    struct tensor_list list = {0};
    mlp_status status = model_allocate_targets(model, err);
    if (status == MLP_OK)
        status = make_optional_arrays(file, model, err);
    if (status == MLP_OK)
        status =
            tensors_list(&list, model, &shape->spec, shape->n_networks, err);
    if (status == MLP_OK)
        status = match_tensors(file, &list, err);
    if (status == MLP_OK)
        status = read_fixed(model, &list, err);
    if (status == MLP_OK)
        status =
            read_networks(model, &shape->spec, &list, shape->n_networks, err);
    tensors_free(&list);
    return status;
}

static mlp_status
read_file(const struct safetensors *file, mlp_model *model, mlp_error *err)
{
    struct metadata_shape shape;
    mlp_status status = metadata_read(file, model, &shape, err);
    if (status == MLP_OK)
        status = read_numbers(file, &shape, model, err);
    metadata_shape_free(&shape);
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

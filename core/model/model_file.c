/* SPDX-License-Identifier: MIT
 *
 * A model and the bytes of its file: the tensors, in float32,
 *
 *     inputs.shift, inputs.scale      [n_inputs]
 *     columns.low, columns.high       [n_features]    robust scaling alone
 *     targets.shift, targets.scale    [n_targets]     regression alone
 *     layers.I.weight                 [n_out, n_in]   I = 0, 1, …
 *     layers.I.bias                   [n_out]
 *     embeddings.I.waves              [MLP_PERIODIC_PARAMETERS]  or
 *     embeddings.I.table              [n_levels, n_units]
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

enum { NAME_BYTES = 40, FIXED_TENSORS = 8 };

/* The tensors of a model, names and shapes; who has the numbers sets data. */
struct tensor_list {
    struct safetensors_tensor *items;
    char (*names)[NAME_BYTES];
    size_t n;
    size_t first_layer; /* where layers.0.weight stands */
};

static size_t n_tensors(const mlp_network_spec *spec)
{
    return FIXED_TENSORS + 2 * (spec->n_hidden + 1) + spec->n_embeddings;
}

static mlp_status init_list(struct tensor_list *list, size_t n, mlp_error *err)
{
    *list = (struct tensor_list){0};
    list->items = alloc_array(n, sizeof *list->items);
    list->names = alloc_array(n, sizeof *list->names);
    return list->items != NULL && list->names != NULL
               ? MLP_OK
               : mlp_fail(err, MLP_NOMEM, "out of memory for a model file");
}

static void free_list(struct tensor_list *list)
{
    free(list->items);
    free(list->names);
    *list = (struct tensor_list){0};
}

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

/* Numbers that the first layer sees. */
static size_t first_width(const mlp_network_spec *spec)
{
    size_t n = spec->n_inputs;
    for (size_t i = 0; i < spec->n_embeddings; i++)
        n += spec->embeddings[i].n_units - 1;
    return n;
}

static void list_tensors(struct tensor_list *list,
                         const mlp_model *model,
                         const mlp_network_spec *spec)
{
    char name[NAME_BYTES];
    size_t n_in = first_width(spec);
    add_tensor(list, "inputs.shift", 1, spec->n_inputs, 0);
    add_tensor(list, "inputs.scale", 1, spec->n_inputs, 0);
    if (model->encoder.scaling == MLP_SCALING_ROBUST) {
        add_tensor(list, "columns.low", 1, model->features.n, 0);
        add_tensor(list, "columns.high", 1, model->features.n, 0);
    }
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
    for (size_t i = 0; i < spec->n_embeddings; i++) {
        const mlp_embedding_spec *e = &spec->embeddings[i];
        bool waves = e->kind == MLP_EMBEDDING_PERIODIC;
        snprintf(name, sizeof name, "embeddings.%zu.%s", i,
                 waves ? "waves" : "table");
        if (waves)
            add_tensor(list, name, 1, MLP_PERIODIC_PARAMETERS, 0);
        else
            add_tensor(list, name, 2, e->n_levels, e->n_units);
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

static mlp_status read_ranges(mlp_model *model,
                              const struct safetensors_tensor *tensors,
                              mlp_error *err)
{
    size_t n = model->features.n;
    float *low = alloc_array(n, sizeof *low);
    float *high = alloc_array(n, sizeof *high);
    mlp_status status = low != NULL && high != NULL
                            ? copy_floats(&tensors[0], low, err)
                            : mlp_fail(err, MLP_NOMEM, "out of memory");
    if (status == MLP_OK)
        status = copy_floats(&tensors[1], high, err);
    for (size_t j = 0; status == MLP_OK && j < n; j++) {
        model->encoder.columns[j].low = low[j];
        model->encoder.columns[j].high = high[j];
    }
    free(low);
    free(high);
    return status;
}

static mlp_status
read_scaling(mlp_model *model, const struct tensor_list *list, mlp_error *err)
{
    struct encoder *encoder = &model->encoder;
    const struct safetensors_tensor *tensor = list->items;
    mlp_status status = model_allocate_targets(model, err);
    if (status == MLP_OK)
        status = copy_floats(tensor++, encoder->shift, err);
    if (status == MLP_OK)
        status = copy_floats(tensor++, encoder->scale, err);
    if (status == MLP_OK && encoder->scaling == MLP_SCALING_ROBUST) {
        status = read_ranges(model, tensor, err);
        tensor += 2;
    }
    if (status == MLP_OK && model->task == MLP_TASK_REGRESSION) {
        status = copy_floats(tensor++, model->target_shift, err);
        if (status == MLP_OK)
            status = copy_floats(tensor++, model->target_scale, err);
    }
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

static mlp_status read_embedding(mlp_network *network,
                                 size_t embedding,
                                 const struct safetensors_tensor *tensor,
                                 mlp_error *err)
{
    float *parameters = alloc_array(tensor->end - tensor->begin, 1);
    if (parameters == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an embedding");
    mlp_status status = copy_floats(tensor, parameters, err);
    if (status == MLP_OK)
        mlp_network_set_embedding(network, embedding, parameters);
    free(parameters);
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
    const struct safetensors_tensor *tensors =
        list->items + list->first_layer + 2 * (spec->n_hidden + 1);
    for (size_t i = 0; status == MLP_OK && i < spec->n_embeddings; i++)
        status = read_embedding(model->network, i, &tensors[i], err);
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
    struct tensor_list list = {0};
    mlp_status status = metadata_read(file, model, &shape, err);
    if (status == MLP_OK)
        status = init_list(&list, n_tensors(&shape.spec), err);
    if (status == MLP_OK)
        status = read_numbers(file, &shape.spec, model, &list, err);
    free_list(&list);
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
    struct safetensors_tensor *tensor =
        &list->items[list->first_layer + 2 * mlp_network_n_layers(network)];
    for (size_t i = 0; i < mlp_network_shape(network)->n_embeddings; i++) {
        mlp_network_get_embedding(network, i, next);
        (tensor++)->data = next;
        next += mlp_network_embedding_size(network, i);
    }
    return MLP_OK;
}

/* *ranges: where the columns' are put together; free(). */
static mlp_status point_at_scaling(const mlp_model *model,
                                   struct tensor_list *list,
                                   float **ranges,
                                   mlp_error *err)
{
    const struct encoder *encoder = &model->encoder;
    struct safetensors_tensor *tensor = list->items;
    (tensor++)->data = encoder->shift;
    (tensor++)->data = encoder->scale;
    *ranges = alloc_array(2 * encoder->n, sizeof **ranges);
    if (*ranges == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the model file");
    if (encoder->scaling == MLP_SCALING_ROBUST) {
        for (size_t j = 0; j < encoder->n; j++) {
            (*ranges)[j] = encoder->columns[j].low;
            (*ranges)[encoder->n + j] = encoder->columns[j].high;
        }
        (tensor++)->data = *ranges;
        (tensor++)->data = *ranges + encoder->n;
    }
    if (model->task == MLP_TASK_REGRESSION) {
        (tensor++)->data = model->target_shift;
        tensor->data = model->target_scale;
    }
    return MLP_OK;
}

static mlp_status write_file(const mlp_model *model,
                             struct tensor_list *list,
                             mlp_sink sink,
                             mlp_error *err)
{
    struct metadata_texts texts;
    float *block = NULL, *ranges = NULL;
    mlp_status status = metadata_write(model, &texts, err);
    list_tensors(list, model, mlp_network_shape(model->network));
    if (status == MLP_OK)
        status = point_at_scaling(model, list, &ranges, err);
    if (status == MLP_OK)
        status = gather_layers(model->network, list, &block, err);
    struct safetensors file = {.tensors = list->items,
                               .n_tensors = list->n,
                               .pairs = texts.pairs,
                               .n_pairs = texts.n_pairs};
    if (status == MLP_OK)
        status = safetensors_write(&file, sink, err);
    free(block);
    free(ranges);
    metadata_free(&texts);
    return status;
}

mlp_status
mlp_model_write(const mlp_model *model, mlp_sink sink, mlp_error *err)
{
    struct tensor_list list;
    mlp_status status =
        init_list(&list, n_tensors(mlp_network_shape(model->network)), err);
    if (status == MLP_OK)
        status = write_file(model, &list, sink, err);
    free_list(&list);
    return status;
}

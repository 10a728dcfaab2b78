/* SPDX-License-Identifier: MIT
 *
 * A model to the bytes of its file. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/model.h"
#include "model/bundle.h"
#include "model/metadata.h"
#include "model/model_tensors.h"

#ifdef MLP_FLOAT64
#error "model files hold float32: this file is no part of a float64 build"
#endif
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are copied as they are, little-endian");

/* Copy a network's parameters in the public order to `next`, and let its
 * tensors point there; where they end. */
static float *gather_network(const mlp_network *network,
                             struct safetensors_tensor *tensors,
                             float *next)
{
    for (size_t i = 0; i < mlp_network_n_layers(network); i++, tensors += 2) {
        float *biases = next + tensors->shape[0] * tensors->shape[1];
        mlp_network_get_layer(network, i, next, biases);
        tensors[0].data = next;
        tensors[1].data = biases;
        next = biases + tensors->shape[0];
    }
    for (size_t i = 0; i < mlp_network_shape(network)->n_embeddings; i++) {
        mlp_network_get_embedding(network, i, next);
        tensors[i].data = next;
        next += mlp_network_embedding_size(network, i);
    }
    return next;
}

/* *block: where all of them are gathered; free(). */
static mlp_status gather_networks(const mlp_model *model,
                                  struct tensor_list *list,
                                  float **block,
                                  mlp_error *err)
{
    size_t n_weights, n_biases;
    mlp_model_count(model, &n_weights, &n_biases);
    float *next = *block = alloc_array(n_weights + n_biases, sizeof *next);
    if (next == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the model file");
    for (size_t i = 0; i < model->n_networks; i++)
        next = gather_network(
            model->networks[i],
            list->items + list->n_fixed + i * list->n_of_network, next);
    return MLP_OK;
}

static mlp_status write_file(const mlp_model *model,
                             struct tensor_list *list,
                             mlp_sink sink,
                             mlp_error *err)
{
    struct metadata_texts texts;
    float *block = NULL;
    mlp_status status = metadata_write(model, &texts, err);
    for (size_t i = 0; i < list->n_fixed; i++)
        list->items[i].data = list->places[i];
    if (status == MLP_OK)
        status = gather_networks(model, list, &block, err);
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
    struct tensor_list list;
    mlp_status status =
        tensors_list(&list, model, mlp_network_shape(model->networks[0]),
                     model->n_networks, err);
    if (status == MLP_OK)
        status = write_file(model, &list, sink, err);
    tensors_free(&list);
    return status;
}

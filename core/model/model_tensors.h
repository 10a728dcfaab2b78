/* SPDX-License-Identifier: MIT
 *
 * The tensors of a model file, in float32:
 *
 *     inputs.shift, inputs.scale      [n_inputs]
 *     columns.low, columns.high       [n_features]    robust scaling alone
 *     targets.shift, targets.scale    [n_targets]     regression alone …
 *     targets.low, targets.high       [n_targets]     … and if it is clamped
 *     targets.residuals               [n, n_targets]  … and if there are any
 *     layers.I.weight                 [n_out, n_in]   I = 0, 1, …
 *     layers.I.bias                   [n_out]
 *     embeddings.I.waves              [MLP_PERIODIC_PARAMETERS]  or
 *     embeddings.I.table              [n_levels, n_units]
 *
 * The last four come for each network; of an ensemble with "members.M." before
 * their names. */
#ifndef MLP_MODEL_TENSORS_H
#define MLP_MODEL_TENSORS_H

#include "model/bundle.h"
#include "model/safetensors.h"

enum { MODEL_TENSOR_NAME_BYTES = 80 };

/* Names and shapes; who has the numbers sets data. */
struct tensor_list {
    struct safetensors_tensor *items;
    char (*names)[MODEL_TENSOR_NAME_BYTES];
    /* Where the first ones' numbers are in the model, [n_fixed]; all behind
     * them are a network's, n_of_network of each. */
    float **places;
    size_t n, n_fixed, n_of_network;
};

/* The tensors of a model of n_networks such networks. Its arrays are there,
 * with room for all that they are to hold.
 * Errors: MLP_NOMEM.  Owner: the caller's storage; tensors_free(). */
MLP_NODISCARD
mlp_status tensors_list(struct tensor_list *list,
                        const mlp_model *model,
                        const mlp_network_spec *spec,
                        size_t n_networks,
                        mlp_error *err);
void tensors_free(struct tensor_list *list);

#endif

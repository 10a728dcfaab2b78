/* SPDX-License-Identifier: MIT
 *
 * The embeddings of a network's inputs before there is a network: what they
 * may be, where they lie, their first parameters. */
#ifndef MLP_NN_EMBEDDING_SHAPE_H
#define MLP_NN_EMBEDDING_SHAPE_H

#include <stdbool.h>

#include "mlp/network.h"

struct embedding {
    mlp_embedding_spec spec;
    size_t at; /* where its numbers begin in a row for the first layer */
    size_t parameters; /* where they begin in the block */
    size_t n_parameters;
};

/* Numbers that the first layer sees, and parameters of all embeddings; false
 * when one does not fit a size_t. spec's embeddings were checked.
 * Threads: any. */
bool embeddings_count(const mlp_network_spec *spec,
                      size_t *n_embedded,
                      size_t *n_parameters);

/* Kinds, order, counts.  Errors: MLP_INVALID */
MLP_NODISCARD
mlp_status embeddings_check(const mlp_network_spec *spec, mlp_error *err);

/* Fill embeddings, [spec->n_embeddings]: their parameters lie behind each other
 * from `parameters` on in the network's block.  Threads: any. */
void embeddings_place(const mlp_network_spec *spec,
                      size_t parameters,
                      struct embedding *embeddings);

/* The first parameters of n embeddings, into the network's block.
 * Threads: any. */
void embeddings_draw(const struct embedding *embeddings,
                     size_t n,
                     uint64_t seed,
                     mlp_real *parameters);

#endif

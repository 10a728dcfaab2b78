/* SPDX-License-Identifier: MIT
 *
 * A network from the inside. All its parameters are one block: the weights of
 * every layer, then the biases of every layer, so that what concerns weights
 * alone is a loop over the first n_weights of them, and last the embeddings.
 * Gradients and optimizer states have the same layout. */
#ifndef MLP_NN_NETWORK_H
#define MLP_NN_NETWORK_H

#include "mlp/network.h"
#include "nn/embedding_shape.h"

struct layer {
    size_t n_in, n_out;
    size_t weights; /* where they begin in the block; laid out as in gemm.h */
    size_t biases;  /* [n_out] */
    mlp_activation activation; /* identity for the last one: its outputs are */
    mlp_real dropout;          /* logits, the output function comes after */
};

struct mlp_network {
    mlp_network_spec spec; /* spec.hidden is `hidden`, and likewise … */
    mlp_layer_spec *hidden;
    mlp_embedding_spec *embedding_specs; /* … this one */
    struct embedding *embeddings;
    size_t n_embedded; /* numbers that the first layer sees */
    struct layer *layers;
    size_t n_layers;
    size_t n_weights;     /* of layers */
    size_t n_layered;     /* parameters of layers */
    size_t n_parameters;  /* all of them */
    mlp_real *parameters; /* [n_parameters] */
};

/* The widest of its layers' outputs.  Threads: any. */
size_t network_widest(const mlp_network *network);

/* y = output(z) for n rows of logits, [n, width]; y may be z.  Threads: any. */
void network_output(mlp_output output,
                    size_t n,
                    size_t width,
                    const mlp_real *z,
                    mlp_real *y);

#endif

/* SPDX-License-Identifier: MIT
 *
 * First weights. Biases are the network's business: they start at 0. */
#ifndef MLP_NN_INITIALIZER_H
#define MLP_NN_INITIALIZER_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/network.h"

/* What AUTO means for a layer with this activation.  Threads: any. */
mlp_initializer initializer_for(mlp_activation activation);

/* Draw the weights of layer number `layer` into weights: [n_in, n_out], the
 * engine's layout, but in the order of the public one, [n_out, n_in]. A pure
 * function of its arguments. `kind` is not AUTO.  Threads: any. */
void initializer_draw(mlp_initializer kind,
                      uint64_t seed,
                      size_t layer,
                      size_t n_in,
                      size_t n_out,
                      mlp_real *weights);

/* Likewise its biases: 0, but for NTK.  Threads: any. */
void initializer_draw_biases(mlp_initializer kind,
                             uint64_t seed,
                             size_t layer,
                             size_t n_out,
                             mlp_real *biases);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The embeddings of a network's inputs: where they lie, there and back.
 *
 * A row of inputs [n_inputs] becomes a row [n_embedded]: inputs in their order,
 * each as it is or as the numbers that its embedding makes of it. */
#ifndef MLP_NN_EMBEDDING_H
#define MLP_NN_EMBEDDING_H

#include <stdbool.h>

#include "math/layout.h"
#include "math/rule.h"
#include "nn/network.h"

/* x: [n, n_inputs] to h: [n, n_embedded].  Threads: any. */
void embeddings_forward(const mlp_network *network,
                        size_t n,
                        const mlp_real *x,
                        mlp_real *h);

/* From dL/dh, [n, n_embedded], to the gradient of the embeddings that are this
 * member's: it becomes that, or is added to; with `then`, one for each
 * embedding, the parameters move by it at once.  Threads: any, each its own
 * member. */
void embeddings_gradient(const mlp_network *network,
                         size_t n,
                         const mlp_real *x,
                         const mlp_real *dh,
                         bool add,
                         size_t member,
                         size_t n_members,
                         mlp_real *gradient,
                         const struct descent *then);

/* From dL/dh to dx: [n, n_inputs]. Of a number that is dL/dx; of a level, which
 * has no derivative, dL/ds of its row times s, at s = 1.  Threads: any. */
void embeddings_slopes(const mlp_network *network,
                       size_t n,
                       const mlp_real *x,
                       const mlp_real *dh,
                       mlp_real *dx);
/* h: [n, n_embedded]; the rows of levels times scale[n].  Threads: any. */
void embeddings_scale_levels(const mlp_network *network,
                             size_t n,
                             const mlp_real *scale,
                             mlp_real *h);

#endif

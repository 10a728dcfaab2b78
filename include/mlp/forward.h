/* SPDX-License-Identifier: MIT
 *
 * Rows through a network that nobody writes to: prediction. */
#ifndef MLP_FORWARD_H
#define MLP_FORWARD_H

#include <stddef.h>

#include "mlp/network.h"
#include "mlp/status.h"

typedef struct mlp_workspace mlp_workspace;

/* Scratch memory to push max_rows rows at a time through any such network.
 *
 * Errors:  MLP_INVALID  max_rows is 0 or the size overflows; MLP_NOMEM
 * Owner:   caller; mlp_workspace_destroy().  Threads: one at a time. */
MLP_API MLP_NODISCARD mlp_status
mlp_workspace_create(const mlp_network *network,
                     size_t max_rows,
                     mlp_workspace **out,
                     mlp_error *err);
MLP_API void mlp_workspace_destroy(mlp_workspace *workspace);

/* From now on so many threads, the caller's among them, share the work of a
 * call where it is large enough: rows, or, where there are few, the units of a
 * layer. That changes no bit. Between two calls they sleep.
 *
 * Errors:  MLP_INVALID  0 threads or more than 256
 *          MLP_NOMEM    also when a thread cannot be started; there are as many
 *                       as before then */
MLP_API MLP_NODISCARD mlp_status
mlp_workspace_use_threads(mlp_workspace *workspace,
                          size_t threads,
                          mlp_error *err);

/* y = f(x), without dropout. x: [n_rows, n_inputs]; y: [n_rows, n_outputs],
 * probabilities or values as the output says. Any n_rows: work goes in slices
 * of the workspace. A row's result does not depend on its neighbours.
 * Threads: any number at once on one network, each with its own workspace. */
MLP_API void mlp_network_forward(const mlp_network *network,
                                 mlp_workspace *workspace,
                                 const mlp_real *x,
                                 size_t n_rows,
                                 mlp_real *y);

#endif

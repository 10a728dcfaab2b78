/* SPDX-License-Identifier: MIT
 *
 * A network as a graph. Its inputs stand as it suits the graph; the columns of
 * the first layer's weights are put in the same order. */
#ifndef MLP_ONNX_EXPORT_NETWORK_H
#define MLP_ONNX_EXPORT_NETWORK_H

#include "onnx/export_columns.h"

/* What it says of the columns: [N, n_outputs]. */
const char *export_network(struct graph *g,
                           const mlp_model *model,
                           size_t member,
                           const struct export_columns *columns);

#endif

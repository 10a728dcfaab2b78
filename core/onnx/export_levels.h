/* SPDX-License-Identifier: MIT
 *
 * A categorical column in a graph: its cell's text or number becomes the
 * number of a level, and that a row of a table. Behind the n levels come
 * n: one that training had not, and n + 1: a missing cell. */
#ifndef MLP_ONNX_EXPORT_LEVELS_H
#define MLP_ONNX_EXPORT_LEVELS_H

#include "model/encoder.h"
#include "onnx/graph.h"

bool export_is_embedded(const struct encoded_column *column);

/* The column's input and, of its cells, the level: [N] int64. */
const char *export_level_index(struct graph *g,
                               const struct encoded_column *column,
                               const char *name);
/* What the encoder makes of each level: [n + 2, n_inputs]. */
const char *export_level_table(struct graph *g,
                               const struct encoded_column *column);
/* The rows of an embedding's table, [n (and 1, if missing cells have one),
 * n_units], made [n + 2, n_units]. */
const char *export_embedding_table(struct graph *g,
                                   const struct encoded_column *column,
                                   const mlp_network *network,
                                   size_t embedding);

#endif

/* SPDX-License-Identifier: MIT
 *
 * An encoder as a graph: raw columns in, numbers for the first layer out. All
 * numbers are treated at once, in one matrix; each list of levels is a table
 * whose rows are looked up. */
#ifndef MLP_ONNX_EXPORT_COLUMNS_H
#define MLP_ONNX_EXPORT_COLUMNS_H

#include "model/bundle.h"
#include "onnx/graph.h"

/* Matrices of N rows that will stand side by side. Zeroed it is empty. */
struct export_parts {
    const char **names;
    size_t n, width;
};
void export_parts_add(struct export_parts *parts,
                      const char *name,
                      size_t width);

/* What the graph has for the encoder's inputs. */
struct export_columns {
    const char *x; /* [N, width], or NULL: there is nothing but levels */
    size_t width;
    size_t *at; /* [n_inputs]: where each is in x, but for levels … */
    const char **levels; /* … [n columns]: of a column that has an embedding,
                            [N] int64: the level, then n: unseen, n + 1:
                            missing; else NULL */
};

/* *out lies in the graph's memory; g->status tells whether it is there. */
void export_columns(struct graph *g,
                    const mlp_model *model,
                    struct export_columns *out);

#endif

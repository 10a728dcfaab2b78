/* SPDX-License-Identifier: MIT
 *
 * An ONNX graph in the making: each call adds a node or a constant and returns
 * the name of what it gives. Nothing fails on the spot: the first failure is
 * remembered and asked for once at the end, so that an exporter reads as the
 * formula that it writes. */
#ifndef MLP_ONNX_GRAPH_H
#define MLP_ONNX_GRAPH_H

#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/status.h"

/* Element types, by their numbers in the format. */
enum graph_type {
    GRAPH_FLOAT = 1,
    GRAPH_INT32 = 6,
    GRAPH_INT64 = 7,
    GRAPH_STRING = 8,
    GRAPH_BOOL = 9,
    GRAPH_DOUBLE = 11,
};

struct graph_list {
    void **items;
    size_t n, capacity;
};

/* All that it holds lies in `blocks` and ends with it. */
struct graph {
    struct graph_list blocks, nodes, tensors, inputs, outputs, properties;
    const char *prefix; /* of the names that it gives; of no other name */
    size_t n_names;
    bool texts; /* has an operator of ai.onnx.ml */
    mlp_status status;
};

/* Zeroed memory that lasts as long as the graph; NULL without memory. */
void *graph_alloc(struct graph *g, size_t n, size_t size);
const char *graph_text(struct graph *g, const char *text, size_t length);
void graph_free(struct graph *g);

/* A node; its inputs are n names, and "" is none. */
const char *graph_node(struct graph *g,
                       const char *op,
                       const char *const *inputs,
                       size_t n);
const char *graph_unary(struct graph *g, const char *op, const char *a);
const char *
graph_binary(struct graph *g, const char *op, const char *a, const char *b);

/* Attributes of the last node. Strings and numbers must stay. */
void graph_set_int(struct graph *g, const char *name, int64_t value);
void graph_set_float(struct graph *g, const char *name, float value);
void graph_set_floats(struct graph *g,
                      const char *name,
                      float *values,
                      size_t n);
void graph_set_ints(struct graph *g,
                    const char *name,
                    int64_t *values,
                    size_t n);
struct graph_string {
    const char *text;
    size_t length;
};
void graph_set_strings(struct graph *g,
                       const char *name,
                       const struct graph_string *values,
                       size_t n);
/* The last node is of ai.onnx.ml. */
void graph_set_ml(struct graph *g);

/* A constant: *name is what it is called, and the caller fills the elements.
 * rank 0 is a single one. NULL without memory. */
void *graph_constant(struct graph *g,
                     enum graph_type type,
                     size_t rank,
                     const size_t *dims,
                     const char **name);
const char *
graph_strings(struct graph *g, const struct graph_string *values, size_t n);
/* The single ones, and rows of whole numbers. */
const char *graph_number(struct graph *g, enum graph_type type, double value);
const char *graph_ints(struct graph *g, const int64_t *values, size_t n);

/* Forms that are used more than once. */
const char *graph_cast(struct graph *g, const char *a, enum graph_type to);
const char *
graph_gather(struct graph *g, const char *a, const char *index, int64_t axis);
/* Side by side; of one it is that one. */
const char *graph_concat(struct graph *g, const char *const *names, size_t n);

/* What goes in and out: [N, width], or [N] where width is 0. */
void graph_input(struct graph *g,
                 const char *name,
                 enum graph_type type,
                 size_t width,
                 const char *description);
void graph_output(struct graph *g,
                  const char *name,
                  const char *value,
                  enum graph_type type,
                  size_t width);
void graph_property(struct graph *g, const char *key, const char *value);

/* The whole file.
 * Errors:  MLP_LIMIT  2 GiB or more; MLP_NOMEM, or the sink's */
MLP_NODISCARD
mlp_status
graph_write(struct graph *g, const char *name, mlp_sink sink, mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A graph by the names of its values: which node makes one, which constant it
 * is, whether it is an input. */
#ifndef MLP_ONNX_LOOKUP_H
#define MLP_ONNX_LOOKUP_H

#include "onnx/tensor.h"

struct lookup_entry {
    const char *name;
    const Onnx__NodeProto *node;     /* or … */
    const Onnx__TensorProto *tensor; /* … or neither: an input */
};

struct lookup {
    const Onnx__GraphProto *graph;
    struct lookup_entry *entries; /* by name */
    size_t n;
};

/* Errors: MLP_INVALID (too many nodes or attributes, a name too long, one value
 *         from two nodes), MLP_NOMEM
 * Owner:  the caller's storage; lookup_free(), also after an error. */
MLP_NODISCARD
mlp_status lookup_init(struct lookup *lookup,
                       const Onnx__GraphProto *graph,
                       mlp_error *err);
void lookup_free(struct lookup *lookup);

/* NULL: nothing makes it, or it is not the first that its node makes. */
const Onnx__NodeProto *lookup_node(const struct lookup *lookup,
                                   const char *name);
/* The node, if it is that operator, else NULL. */
const Onnx__NodeProto *
lookup_op(const struct lookup *lookup, const char *name, const char *op);
bool lookup_is_input(const struct lookup *lookup, const char *name);
/* An initializer or a Constant, also behind Identity; NULL: it is none. */
const Onnx__TensorProto *lookup_constant(const struct lookup *lookup,
                                         const char *name);

/* Parts of a node, NULL where it has them not. */
const char *node_input(const Onnx__NodeProto *node, size_t i);
const Onnx__AttributeProto *node_attribute(const Onnx__NodeProto *node,
                                           const char *name);
bool node_is(const Onnx__NodeProto *node, const char *op);
/* An attribute's number, or what holds where it is not given. */
double
node_float(const Onnx__NodeProto *node, const char *name, double fallback);
int64_t
node_int(const Onnx__NodeProto *node, const char *name, int64_t fallback);

#endif

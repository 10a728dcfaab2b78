/* SPDX-License-Identifier: MIT */
#include "onnx/gates.h"

#include <math.h>
#include <string.h>

static const double sqrt_2 = 1.4142135623730951;

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A constant of one number, near enough. */
static bool
is_number(const struct lookup *graph, const char *name, double expected)
{
    struct tensor tensor;
    const Onnx__TensorProto *proto = lookup_constant(graph, name);
    return proto != NULL && tensor_open(proto, &tensor, NULL) == MLP_OK &&
           !tensor_is_text(&tensor) && tensor.n == 1 &&
           fabs(tensor_number(&tensor, 0) - expected) < 1e-4;
}

/* The input beside that number, or NULL. */
static const char *
beside(const struct lookup *graph, const Onnx__NodeProto *node, double number)
{
    for (size_t i = 0; i < 2; i++)
        if (is_number(graph, node_input(node, i), number))
            return node_input(node, 1 - i);
    return NULL;
}

/* Is it x / sqrt 2? */
static bool
is_scaled(const struct lookup *graph, const char *name, const char *x)
{
    const Onnx__NodeProto *div = lookup_op(graph, name, "Div");
    const Onnx__NodeProto *mul = lookup_op(graph, name, "Mul");
    if (div != NULL)
        return same(node_input(div, 0), x) &&
               is_number(graph, node_input(div, 1), sqrt_2);
    return mul != NULL && same(beside(graph, mul, 1 / sqrt_2), x);
}

/* Is it 1 + erf(x / sqrt 2)? */
static bool is_erf(const struct lookup *graph, const char *name, const char *x)
{
    const Onnx__NodeProto *add = lookup_op(graph, name, "Add");
    const Onnx__NodeProto *erf =
        add != NULL ? lookup_op(graph, beside(graph, add, 1), "Erf") : NULL;
    return erf != NULL && is_scaled(graph, node_input(erf, 0), x);
}

/* What stands beside x in the product: does it make an activation of it? */
static bool gate_of(const struct lookup *graph,
                    const char *name,
                    const char *x,
                    struct gate *out)
{
    const Onnx__NodeProto *sigmoid = lookup_op(graph, name, "Sigmoid");
    const Onnx__NodeProto *tanh = lookup_op(graph, name, "Tanh");
    const Onnx__NodeProto *half = lookup_op(graph, name, "Mul");
    const Onnx__NodeProto *soft =
        tanh != NULL ? lookup_op(graph, node_input(tanh, 0), "Softplus") : NULL;
    *out = (struct gate){.gain = 1, .data = x};
    if (sigmoid != NULL && same(node_input(sigmoid, 0), x)) {
        out->activation = MLP_SILU;
        return true;
    }
    if (soft != NULL && same(node_input(soft, 0), x)) {
        out->activation = MLP_MISH;
        return true;
    }
    out->activation = MLP_GELU;
    if (half != NULL && is_erf(graph, beside(graph, half, 0.5), x))
        return true;
    out->gain = 2;
    return is_erf(graph, name, x);
}

bool gate_find(const struct lookup *graph,
               const Onnx__NodeProto *mul,
               struct gate *out)
{
    for (size_t i = 0; i < 2; i++) {
        const char *x = node_input(mul, i);
        if (x == NULL)
            continue;
        if (gate_of(graph, node_input(mul, 1 - i), x, out))
            return true;
        /* (x / 2) (1 + erf …) */
        const Onnx__NodeProto *half = lookup_op(graph, x, "Mul");
        const char *whole = half != NULL ? beside(graph, half, 0.5) : NULL;
        if (whole != NULL && is_erf(graph, node_input(mul, 1 - i), whole)) {
            *out = (struct gate){MLP_GELU, 1, whole};
            return true;
        }
    }
    return false;
}

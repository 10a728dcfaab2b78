/* SPDX-License-Identifier: MIT
 *
 * Activations that ONNX writes as several operators, the last of them a
 * product of the data and of something made of it. */
#ifndef MLP_ONNX_GATES_H
#define MLP_ONNX_GATES_H

#include "mlp/network.h"
#include "onnx/lookup.h"

struct gate {
    mlp_activation activation;
    double gain; /* the product is so many times the activation */
    const char *data;
};

/* Is the Mul one of those? x sigmoid(x), x tanh(softplus(x)), and
 * x (1 + erf(x / sqrt 2)), which is 2 gelu(x), with a half in any place. */
bool gate_find(const struct lookup *graph,
               const Onnx__NodeProto *mul,
               struct gate *out);

#endif

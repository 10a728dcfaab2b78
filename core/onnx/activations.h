/* SPDX-License-Identifier: MIT
 *
 * Activations that ONNX has an operator for. */
#ifndef MLP_ONNX_ACTIVATIONS_H
#define MLP_ONNX_ACTIVATIONS_H

#include "mlp/network.h"
#include "onnx/lookup.h"

/* The node is one of them (steps.c).
 * Errors: MLP_INVALID  an attribute makes it another function than ours */
MLP_NODISCARD
mlp_status activation_read(const Onnx__NodeProto *node,
                           mlp_activation *out,
                           mlp_error *err);

#endif

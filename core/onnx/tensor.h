/* SPDX-License-Identifier: MIT
 *
 * A constant of a graph, checked: as many elements as its shape says. */
#ifndef MLP_ONNX_TENSOR_H
#define MLP_ONNX_TENSOR_H

#include <stdbool.h>

#include "onnx/wire.h"

enum { TENSOR_MAX_RANK = 8 };

struct tensor {
    const Onnx__TensorProto *proto; /* NULL: there is none */
    size_t rank, n;
    size_t dims[TENSOR_MAX_RANK];
};

/* Numbers (float32, float64, int32, int64), booleans or texts, inside of the
 * file.
 * Errors: MLP_INVALID, which names the tensor */
MLP_NODISCARD
mlp_status
tensor_open(const Onnx__TensorProto *proto, struct tensor *out, mlp_error *err);

bool tensor_is_text(const struct tensor *tensor);
bool tensor_is_bool(const struct tensor *tensor);
bool tensor_is_double(const struct tensor *tensor);

/* Element i < n of one with numbers (booleans are 0 and 1), or with texts. */
double tensor_number(const struct tensor *tensor, size_t i);
ProtobufCBinaryData tensor_text(const struct tensor *tensor, size_t i);

/* How a message calls it. */
const char *tensor_name(const struct tensor *tensor);

#endif

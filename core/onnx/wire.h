/* SPDX-License-Identifier: MIT
 *
 * A model's messages from bytes that nobody vouches for. */
#ifndef MLP_ONNX_WIRE_H
#define MLP_ONNX_WIRE_H

#include <onnx.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "mlp/status.h"

struct wire {
    Onnx__ModelProto *model;
    ProtobufCAllocator allocator;
    size_t left;  /* bytes that may still be allocated */
    bool starved; /* there was no memory for one of them */
};

/* Take apart what is at `bytes`. All that it becomes together has a ceiling in
 * proportion to `length`, as messages of two bytes each would become fifty
 * times that.
 * Errors:  MLP_FORMAT   no ONNX model; MLP_LIMIT  beyond the ceiling
 *          MLP_INVALID  it brings operators of its own by a standard name
 *          MLP_NOMEM
 * Owner:   the caller's storage; wire_free(), also after an error. */
MLP_NODISCARD
mlp_status
wire_read(struct wire *wire, const void *bytes, size_t length, mlp_error *err);
void wire_free(struct wire *wire);

#endif

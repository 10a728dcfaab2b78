/* SPDX-License-Identifier: MIT
 *
 * protobuf-c with an allocator that counts. */
#include "onnx/wire.h"

#include <stdlib.h>

#include "base/alloc.h"

/* Numbers become as many bytes as they have; nodes and their like, some. */
enum { SLACK_BYTES = 16 << 20 };

static void *counted_alloc(void *context, size_t size)
{
    struct wire *wire = context;
    if (size > wire->left) {
        wire->left = 0;
        return NULL;
    }
    wire->left -= size;
    return alloc_array(size, 1);
}

static void counted_free(void *context, void *block)
{
    (void)context;
    free(block);
}

mlp_status
wire_read(struct wire *wire, const void *bytes, size_t length, mlp_error *err)
{
    *wire = (struct wire){.left = 2 * length + SLACK_BYTES};
    wire->allocator = (ProtobufCAllocator){counted_alloc, counted_free, wire};
    wire->model = onnx__model_proto__unpack(&wire->allocator, length, bytes);
    if (wire->model == NULL && wire->left == 0)
        return mlp_fail(err, MLP_LIMIT,
                        "the ONNX file has more parts than a network needs");
    if (wire->model == NULL)
        return mlp_fail(err, MLP_FORMAT, "this is no ONNX file");
    if (wire->model->graph == NULL)
        return mlp_fail(err, MLP_FORMAT, "the ONNX file has no graph");
    return MLP_OK;
}

void wire_free(struct wire *wire)
{
    if (wire->model != NULL)
        onnx__model_proto__free_unpacked(wire->model, &wire->allocator);
    wire->model = NULL;
}

/* SPDX-License-Identifier: MIT
 *
 * protobuf-c with an allocator that counts. */
#include "onnx/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Numbers become as many bytes as they have; nodes and their like, some. */
enum { SLACK_BYTES = 4 << 20 };

static void *counted_alloc(void *context, size_t size)
{
    struct wire *wire = context;
    if (size > wire->left) {
        wire->left = 0;
        return NULL;
    }
    wire->left -= size;
    void *block = alloc_array(size, 1);
    wire->starved = wire->starved || block == NULL;
    return block;
}

static void counted_free(void *context, void *block)
{
    (void)context;
    free(block);
}

/* Which of two operators a name means is then up to each runtime. */
static mlp_status check_functions(const Onnx__ModelProto *model, mlp_error *err)
{
    for (size_t i = 0; i < model->n_functions; i++) {
        const Onnx__FunctionProto *function = model->functions[i];
        const char *domain = function->domain != NULL ? function->domain : "";
        if (*domain == '\0' || strcmp(domain, "ai.onnx") == 0 ||
            strcmp(domain, "ai.onnx.ml") == 0)
            return mlp_fail(err, MLP_INVALID,
                            "function '%.64s': the file has its own operator "
                            "of a standard domain",
                            function->name != NULL ? function->name : "");
    }
    return MLP_OK;
}

mlp_status
wire_read(struct wire *wire, const void *bytes, size_t length, mlp_error *err)
{
    size_t most;
    if (!size_mul(length, 2, &most) || !size_add(most, SLACK_BYTES, &most))
        most = SIZE_MAX;
    *wire = (struct wire){.left = most};
    wire->allocator = (ProtobufCAllocator){counted_alloc, counted_free, wire};
    wire->model = onnx__model_proto__unpack(&wire->allocator, length, bytes);
    if (wire->model == NULL && wire->starved)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an ONNX file");
    if (wire->model == NULL && wire->left == 0)
        return mlp_fail(err, MLP_LIMIT,
                        "the ONNX file has more parts than a network needs");
    if (wire->model == NULL)
        return mlp_fail(err, MLP_FORMAT, "this is no ONNX file");
    if (wire->model->graph == NULL)
        return mlp_fail(err, MLP_FORMAT, "the ONNX file has no graph");
    return check_functions(wire->model, err);
}

void wire_free(struct wire *wire)
{
    if (wire->model != NULL)
        onnx__model_proto__free_unpacked(wire->model, &wire->allocator);
    wire->model = NULL;
}

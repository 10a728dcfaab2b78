/* SPDX-License-Identifier: MIT */
#include "onnx_files.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mlp_buffer onnx_fixture(const char *name)
{
    char path[128], piece[4096];
    mlp_buffer bytes;
    size_t n;
    snprintf(path, sizeof path, "tests/data/onnx/%s.onnx", name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "cannot open %s", path);
    mlp_buffer_init(&bytes, SIZE_MAX - 1);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        mlp_buffer_append(&bytes, piece, n);
    fclose(file);
    return bytes;
}

/* What the fixture's query says: logits have classes. */
mlp_onnx_options onnx_options_of(const char *name)
{
    static const char *const species[] = {"setosa", "versicolor", "virginica"};
    if (strcmp(name, "torch_logits") != 0)
        return (mlp_onnx_options){0};
    return (mlp_onnx_options){MLP_TASK_CLASSIFICATION, species, 3};
}

mlp_model *onnx_imported(const char *name)
{
    mlp_buffer bytes = onnx_fixture(name);
    mlp_onnx_options options = onnx_options_of(name);
    mlp_model *model;
    mlp_error err;
    cr_assert_eq(
        mlp_model_read_onnx(bytes.data, bytes.length, &options, &model, &err),
        MLP_OK, "%s: %s", name, err.text);
    mlp_buffer_free(&bytes);
    return model;
}

void onnx_predict(const mlp_model *model,
                  const float *rows,
                  size_t n,
                  float *out)
{
    mlp_predictor *predictor;
    cr_assert_eq(mlp_predictor_create(model, 5, &predictor, NULL), MLP_OK);
    mlp_model_predict(model, predictor, rows, n, out);
    mlp_predictor_destroy(predictor);
}

Onnx__ModelProto *onnx_unpacked(const mlp_buffer *bytes)
{
    Onnx__ModelProto *proto = onnx__model_proto__unpack(
        NULL, bytes->length, (const uint8_t *)bytes->data);
    cr_assert_not_null(proto);
    return proto;
}

/* An allocation of exactly n bytes, so that a sanitizer sees one too far. */
mlp_status onnx_read_exactly(const char *bytes, size_t n, mlp_error *err)
{
    char *copy = malloc(n > 0 ? n : 1);
    mlp_model *model;
    memcpy(copy, bytes, n);
    *err = (mlp_error){0};
    mlp_status status = mlp_model_read_onnx(copy, n, NULL, &model, err);
    cr_assert_eq(status == MLP_OK, model != NULL);
    cr_assert_eq(status, err->status);
    mlp_model_destroy(model);
    free(copy);
    return status;
}

/* What is said of a fixture that `spoil` has changed. */
mlp_error onnx_refusal(const char *name, void (*spoil)(Onnx__ModelProto *proto))
{
    mlp_buffer bytes = onnx_fixture(name);
    Onnx__ModelProto *proto = onnx_unpacked(&bytes);
    mlp_error err;
    spoil(proto);
    size_t n = onnx__model_proto__get_packed_size(proto);
    uint8_t *packed = malloc(n);
    onnx__model_proto__pack(proto, packed);
    mlp_status status = onnx_read_exactly((const char *)packed, n, &err);
    cr_expect_neq(status, MLP_OK, "%s: it is not refused", name);
    free(packed);
    onnx__model_proto__free_unpacked(proto, NULL);
    mlp_buffer_free(&bytes);
    return err;
}

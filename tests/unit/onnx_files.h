/* SPDX-License-Identifier: MIT
 *
 * The ONNX files of tests/data/onnx, whole and spoilt. Each fails the test when
 * what it is asked for cannot be had. */
#ifndef TESTS_UNIT_ONNX_FILES_H
#define TESTS_UNIT_ONNX_FILES_H

#include <onnx.pb-c.h>

#include "mlp/onnx.h"

/* Its bytes. Owner: caller, mlp_buffer_free(). */
mlp_buffer onnx_fixture(const char *name);
/* What the fixture's query says: logits have classes. */
mlp_onnx_options onnx_options_of(const char *name);
mlp_model *onnx_imported(const char *name);

/* Its messages. Owner: caller, onnx__model_proto__free_unpacked(). */
Onnx__ModelProto *onnx_unpacked(const mlp_buffer *bytes);

/* [n, n_features] to [n, n_outputs]. */
void onnx_predict(const mlp_model *model,
                  const float *rows,
                  size_t n,
                  float *out);

/* Read and forget; from an allocation of exactly n bytes, so that a sanitizer
 * sees one too far. */
mlp_status onnx_read_exactly(const char *bytes, size_t n, mlp_error *err);

/* What is said of a fixture that `spoil` has changed. */
mlp_error onnx_refusal(const char *name,
                       void (*spoil)(Onnx__ModelProto *proto));

#endif

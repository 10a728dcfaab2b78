/* SPDX-License-Identifier: MIT
 *
 * Models as ONNX files, for other runtimes and from other trainers.
 *
 * A program that uses this links with libprotobuf-c. */
#ifndef MLP_ONNX_H
#define MLP_ONNX_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/model.h"
#include "mlp/status.h"

/* Write the model as ONNX (IR version 8, operator set 17, and ai.onnx.ml 2
 * where there are texts). The graph takes raw rows, as mlp_model_predict()
 * does, and answers the same up to rounding:
 *
 *     numbers alone      one input "inputs", float [N, n_features]
 *     any other column   an input [N, 1] a column, by its name: float for
 *                        numbers, string for text and booleans, double for
 *                        dates: seconds since 1970-01-01T00:00Z
 *
 * A missing cell is a NaN, of text the empty string (which is a level of its
 * own only where training had it as one). Outputs:
 *
 *     classification     "probabilities" [N, n_classes], "label" [N]
 *     multilabel         "probabilities" [N, n_targets], "labels", bool
 *     regression         "values" [N, n_targets]
 *
 * An output that would be called as a column is has '_' behind its name.
 * `name` (may be NULL) and `version` (0: none) are told in metadata_props, with
 * features, targets and classes.
 *
 * Errors:  MLP_LIMIT  the file would have 2 GiB or more, which ONNX cannot
 *          MLP_NOMEM, or the sink's
 * Threads: any. */
MLP_API MLP_NODISCARD mlp_status mlp_model_write_onnx(const mlp_model *model,
                                                      const char *name,
                                                      uint32_t version,
                                                      mlp_sink sink,
                                                      mlp_error *err);

/* What the graph leaves open; zeroed: nothing is said. */
typedef struct mlp_onnx_options {
    mlp_task task; /* AUTO: by the graph's last operator */
    /* Classes in the order of the outputs, or names of targets; of
     * n_labels texts. NULL: the graph's own, else 0, 1, … or y0, y1, … */
    const char *const *labels;
    size_t n_labels;
} mlp_onnx_options;

/* Read a multilayer perceptron from an ONNX file's bytes, which need not stay:
 * dense layers with the activations of network.h, a scaling of the inputs
 * before them and softmax or sigmoid behind them, as PyTorch and
 * scikit-learn export them. A single sigmoid is a classification of two.
 * Its record tells the producer and, in "warnings", what was rounded.
 *
 * Errors:  MLP_FORMAT   the bytes are no ONNX file
 *          MLP_INVALID  it is something else than such a network: the text
 *                       names node and operator, or the tensor
 *          MLP_LIMIT, MLP_NOMEM
 * Owner:   caller; mlp_model_destroy().  Threads: any. */
MLP_API MLP_NODISCARD mlp_status
mlp_model_read_onnx(const void *bytes,
                    size_t length,
                    const mlp_onnx_options *options,
                    mlp_model **out,
                    mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What a network's last numbers are taken for: the task, its classes or
 * targets, and the function at the end. */
#ifndef MLP_ONNX_OUTPUTS_H
#define MLP_ONNX_OUTPUTS_H

#include "mlp/onnx.h"
#include "onnx/ending.h"
#include "onnx/layers.h"

struct outputs {
    mlp_task task;
    mlp_output output;
    struct label_list classes; /* ascending, as the last layer's rows are */
    struct label_list targets;
    bool added; /* softmax or sigmoid, which the graph had not */
};

/* Decide, and bring the last layer into that form: two rows for one sigmoid,
 * rows in the order of the classes. `targets`: names for them, or empty.
 * Errors: MLP_INVALID, MLP_NOMEM
 * Owner:  the caller's storage; outputs_free(), also after an error. */
MLP_NODISCARD
mlp_status outputs_decide(struct outputs *outputs,
                          struct layers *layers,
                          const struct ending *ending,
                          const struct label_list *targets,
                          const mlp_onnx_options *options,
                          mlp_error *err);
void outputs_free(struct outputs *outputs);

#endif

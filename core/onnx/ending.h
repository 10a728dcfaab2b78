/* SPDX-License-Identifier: MIT
 *
 * A graph's outputs: which one holds the numbers, and what is said of classes
 * on the way to the others. */
#ifndef MLP_ONNX_ENDING_H
#define MLP_ONNX_ENDING_H

#include "model/bundle.h"
#include "onnx/lookup.h"

struct ending {
    const char *data;  /* the value with the numbers */
    const char *label; /* what the class is taken from, or NULL */
    bool argmax;       /* one class a row … */
    const Onnx__NodeProto *comparison; /* … or any number of labels */
    struct label_list classes; /* in the order of the outputs; or none */
};

/* Errors: MLP_INVALID, MLP_NOMEM
 * Owner:  the caller's storage; ending_free(), also after an error. */
MLP_NODISCARD
mlp_status
ending_find(struct ending *ending, const struct lookup *graph, mlp_error *err);
void ending_free(struct ending *ending);

#endif

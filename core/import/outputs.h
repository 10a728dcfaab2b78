/* SPDX-License-Identifier: MIT
 *
 * What a network's last numbers are taken for: the task, its classes or
 * targets, and the function at the end. */
#ifndef MLP_IMPORT_OUTPUTS_H
#define MLP_IMPORT_OUTPUTS_H

#include "import/layers.h"
#include "mlp/fit.h"
#include "model/labels.h"

/* What was said of them beside the file; zeroed: nothing. */
struct outputs_asked {
    mlp_task task;             /* AUTO: by their form */
    const char *const *labels; /* classes, or names of targets; NULL: none */
    size_t n_labels;
};

/* What the file tells, beside the layers. */
struct outputs_told {
    bool argmax;                      /* one class a row … */
    bool threshold;                   /* … or any number of labels */
    const struct label_list *classes; /* in the order of the outputs, or … */
    const struct label_list *targets; /* names; … either may be empty */
};

struct outputs {
    mlp_task task;
    mlp_output output;
    struct label_list classes; /* ascending, as the last layer's rows are */
    struct label_list targets;
    bool added; /* softmax or sigmoid, which the graph had not */
};

/* Decide, and bring the last layer into that form: two rows for one sigmoid,
 * rows in the order of the classes.
 * Errors: MLP_INVALID, MLP_NOMEM
 * Owner:  the caller's storage; outputs_free(), also after an error. */
MLP_NODISCARD
mlp_status outputs_decide(struct outputs *outputs,
                          struct layers *layers,
                          const struct outputs_told *told,
                          const struct outputs_asked *asked,
                          mlp_error *err);
void outputs_free(struct outputs *outputs);

/* Append a text that a label can be: UTF-8 without a NUL, not empty.
 * Errors: MLP_INVALID, MLP_NOMEM */
MLP_NODISCARD
mlp_status outputs_add_text(struct label_list *list,
                            const void *text,
                            size_t length,
                            mlp_error *err);

#endif

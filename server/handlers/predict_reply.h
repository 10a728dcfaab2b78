/* SPDX-License-Identifier: MIT
 *
 * What a model's outputs say, as JSON or CSV, straight into one buffer. */
#ifndef MLPD_PREDICT_REPLY_H
#define MLPD_PREDICT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handlers/predict_explain.h"
#include "handlers/predict_health.h"
#include "mlp/buffer.h"
#include "mlp/model.h"
#include "mlp/status.h"

/* What an answer looks like; the pointers must outlive it. */
struct predict_form {
    const char *name; /* of the model; goes into the JSON … */
    uint32_t version; /* … with this */
    size_t top;       /* keep so many probabilities; 0: all. Not with CSV */
    bool csv, explain;
    const float *half_widths;      /* [n_targets], of intervals; or NULL */
    struct predict_health *health; /* which looks at each row; or NULL */
};

/* classification: {"label":"a","probabilities":{"a":0.9,"b":0.1}}
 * regression:     {"value":3.2}, of several targets {"values":{"a":1,"b":2}};
 *                 with "interval":[3,3.4], "intervals":{"a":[0,2],"b":[1,3]}
 * multilabel:     {"labels":["a"],"probabilities":{"a":0.7,"b":0.2}}
 * CSV: a line of names and a line a row: label and a column a class; or a
 * column a target, then low and high, of several a_low, a_high. A figure that
 * is not finite is null, in CSV empty. */
struct predict_reply {
    mlp_buffer *out;
    const mlp_model *model;
    struct predict_form form;
    size_t n_rows;                   /* written so far */
    size_t *ranked;                  /* [n_outputs], scratch for top */
    struct predict_explain *explain; /* NULL; or set by the caller: what it says
                                        of the same rows comes with them */
};

/* model and out must outlive it.
 * Errors: MLP_NOMEM.  Threads: any, one at a time. */
mlp_status predict_reply_begin(struct predict_reply *reply,
                               mlp_buffer *out,
                               const mlp_model *model,
                               const struct predict_form *form,
                               mlp_error *err);
/* outputs: [n_rows, n_outputs] as mlp_model_predict() gives them. */
void predict_reply_rows(struct predict_reply *reply,
                        const float *outputs,
                        size_t n_rows);
/* Ends the text, and frees what begin took. */
void predict_reply_end(struct predict_reply *reply);

#endif

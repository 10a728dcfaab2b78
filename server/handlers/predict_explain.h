/* SPDX-License-Identifier: MIT
 *
 * What each column adds to a prediction, as JSON beside it:
 *
 *     "explanation":{"of":"setosa","baseline":-0.7,"value":3.1,
 *                    "contributions":{"petal_length":1.2,…}}
 *
 * of the class that is said, or of the target (mlp/explain.h says in what
 * unit); of several targets or labels "explanations", a list of one each. null
 * where no class is said. */
#ifndef MLPD_PREDICT_EXPLAIN_H
#define MLPD_PREDICT_EXPLAIN_H

#include <stdbool.h>

#include "http/problem.h"
#include "mlp/buffer.h"
#include "mlp/explain.h"
#include "store/live_model.h"

/* At a time; each is some hundred predictions' work. */
enum { PREDICT_EXPLAIN_MAX = 1000 };

/* Zero-initialised it explains nothing, and can be freed. */
struct predict_explain {
    const mlp_model *model;
    mlp_explainer *explainer;
    size_t n_each;    /* explanations of a row */
    size_t next;      /* of the slice, to be written */
    size_t *outputs;  /* [rows of a slice]: what is explained … */
    bool *unsaid;     /* … or that there is nothing to explain */
    float *parts;     /* [n_each, rows of a slice, n_features] */
    float *baselines; /* [n_each, rows of a slice] */
    float *values;    /* likewise */
    size_t max_rows;
};

/* May so many rows be explained at a time?  Threads: any. */
bool predict_explain_check(const struct live_model *live,
                           size_t n_rows,
                           struct problem *problem);
/* How many times the work of a prediction it is.  Threads: any. */
uint64_t predict_explain_cost(const mlp_model *model);

/* Errors: MLP_NOMEM.  Owner: the caller's storage; predict_explain_end() in any
 * case.  Threads: any, one at a time. */
mlp_status predict_explain_begin(struct predict_explain *explain,
                                 const mlp_model *model,
                                 size_t max_rows,
                                 mlp_error *err);
void predict_explain_end(struct predict_explain *explain);

/* The next slice: rows [n, n_features], n up to max_rows, and what the model
 * says of them, outputs [n, n_outputs]. */
void predict_explain_rows(struct predict_explain *explain,
                          const float *rows,
                          const float *outputs,
                          size_t n);
/* The next row's: an object, null, or of several targets a list. */
void predict_explain_write_value(struct predict_explain *explain,
                                 mlp_buffer *out);
/* The same as a further member, with a comma before it. */
void predict_explain_write(struct predict_explain *explain, mlp_buffer *out);

#endif

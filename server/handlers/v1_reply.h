/* SPDX-License-Identifier: MIT
 *
 * What a model's outputs say, as TensorFlow Serving writes it:
 *
 *   predict   {"predictions":[…]}, of columns {"outputs":[…]}; a row is the
 * list of its probabilities or values, of one target the bare value classify
 * {"results":[[["setosa",0.98],["virginica",0.02]],…]} regress
 * {"results":[3.5,…]} explain   {"explanations":[…]}, as KServe does
 *
 * A whole number has a ".0"; one that is not finite is NaN, Infinity or
 * -Infinity, which is no JSON but what these clients read. */
#ifndef MLPD_V1_REPLY_H
#define MLPD_V1_REPLY_H

#include "handlers/predict_explain.h"
#include "handlers/v1_request.h"
#include "mlp/buffer.h"

struct v1_reply {
    mlp_buffer *out;
    const mlp_model *model;
    enum v1_method method;
    struct predict_explain *explain; /* of V1_EXPLAIN */
    size_t n_rows;                   /* written so far */
};

/* Does the method go with the model? False with a problem.  Threads: any. */
bool v1_reply_check(enum v1_method method,
                    const struct live_model *live,
                    struct problem *problem);

/* What it points to must outlive it.  Threads: any, one at a time. */
void v1_reply_begin(const struct v1_reply *reply, bool by_column);
/* outputs: [n_rows, n_outputs] as mlp_model_predict() gives them. */
void v1_reply_rows(struct v1_reply *reply, const float *outputs, size_t n_rows);
void v1_reply_end(const struct v1_reply *reply);

#endif

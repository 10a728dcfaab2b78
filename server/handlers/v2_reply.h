/* SPDX-License-Identifier: MIT
 *
 * A model's outputs as the tensors that a client asked for: JSON, or JSON with
 * raw tensors behind it, in one buffer. */
#ifndef MLPD_V2_REPLY_H
#define MLPD_V2_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "handlers/v2_model.h"
#include "handlers/v2_request.h"
#include "http/problem.h"
#include "mlp/buffer.h"
#include "store/live_model.h"

/* A tensor of the answer. */
struct v2_output {
    struct v2_tensor_spec spec; /* as it is sent */
    bool label;                 /* of the best class */
    bool binary;
    size_t n_classes; /* the best so many, as "value:index:label" */
    mlp_buffer texts; /* binary BYTES, made before their size is told */
};

struct v2_outputs {
    struct v2_output *items; /* [n], owned */
    size_t n;
    bool binary; /* one of them is */
};

/* Which tensors they are, in the order that was asked for. False with a
 * problem: one that the model does not have, or not so.
 * Owner: caller; v2_outputs_free().  Threads: any. */
bool v2_outputs_choose(struct v2_outputs *outputs,
                       const struct v2_request *request,
                       const struct live_model *live,
                       struct problem *problem);
void v2_outputs_free(struct v2_outputs *outputs);

/* Write all of it; values: [n_rows, n_outputs of the model]. *json_bytes is how
 * long the JSON is. False with a problem: a label was asked for, and the values
 * of a row are no numbers. An error of the buffer stays there.
 * Threads: any. */
bool v2_reply_write(struct v2_outputs *outputs,
                    const struct v2_request *request,
                    const struct live_model *live,
                    const float *values,
                    size_t n_rows,
                    mlp_buffer *out,
                    size_t *json_bytes,
                    struct problem *problem);

#endif

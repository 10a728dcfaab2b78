/* SPDX-License-Identifier: MIT
 *
 * From the tensors of a request to the rows of a model: one tensor with a
 * column a feature, or an input for each column, found by name. */
#ifndef MLPD_V2_ROWS_H
#define MLPD_V2_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "handlers/v2_request.h"
#include "http/problem.h"
#include "store/live_model.h"

struct v2_rows {
    const float *values; /* [n, n_features of the model] */
    size_t n;
    float *owned; /* what to free, or NULL */
};

struct v2_rows_limits {
    size_t max_rows;
    size_t max_cells;
};

/* The cells are those that /predict would make of the same rows. False with a
 * problem. values may be the request's own: as long as that.
 * Owner: caller; v2_rows_free().  Threads: http, pool. */
bool v2_rows_read(struct v2_rows *rows,
                  const struct v2_request *request,
                  const struct live_model *live,
                  const struct v2_rows_limits *limits,
                  struct problem *problem);
void v2_rows_free(struct v2_rows *rows);

#endif

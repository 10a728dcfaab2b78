/* SPDX-License-Identifier: MIT
 *
 * The rows of a prediction, from whichever form they came in, as the plain
 * numbers that the model takes. */
#ifndef MLPD_PREDICT_ROWS_H
#define MLPD_PREDICT_ROWS_H

#include "handlers/app.h"

struct predict_rows {
    const float *values; /* [n, n_features of the model] */
    size_t n;
    float *owned; /* what to free, or NULL */
};

/* Is the Content-Type one whose body is kept in memory as it is?
 * Threads: http. */
bool predict_rows_takes(const struct http_request *request);

/* From the request's body, for `live`: JSON inputs, NPY and IDX by position;
 * JSON records, columns and rows, NDJSON and CSV by name. False with a problem.
 * Valid as long as the request.  Threads: http. */
bool predict_rows_read(struct predict_rows *rows,
                       struct http_request *request,
                       const struct live_model *live,
                       struct problem *problem);
void predict_rows_free(struct predict_rows *rows);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The rows of a prediction, from whichever form they came in, as the cells that
 * the model takes. */
#ifndef MLPD_PREDICT_ROWS_H
#define MLPD_PREDICT_ROWS_H

#include "handlers/app.h"

struct predict_rows {
    const float *values; /* [n, n_features of the model] */
    size_t n;
    float *owned; /* what to free, or NULL */
    bool named;   /* the columns were found by name */
    bool *absent; /* [n_features]: those that there were no columns for */
    /* What they said, before they were cells: a table, or numbers. */
    mlp_table *table;
    const float *numbers; /* [n, n_features] */
};

/* Is the Content-Type one whose body is kept in memory as it is?
 * Threads: http. */
bool predict_rows_takes(const struct http_request *request);

/* From the request's body, for `live`: JSON inputs, NPY and IDX by position;
 * JSON records, columns and rows, NDJSON and CSV by name. A column that is not
 * there is a problem, unless it is `may_lack`: then its cells are missing.
 * False with a problem. Valid as long as the request.  Threads: http, pool. */
bool predict_rows_read(struct predict_rows *rows,
                       struct http_request *request,
                       const struct live_model *live,
                       bool may_lack,
                       struct problem *problem);
/* The same of what another dialect has read. Numbers are by position, and must
 * stay; a table, which is taken in any case, is by name. */
struct predict_numbers {
    const float *values; /* [n_rows, n_columns] */
    size_t n_rows, n_columns;
    const char *name; /* of the member that they were, at most 16 bytes */
};
bool predict_rows_of_numbers(struct predict_rows *rows,
                             struct http_request *request,
                             const struct live_model *live,
                             const struct predict_numbers *numbers,
                             struct problem *problem);
bool predict_rows_of_table(struct predict_rows *rows,
                           struct http_request *request,
                           const struct live_model *live,
                           mlp_table *table,
                           bool may_lack,
                           struct problem *problem);
void predict_rows_free(struct predict_rows *rows);

/* Append what cell (row, feature) was in the body, as a JSON value. False, with
 * nothing written: it was missing, or is long.  Threads: any. */
bool predict_rows_quote(const struct predict_rows *rows,
                        const mlp_model *model,
                        size_t row,
                        size_t feature,
                        mlp_buffer *out);

#endif

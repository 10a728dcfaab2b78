/* SPDX-License-Identifier: MIT
 *
 * From the values of a body in TensorFlow Serving's dialect to the rows that a
 * model takes. A model of numbers has one input of all columns, and may be
 * asked by their names as well; any other has an input for each column. */
#ifndef MLPD_V1_ROWS_H
#define MLPD_V1_ROWS_H

#include "handlers/predict_rows.h"

/* Has the model one input, or one a column?  Threads: any. */
bool v1_has_one_input(const mlp_model *model);

/* How many rows a body has that is asked before it is read, and whether they
 * are numbers already.  Threads: http, pool. */
size_t v1_rows_count(const struct http_request *request, bool *numbers);

/* False with a problem. Valid as long as the request; once.
 * Owner: predict_rows_free().  Threads: http, pool. */
bool v1_rows_read(struct predict_rows *rows,
                  struct http_request *request,
                  const struct live_model *live,
                  struct problem *problem);

#endif

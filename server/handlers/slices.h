/* SPDX-License-Identifier: MIT
 *
 * Rows through a model, slice by slice: what /predict, /v1 and /v2 have in
 * common, whatever they make of rows and outputs. */
#ifndef MLPD_SLICES_H
#define MLPD_SLICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/request.h"
#include "mlp/model.h"
#include "store/live_model.h"

enum { SLICE_ROWS = 64 }; /* at most at once: their outputs stay in the cache */

/* Takes a slice, rows: [n, n_features] and outputs: [n, n_outputs]. False: no
 * further ones are wanted, which is no error. */
typedef bool
slices_take(void *context, const float *rows, const float *outputs, size_t n);

/* All slices, in order. Errors: MLP_NOMEM; MLP_CANCELLED the daemon ends.
 * Threads: any; the handler's of this request. */
MLP_NODISCARD
mlp_status slices_push(const struct http_request *request,
                       const struct live_model *live,
                       const float *rows,
                       size_t n_rows,
                       slices_take *take,
                       void *context,
                       mlp_error *err);

/* Are so many rows done within some 5 ms of an HTTP thread, of which there are
 * few, each pushed through `times` times? */
bool slices_are_quick(const mlp_model *model, uint64_t n_rows, uint64_t times);

#endif

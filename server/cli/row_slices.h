/* SPDX-License-Identifier: MIT
 *
 * A text file of rows in parts, each with the heading again, so that a file of
 * any size can be asked about under a server's limits. Knows as much of CSV as
 * it takes not to cut a quoted cell. */
#ifndef MLPD_ROW_SLICES_H
#define MLPD_ROW_SLICES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "mlp/buffer.h"

struct row_slices {
    FILE *in; /* the caller's */
    bool has_heading;
    size_t max_rows, max_bytes;
    mlp_buffer heading;
    mlp_buffer rows; /* of the slice at hand */
    size_t *starts;  /* of each row, and the end: n_rows + 1 of them */
    size_t n_rows;
    uint64_t n_before; /* rows in earlier slices */
    bool ended;
};

/* CSV (with a heading) or NDJSON (without).  Errors: MLP_NOMEM.
 * Owner: caller; row_slices_free(), on errors, too. */
mlp_status row_slices_init(struct row_slices *slices,
                           FILE *in,
                           bool has_heading,
                           size_t max_rows,
                           size_t max_bytes,
                           mlp_error *err);
void row_slices_free(struct row_slices *slices);

/* Read the next slice: at most max_rows, and no further one behind max_bytes.
 * n_rows is 0 at the end.
 * Errors: MLP_INVALID (cannot be read; a cell is not closed, a row is longer
 *         than 16 MiB), MLP_NOMEM. */
mlp_status row_slices_next(struct row_slices *slices, mlp_error *err);

/* The heading and rows [from, to) of the slice, in `out`. */
void row_slices_part(const struct row_slices *slices,
                     size_t from,
                     size_t to,
                     mlp_buffer *out);

/* Bytes of the first record of a CSV text, with its line end. */
size_t row_slices_first(const char *text, size_t length);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Rows of a large matrix, which may be of bytes, as a small one of scaled
 * numbers: what a batch begins with. */
#ifndef MLP_MATH_GATHER_H
#define MLP_MATH_GATHER_H

#include "math/rows.h"

/* x[i * x_row + j] = (from[rows[i]][j] - shift[j]) * scale[j], or 0 where that
 * number is a NaN; rows NULL: 0, 1, …  Threads: any. */
void gather_rows(const struct gather *from,
                 const uint32_t *rows,
                 size_t n,
                 mlp_real *x,
                 size_t x_row);

#endif

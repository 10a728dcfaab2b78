/* SPDX-License-Identifier: MIT
 *
 * Raw numbers to a network's inputs, x = (value - shift) * scale, a missing one
 * becoming 0. One function does it in training and in serving, so that both
 * see the same bits. */
#ifndef MLP_MODEL_SCALING_H
#define MLP_MODEL_SCALING_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/model.h"
#include "model/statistics.h"

/* x[i * n + j] = (rows[i * n + j] - shift[j]) * scale[j]; x may be rows.
 * Threads: any. */
void scaling_apply(const float *shift,
                   const float *scale,
                   const float *rows,
                   size_t n_rows,
                   size_t n,
                   float *x);

/* What AUTO means for n columns of n_rows rows that look like this. */
mlp_scaling scaling_choose(const struct column_statistics *columns,
                           size_t n,
                           size_t n_rows);

/* Shift and scale of n columns; `scaling` is not AUTO, and `columns` are not
 * looked at unless it is STANDARD. */
void scaling_fit(mlp_scaling scaling,
                 const struct column_statistics *columns,
                 size_t n,
                 float *shift,
                 float *scale);

/* Is every shift 0 and every scale the same?  Threads: any. */
bool scaling_is_uniform(const float *shift, const float *scale, size_t n);

#endif

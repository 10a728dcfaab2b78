/* SPDX-License-Identifier: MIT
 *
 * Shift and scale of numbers, where statistics are enough to find them. */
#ifndef MLP_MODEL_SCALING_H
#define MLP_MODEL_SCALING_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/model.h"
#include "model/statistics.h"

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

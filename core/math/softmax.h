/* SPDX-License-Identifier: MIT
 *
 * Softmax and its logarithm, by the largest term, so that no exponential
 * overflows. */
#ifndef MLP_MATH_SOFTMAX_H
#define MLP_MATH_SOFTMAX_H

#include <stddef.h>

#include "mlp/status.h"

/* log p[c] = (z[c] - max) - log_sum, exact where p[c] itself is 0. */
struct softmax_norm {
    mlp_real max, log_sum;
};

/* p[c] = exp(z[c]) / sum over k of exp(z[k]); p may be z.  Threads: any. */
struct softmax_norm softmax(const mlp_real *z, size_t n, mlp_real *p);

/* The chain rule through p = softmax(z): d, which is dL/dp, becomes dL/dz,
 * that is d[c] = p[c] (d[c] - sum over k of d[k] p[k]).  Threads: any. */
void softmax_chain(const mlp_real *p, size_t n, mlp_real *d);

#endif

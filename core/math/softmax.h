/* SPDX-License-Identifier: MIT
 *
 * Softmax over rows, and the loss behind it, by the largest term, so that no
 * exponential overflows; the same bits with every instruction set. */
#ifndef MLP_MATH_SOFTMAX_H
#define MLP_MATH_SOFTMAX_H

#include "math/rows.h"

/* p[i][c] = exp(z[i][c]) / sum over k of exp(z[i][k]), for n > 0 rows of z and
 * p, both [n, width]; p may be z. A row's bits do not depend on the others.
 * Threads: any. */
void softmax(size_t n, size_t width, const mlp_real *z, mlp_real *p);

/* The chain rule through p = softmax(z) of one row: d, which is dL/dp, becomes
 * dL/dz, that is d[c] = p[c] (d[c] - sum over k of d[k] p[k]).  Threads: any.
 */
void softmax_chain(const mlp_real *p, size_t n, mlp_real *d);

/* Fills p, d and losses.  Threads: any. */
void cross_entropy(const struct cross_entropy *rows);

#endif

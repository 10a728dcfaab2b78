/* SPDX-License-Identifier: MIT
 *
 * The three matrix products of a dense layer. All matrices are row-major
 * without gaps; the weights are kept transposed, w: [in, out], so that the
 * innermost loop of forward and gradient runs along a row of them.
 *
 * Each element of a result is one sum, taken term by term in ascending order
 * of the summed index: it depends neither on its neighbours nor on how the
 * work is cut into blocks or into calls. */
#ifndef MLP_MATH_GEMM_H
#define MLP_MATH_GEMM_H

#include <stddef.h>

#include "mlp/status.h"

/* y[i][o] = b[o] + sum over k of x[i][k] w[k][o]
 * x: [n, n_in], w: [n_in, n_out], b: [n_out], y: [n, n_out].  Threads: any. */
void gemm_forward(size_t n,
                  size_t n_in,
                  size_t n_out,
                  const mlp_real *x,
                  const mlp_real *w,
                  const mlp_real *b,
                  mlp_real *y);

/* The chain rule for y = x w + b, given dy = dL/dy:
 *
 *     dx = dy w^T      dw += x^T dy      db += sum over rows of dy
 *
 * dw and db are added to, so that a batch may come in several calls; terms are
 * added in the order of the rows.  Threads: any. */
void gemm_backward(size_t n,
                   size_t n_in,
                   size_t n_out,
                   const mlp_real *dy,
                   const mlp_real *w,
                   mlp_real *dx);
void gemm_gradient(size_t n,
                   size_t n_in,
                   size_t n_out,
                   const mlp_real *x,
                   const mlp_real *dy,
                   mlp_real *dw,
                   mlp_real *db);

#endif

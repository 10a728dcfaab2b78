/* SPDX-License-Identifier: MIT
 *
 * The three matrix products of a dense layer, laid out as in layout.h.
 *
 * Every element of a result is a sum by fused multiply-add in an order that
 * the shape of the layer alone decides; reference.c says it in plain loops,
 * and each instruction set gives its bits. It depends neither on the rows
 * beside it nor on how the work is cut into calls. n > 0; a part may be empty.
 */
#ifndef MLP_MATH_GEMM_H
#define MLP_MATH_GEMM_H

#include "math/layout.h"
#include "math/rule.h"

/* y[i][o] = b[o] + sum over k of x[i][k] w[k][o], or 0 where that is below 0
 * and `relu`;  x: [n, n_in], b: [n_out], y: [n, n_out]. Only columns `outputs`
 * of y are written; outputs.first is a multiple of GEMM_PANEL.
 * Threads: any; several at once on parts of one y. */
void gemm_forward(struct gemm size,
                  const mlp_real *x,
                  const mlp_real *w,
                  const mlp_real *b,
                  bool relu,
                  struct span outputs,
                  mlp_real *y);

/* The same for finite w and b, but that a 0 may have either sign: of one or
 * two rows the numbers that are 0 are left out where they are many. */
void gemm_predict(struct gemm size,
                  const mlp_real *x,
                  const mlp_real *w,
                  const mlp_real *b,
                  bool relu,
                  struct span outputs,
                  mlp_real *y);

/* The chain rule, given dy = dL/dy: [n, n_out]:
 *
 *     dx = dy w^T      dw = x^T dy      db = sum over rows of dy
 *
 * for `inputs` of dx's columns and of dw's rows; whoever does input 0 does db.
 * With `add`, dw and db are added to, so that a batch may come in several
 * calls; terms are added in the order of the rows. `scratch` is NULL or the
 * call's own room for those inputs of x, which speeds up wide layers. With
 * `then`, w and b are updated by the gradient, each part as soon as it is
 * there, and what dw holds afterwards means nothing.
 * Threads: any; several at once on parts of one dx or dw. */
void gemm_backward(struct gemm size,
                   const mlp_real *dy,
                   const mlp_real *w,
                   struct span inputs,
                   mlp_real *dx);
void gemm_gradient(struct gemm size,
                   const mlp_real *x,
                   const mlp_real *dy,
                   bool add,
                   struct span inputs,
                   mlp_real *scratch,
                   mlp_real *dw,
                   mlp_real *db,
                   const struct descent *then);

#endif

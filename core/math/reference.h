/* SPDX-License-Identifier: MIT
 *
 * The products of gemm.h in three plain loops: what they are, to the bit.
 * Nothing but the tests calls these. */
#ifndef MLP_MATH_REFERENCE_H
#define MLP_MATH_REFERENCE_H

#include "math/layout.h"

void reference_forward(struct gemm size,
                       const mlp_real *x,
                       const mlp_real *w,
                       const mlp_real *b,
                       bool relu,
                       struct span outputs,
                       mlp_real *y);
void reference_backward(struct gemm size,
                        const mlp_real *dy,
                        const mlp_real *w,
                        struct span inputs,
                        mlp_real *dx);
void reference_gradient(struct gemm size,
                        const mlp_real *x,
                        const mlp_real *dy,
                        bool add,
                        struct span inputs,
                        mlp_real *dw,
                        mlp_real *db);

#endif

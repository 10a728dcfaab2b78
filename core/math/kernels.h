/* SPDX-License-Identifier: MIT
 *
 * What is compiled once for each instruction set. Which one is used changes no
 * bit of any result. */
#ifndef MLP_MATH_KERNELS_H
#define MLP_MATH_KERNELS_H

#include "math/layout.h"

struct kernels {
    const char *name;
    size_t lanes; /* numbers in a vector */
    void (*forward)(struct gemm size,
                    const mlp_real *x,
                    const mlp_real *w,
                    const mlp_real *b,
                    bool relu,
                    struct span outputs,
                    mlp_real *y);
    void (*backward)(struct gemm size,
                     const mlp_real *dy,
                     const mlp_real *w,
                     struct span inputs,
                     mlp_real *dx);
    void (*gradient)(struct gemm size,
                     const mlp_real *x,
                     const mlp_real *dy,
                     bool add,
                     struct span inputs,
                     mlp_real *scratch,
                     mlp_real *dw,
                     mlp_real *db);
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * What is compiled once for each instruction set. Which one is used changes no
 * bit of any result. */
#ifndef MLP_MATH_KERNELS_H
#define MLP_MATH_KERNELS_H

#include "math/layout.h"
#include "math/rows.h"
#include "math/rule.h"

/* y[i] = f(x[i]) of functions.h; y may be x. */
typedef void block_function(const mlp_real *x, size_t n, mlp_real *y);
enum {
    FUNCTION_EXP,
    FUNCTION_EXPM1,
    FUNCTION_LOG,
    FUNCTION_LOG1P,
    FUNCTION_ERF,
    FUNCTION_ERFC,
    N_FUNCTIONS
};

/* One activation; see activation.h. */
struct activation_blocks {
    block_function *apply;
    void (*chain)(const mlp_real *z, const mlp_real *a, size_t n, mlp_real *d);
};

/* See gemm_forward(). */
typedef void forward_function(struct gemm size,
                              const mlp_real *x,
                              const mlp_real *w,
                              const mlp_real *b,
                              bool relu,
                              struct span outputs,
                              mlp_real *y);

struct kernels {
    const char *name;
    size_t lanes; /* numbers in a vector */
    forward_function *forward, *predict;
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
                     mlp_real *db,
                     const struct descent *then);
    const struct activation_blocks *activations; /* by mlp_activation */
    block_function *const *functions;            /* by FUNCTION_… */
    void (*softmax)(size_t n, size_t width, const mlp_real *z, mlp_real *p);
    void (*cross_entropy)(const struct cross_entropy *rows);
    void (*gather)(const struct gather *from,
                   const uint32_t *rows,
                   size_t n,
                   mlp_real *x,
                   size_t x_row);
    void (*periodic_embed)(const struct periodic *column,
                           size_t n,
                           const mlp_real *x,
                           size_t x_row,
                           mlp_real *y,
                           size_t y_row);
    void (*periodic_gradient)(const struct periodic *column,
                              size_t n,
                              const mlp_real *x,
                              size_t x_row,
                              const mlp_real *d,
                              size_t d_row,
                              bool add,
                              mlp_real *g);
    void (*drop)(const struct dropout *dropout,
                 uint64_t first,
                 size_t n,
                 const mlp_real *a,
                 mlp_real *mask,
                 mlp_real *out);
    void (*periodic_slope)(const struct periodic *column,
                           size_t n,
                           const mlp_real *x,
                           size_t x_row,
                           const mlp_real *d,
                           size_t d_row,
                           mlp_real *dx,
                           size_t dx_row);
    void (*update)(const struct descending *parameters,
                   size_t n,
                   const mlp_real *g);
};

#endif

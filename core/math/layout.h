/* SPDX-License-Identifier: MIT
 *
 * How the matrices of a dense layer y = x w + b lie in memory. x, y and their
 * gradients are row-major without gaps. The weights w: [n_in, n_out] and their
 * gradient are kept in panels: the first 16 columns as a matrix [n_in, 16],
 * then the next 16, and so on; the last panel is as narrow as what is left. So
 * a kernel that holds 16 sums of a row reads a panel from end to end. */
#ifndef MLP_MATH_LAYOUT_H
#define MLP_MATH_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/status.h"

enum {
    GEMM_PANEL = 16,
    GEMM_RUNS = 4, /* see gemm_runs() */
};

struct gemm {
    size_t n, n_in, n_out;
};

/* [first, end) of the columns of a result: the part that a call works on. */
struct span {
    size_t first, end;
};

/* Where w[k][o] is.  Threads: any. */
static inline size_t gemm_at(size_t n_in, size_t n_out, size_t k, size_t o)
{
    size_t panel = o - o % GEMM_PANEL;
    size_t width = n_out - panel < GEMM_PANEL ? n_out - panel : GEMM_PANEL;
    return panel * n_in + k * width + o % GEMM_PANEL;
}

/* Into how many runs of k the sums of forward are cut. One chain of additions
 * per output is slow where there are few outputs and many inputs: four can go
 * on side by side.  Threads: any. */
static inline size_t gemm_runs(size_t n_in, size_t n_out)
{
    return n_out <= 64 && n_in >= 256 ? GEMM_RUNS : 1;
}

#endif

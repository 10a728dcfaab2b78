/* SPDX-License-Identifier: MIT
 *
 * Periodic embeddings, by the instruction set in use. */
#ifndef MLP_MATH_PERIODIC_H
#define MLP_MATH_PERIODIC_H

#include <stdbool.h>
#include <stddef.h>

#include "math/rows.h"
#include "mlp/embedding.h"

/* As they lie behind each other in a network's block. */
struct periodic periodic_at(const mlp_real *parameters);

/* The column x[i * x_row] of n rows becomes MLP_PERIODIC_UNITS numbers from
 * y[i * y_row] on.  Threads: any. */
void periodic_embed(const struct periodic *column,
                    size_t n,
                    const mlp_real *x,
                    size_t x_row,
                    mlp_real *y,
                    size_t y_row);

/* From the loss's gradient by these, d[i * d_row], to that by the parameters,
 * g[MLP_PERIODIC_PARAMETERS] in their order, which it becomes or is added to.
 * Threads: any. */
void periodic_gradient(const struct periodic *column,
                       size_t n,
                       const mlp_real *x,
                       size_t x_row,
                       const mlp_real *d,
                       size_t d_row,
                       bool add,
                       mlp_real *g);

/* … and to that by x, which becomes dx[i * dx_row].  Threads: any. */
void periodic_slope(const struct periodic *column,
                    size_t n,
                    const mlp_real *x,
                    size_t x_row,
                    const mlp_real *d,
                    size_t d_row,
                    mlp_real *dx,
                    size_t dx_row);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Periodic embeddings, by the instruction set in use. */
#include "math/periodic.h"

#include "math/isa.h"

struct periodic periodic_at(const mlp_real *parameters)
{
    const mlp_real *mix = parameters + 2 * (size_t)MLP_PERIODIC_WAVES;
    return (struct periodic){parameters, parameters + MLP_PERIODIC_WAVES, mix,
                             mix + (size_t)MLP_PERIODIC_WAVES *
                                       (MLP_PERIODIC_UNITS - 1)};
}

void periodic_embed(const struct periodic *column,
                    size_t n,
                    const mlp_real *x,
                    size_t x_row,
                    mlp_real *y,
                    size_t y_row)
{
    isa()->periodic_embed(column, n, x, x_row, y, y_row);
}

void periodic_gradient(const struct periodic *column,
                       size_t n,
                       const mlp_real *x,
                       size_t x_row,
                       const mlp_real *d,
                       size_t d_row,
                       bool add,
                       mlp_real *g)
{
    isa()->periodic_gradient(column, n, x, x_row, d, d_row, add, g);
}

void periodic_slope(const struct periodic *column,
                    size_t n,
                    const mlp_real *x,
                    size_t x_row,
                    const mlp_real *d,
                    size_t d_row,
                    mlp_real *dx,
                    size_t dx_row)
{
    isa()->periodic_slope(column, n, x, x_row, d, d_row, dx, dx_row);
}

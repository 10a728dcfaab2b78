/* SPDX-License-Identifier: MIT
 *
 * Softmax, by the instruction set in use; sums run in ascending order. */
#include "math/softmax.h"

#include "math/isa.h"

void softmax(size_t n, size_t width, const mlp_real *z, mlp_real *p)
{
    isa()->softmax(n, width, z, p);
}

void cross_entropy(const struct cross_entropy *rows)
{
    isa()->cross_entropy(rows);
}

void softmax_chain(const mlp_real *p, size_t n, mlp_real *d)
{
    mlp_real mean = 0;
    for (size_t c = 0; c < n; c++)
        mean += d[c] * p[c];
    for (size_t c = 0; c < n; c++)
        d[c] = p[c] * (d[c] - mean);
}

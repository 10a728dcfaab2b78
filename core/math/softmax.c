/* SPDX-License-Identifier: MIT
 *
 * Softmax over one row; sums run in ascending order. */
#include "math/softmax.h"

#include "math/isa.h"

struct softmax_norm softmax(const mlp_real *z, size_t n, mlp_real *p)
{
    struct softmax_norm norm;
    isa()->softmax(z, n, p, &norm.max, &norm.log_sum);
    return norm;
}

void softmax_chain(const mlp_real *p, size_t n, mlp_real *d)
{
    mlp_real mean = 0;
    for (size_t c = 0; c < n; c++)
        mean += d[c] * p[c];
    for (size_t c = 0; c < n; c++)
        d[c] = p[c] * (d[c] - mean);
}

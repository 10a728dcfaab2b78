/* SPDX-License-Identifier: MIT
 *
 * Softmax over one row; sums run in ascending order. */
#include "math/softmax.h"

#include "math/real.h"

static mlp_real largest(const mlp_real *z, size_t n)
{
    mlp_real max = z[0];
    for (size_t c = 1; c < n; c++)
        max = z[c] > max ? z[c] : max;
    return max;
}

struct softmax_norm softmax(const mlp_real *z, size_t n, mlp_real *p)
{
    mlp_real max = largest(z, n), sum = 0;
    for (size_t c = 0; c < n; c++) {
        p[c] = real_exp(z[c] - max);
        sum += p[c];
    }
    for (size_t c = 0; c < n; c++)
        p[c] /= sum;
    return (struct softmax_norm){max, real_log(sum)};
}

void softmax_chain(const mlp_real *p, size_t n, mlp_real *d)
{
    mlp_real mean = 0;
    for (size_t c = 0; c < n; c++)
        mean += d[c] * p[c];
    for (size_t c = 0; c < n; c++)
        d[c] = p[c] * (d[c] - mean);
}

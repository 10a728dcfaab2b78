/* SPDX-License-Identifier: MIT
 *
 * Softmax and its cross-entropy. Where rows are narrow, LANES of them are
 * turned, so that each has a lane and every step is one of vectors; a wide row
 * is taken along itself. Both add up in ascending order, so to the same bits.
 */
#ifndef MLP_MATH_SOFTMAXES_H
#define MLP_MATH_SOFTMAXES_H

#include "math/functions.h"
#include "math/rows.h"
#include "math/turn.h"

enum { NARROW = 64 };

/* Some rows of a matrix, at most LANES, as the columns of a small one whose
 * further columns are 0. */
static void
turn_rows(const mlp_real *rows, size_t n, size_t width, mlp_real *turned)
{
    if (n < LANES)
        memset(turned, 0, width * LANES * sizeof *turned);
    turn(n, width, rows, width, turned, LANES);
}

static void
turn_back(const mlp_real *turned, size_t n, size_t width, mlp_real *rows)
{
    turn(width, n, turned, LANES, rows, width);
}

struct softmax_lanes {
    vector max, sum;
};

/* e = exp(z - max), and its sum. A NaN at another place than the first is no
 * maximum, and comes out of the exponentials. */
INLINE struct softmax_lanes
exponentials(size_t width, const mlp_real *z, mlp_real *e)
{
    struct softmax_lanes of = {load(z), all(0)};
    for (size_t c = 1; c < width; c++) {
        vector v = load(z + c * LANES);
        of.max = choose(v > of.max, v, of.max);
    }
    for (size_t c = 0; c < width; c++) {
        vector v = exp_of(load(z + c * LANES) - of.max);
        store(e + c * LANES, v);
        of.sum += v;
    }
    return of;
}

static void
softmax_narrow(size_t n, size_t width, const mlp_real *z, mlp_real *p)
{
    mlp_real turned[NARROW * LANES] ON_STACK;
    turn_rows(z, n, width, turned);
    struct softmax_lanes of = exponentials(width, turned, turned);
    for (size_t c = 0; c < width; c++)
        store(turned + c * LANES, load(turned + c * LANES) / of.sum);
    turn_back(turned, n, width, p);
}

/* log p[c] = (z[c] - max) - log_sum, exact where p[c] itself is 0. */
struct softmax_norm {
    mlp_real max, log_sum;
};

static struct softmax_norm
softmax_wide(size_t width, const mlp_real *z, mlp_real *p)
{
    mlp_real max = z[0], sum = 0;
    size_t whole = width - width % LANES, some = width % LANES;
    for (size_t c = 1; c < width; c++)
        max = z[c] > max ? z[c] : max;
    for (size_t c = 0; c < whole; c += LANES)
        store(p + c, exp_of(load(z + c) - max));
    if (some > 0)
        store_some(p + whole, exp_of(load_some(z + whole, some) - max), some);
    for (size_t c = 0; c < width; c++)
        sum += p[c];
    for (size_t c = 0; c < whole; c += LANES)
        store(p + c, load(p + c) / sum);
    if (some > 0)
        store_some(p + whole, load_some(p + whole, some) / sum, some);
    return (struct softmax_norm){max, log_of(all(sum))[0]};
}

static void softmaxes(size_t n, size_t width, const mlp_real *z, mlp_real *p)
{
    size_t some = width > NARROW || n == 1 ? 1 : LANES;
    for (size_t i = 0; i < n; i += some) {
        size_t rows = n - i < some ? n - i : some;
        if (some == 1)
            softmax_wide(width, z + i * width, p + i * width);
        else
            softmax_narrow(rows, width, z + i * width, p + i * width);
    }
}

/* --- cross-entropy -------------------------------------------------------- */

static double weight_of(const struct cross_entropy *of, size_t i)
{
    return of->u ? (double)of->u[i] : 1;
}

/* Rows [first, first + n), at most LANES. */
static void
cross_entropy_narrow(const struct cross_entropy *of, size_t first, size_t n)
{
    mlp_real z[NARROW * LANES] ON_STACK, p[NARROW * LANES] ON_STACK;
    mlp_real t[NARROW * LANES] ON_STACK;
    mlp_real factors[LANES] = {0}, losses[LANES];
    size_t width = of->width, at = first * width;
    turn_rows(of->z + at, n, width, z);
    turn_rows(of->t + at, n, width, t);
    for (size_t i = 0; i < n; i++)
        factors[i] = (mlp_real)(weight_of(of, first + i) * of->scale);
    vector factor = load(factors), loss = all(0);
    struct softmax_lanes lanes = exponentials(width, z, p);
    vector log_sum = log_of(lanes.sum);
    for (size_t c = 0; c < width * LANES; c += LANES) {
        vector target = load(t + c), y = load(p + c) / lanes.sum;
        loss -= target * ((load(z + c) - lanes.max) - log_sum);
        store(p + c, y);
        store(t + c, (y - target) * factor);
    }
    store(losses, loss);
    for (size_t i = 0; i < n; i++)
        of->losses[first + i] = weight_of(of, first + i) * (double)losses[i];
    turn_back(p, n, width, of->p + at);
    turn_back(t, n, width, of->d + at);
}

static void cross_entropy_wide(const struct cross_entropy *of, size_t i)
{
    size_t at = i * of->width;
    const mlp_real *z = of->z + at, *t = of->t + at;
    mlp_real *p = of->p + at, *d = of->d + at, sum = 0;
    double weight = weight_of(of, i);
    mlp_real factor = (mlp_real)(weight * of->scale);
    struct softmax_norm norm = softmax_wide(of->width, z, p);
    for (size_t c = 0; c < of->width; c++) {
        sum -= t[c] * ((z[c] - norm.max) - norm.log_sum);
        d[c] = (p[c] - t[c]) * factor;
    }
    of->losses[i] = weight * (double)sum;
}

static void cross_entropies(const struct cross_entropy *of)
{
    if (of->width > NARROW) {
        for (size_t i = 0; i < of->n; i++)
            cross_entropy_wide(of, i);
        return;
    }
    for (size_t i = 0; i < of->n; i += LANES)
        cross_entropy_narrow(of, i, of->n - i < LANES ? of->n - i : LANES);
}

#endif

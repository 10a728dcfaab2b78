/* SPDX-License-Identifier: MIT
 *
 * Periodic embeddings (mlp/embedding.h): y = x, C cos(2 pi f x + p) + c. On the
 * way there a vector holds rows, on the way back waves, so that sums go in the
 * order of the waves, and of the rows, whatever a vector's width. */
#ifndef MLP_MATH_PERIODICS_H
#define MLP_MATH_PERIODICS_H

#include "math/functions.h"
#include "math/rows.h"
#include "mlp/embedding.h"

static const mlp_real one_turn = REAL(6.283185307179586477); /* 2 pi */
static const mlp_real per_turn = REAL(0.159154943091895336); /* 1 / (2 pi) */

enum { WAVES = MLP_PERIODIC_WAVES, MIXED = MLP_PERIODIC_UNITS - 1 };
_Static_assert(WAVES % LANES == 0, "a vector holds waves of one column alone");

/* Up to LANES rows. */
static void embed_some(const struct periodic *p,
                       size_t n,
                       const mlp_real *x,
                       size_t x_row,
                       mlp_real *y,
                       size_t y_row)
{
    mlp_real ON_STACK column[LANES] = {0};
    mlp_real ON_STACK out[MIXED][LANES];
    vector sums[MIXED];
    for (size_t i = 0; i < n; i++)
        column[i] = x[i * x_row];
    vector v = load(column);
    EACH (k, MIXED)
        sums[k] = all(p->c[k]);
    for (size_t j = 0; j < WAVES; j++) {
        vector wave =
            turn_of(fused(v, all(p->f[j]), all(p->p[j] * per_turn))).cosine;
        EACH (k, MIXED)
            sums[k] = fused(wave, all(p->mix[k * WAVES + j]), sums[k]);
    }
    EACH (k, MIXED)
        store(out[k], sums[k]);
    for (size_t i = 0; i < n; i++) {
        y[i * y_row] = x[i * x_row];
        for (size_t k = 0; k < MIXED; k++)
            y[i * y_row + 1 + k] = out[k][i];
    }
}

static void periodic_embeds(const struct periodic *p,
                            size_t n,
                            const mlp_real *x,
                            size_t x_row,
                            mlp_real *y,
                            size_t y_row)
{
    for (size_t i = 0; i < n; i += LANES)
        embed_some(p, n - i < LANES ? n - i : LANES, x + i * x_row, x_row,
                   y + i * y_row, y_row);
}

/* Some waves, from number j on, of all rows:
 *
 *     dC = d cos        dp = -sin sum_k C d        df = 2 pi x dp */
static void wave_gradient(const struct periodic *p,
                          size_t j,
                          size_t n,
                          const mlp_real *x,
                          size_t x_row,
                          const mlp_real *d,
                          size_t d_row,
                          bool add,
                          mlp_real *g)
{
    vector f = load(p->f + j), phase = load(p->p + j) * per_turn;
    vector df = all(0), dp = all(0), dmix[MIXED], mix[MIXED];
    mlp_real *to_mix = g + 2 * WAVES + j;
    EACH (k, MIXED) {
        mix[k] = load(p->mix + k * WAVES + j);
        dmix[k] = add ? load(to_mix + k * WAVES) : all(0);
    }
    if (add) {
        df = load(g + j);
        dp = load(g + WAVES + j);
    }
    for (size_t i = 0; i < n; i++) {
        const mlp_real *di = d + i * d_row + 1;
        vector at = all(x[i * x_row]);
        struct turned turned = turn_of(fused(at, f, phase));
        vector back = all(0);
        EACH (k, MIXED) {
            vector dk = all(di[k]);
            dmix[k] = fused(dk, turned.cosine, dmix[k]);
            back = fused(dk, mix[k], back);
        }
        back = -turned.sine * back;
        dp = dp + back;
        df = fused(back, at * one_turn, df);
    }
    store(g + j, df);
    store(g + WAVES + j, dp);
    EACH (k, MIXED)
        store(to_mix + k * WAVES, dmix[k]);
}

static void periodic_gradients(const struct periodic *p,
                               size_t n,
                               const mlp_real *x,
                               size_t x_row,
                               const mlp_real *d,
                               size_t d_row,
                               bool add,
                               mlp_real *g)
{
    mlp_real *dc = g + WAVES * (2 + MIXED);
    for (size_t j = 0; j < WAVES; j += LANES)
        wave_gradient(p, j, n, x, x_row, d, d_row, add, g);
    for (size_t k = 0; k < MIXED; k++) {
        mlp_real sum = add ? dc[k] : 0;
        for (size_t i = 0; i < n; i++)
            sum += d[i * d_row + 1 + k];
        dc[k] = sum;
    }
}

/* Up to LANES rows:  dx = d_0 - 2 pi sum_j f_j sin_j sum_k C_kj d_k */
static void slope_some(const struct periodic *p,
                       size_t n,
                       const mlp_real *x,
                       size_t x_row,
                       const mlp_real *d,
                       size_t d_row,
                       mlp_real *dx,
                       size_t dx_row)
{
    mlp_real ON_STACK column[LANES] = {0};
    mlp_real ON_STACK in[MLP_PERIODIC_UNITS][LANES] = {0};
    for (size_t i = 0; i < n; i++) {
        column[i] = x[i * x_row];
        for (size_t k = 0; k < MLP_PERIODIC_UNITS; k++)
            in[k][i] = d[i * d_row + k];
    }
    vector v = load(column), sum = all(0), dk[MIXED];
    EACH (k, MIXED)
        dk[k] = load(in[1 + k]);
    for (size_t j = 0; j < WAVES; j++) {
        vector sine =
            turn_of(fused(v, all(p->f[j]), all(p->p[j] * per_turn))).sine;
        vector back = all(0);
        EACH (k, MIXED)
            back = fused(dk[k], all(p->mix[k * WAVES + j]), back);
        sum = fused(sine * all(p->f[j]), back, sum);
    }
    store(column, fused(sum, all(-one_turn), load(in[0])));
    for (size_t i = 0; i < n; i++)
        dx[i * dx_row] = column[i];
}

static void periodic_slopes(const struct periodic *p,
                            size_t n,
                            const mlp_real *x,
                            size_t x_row,
                            const mlp_real *d,
                            size_t d_row,
                            mlp_real *dx,
                            size_t dx_row)
{
    for (size_t i = 0; i < n; i += LANES)
        slope_some(p, n - i < LANES ? n - i : LANES, x + i * x_row, x_row,
                   d + i * d_row, d_row, dx + i * dx_row, dx_row);
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * The one inner loop of all products: a tile of c, [rows, vectors * LANES],
 * stays in registers while k runs.
 *
 *     c[i][j] = start + sum over k, ascending, of a[i][k] b[k][j]
 *
 * Each k loads a few vectors of b once and uses each of them for every row, by
 * a number of a in all lanes. So many sums are held that the next addition to
 * one of them need not wait for the last, and as fit the register file. */
#ifndef MLP_MATH_TILE_H
#define MLP_MATH_TILE_H

#include "math/lanes.h"
#include "math/layout.h"

/* Sums, b's vectors and a's number: 12 + 2 + 1 of AVX2's 16 registers,
 * 24 + 2 + 1 of AVX-512's 32, 20 + 4 + 5 of NEON's 32, which multiplies by a
 * lane of a register and so loads all of a's numbers first. */
#if defined ISA_AVX512 || defined ISA_WIDE
enum { TILE_ROWS = 12, TILE_VECTORS = 2 };
#elif defined ISA_AVX2
enum { TILE_ROWS = 6, TILE_VECTORS = 2 };
#elif defined ISA_NEON
enum { TILE_ROWS = 5, TILE_VECTORS = 4 };
#else
enum { TILE_ROWS = 2, TILE_VECTORS = GEMM_PANEL / LANES };
#endif

enum {
    TILE_COLUMNS = TILE_VECTORS * LANES,
    PANEL_VECTORS = GEMM_PANEL / LANES,
    ROW_VECTORS = 8, /* of a tile that is one row */
};

enum tile_start {
    FROM_ZERO,
    FROM_BIAS, /* each row from bias[j] */
    FROM_C,    /* go on with the sum in c */
    BESIDE_C,  /* a sum of its own, added to c at the end */
};

/* Vector v of row k of b is at b + k * b_k, in the panel of its columns; where
 * a tile is wider than a panel, panels are b_panel and c_panel apart. */
struct tile {
    const mlp_real *a; /* a[i][k] is a[i * a_row + k * a_k] … */
    size_t a_row, a_k;
    size_t n_k;
    size_t n_more, a_more; /* … and n_more times so many k, a_more further on */
    const mlp_real *b;
    size_t b_k, b_panel;
    enum tile_start start;
    const mlp_real *bias;
    bool relu; /* c is 0 where it would be below */
    mlp_real
        rate; /* unless 0: c moves by rate times the sum, from where it is */
    mlp_real *c;
    size_t c_row, c_panel;
    size_t some; /* lanes of the last vector, if that is cut */
};

INLINE size_t in_panels(size_t v, size_t panel)
{
    return v / PANEL_VECTORS * panel + v % PANEL_VECTORS * LANES;
}

/* A NaN stays, to be seen further on. */
INLINE vector above_zero(vector a)
{
    return (vector)(~(a < 0) & (int_vector)a);
}

INLINE mlp_real *tile_at(const struct tile *t, size_t i, size_t v)
{
    return t->c + i * t->c_row + in_panels(v, t->c_panel);
}

INLINE vector tile_begin(const struct tile *t, size_t i, size_t v, bool cut)
{
    if (t->start == FROM_BIAS)
        return load_lanes(t->bias + v * LANES, cut, t->some);
    if (t->start == FROM_C)
        return load_lanes(tile_at(t, i, v), cut, t->some);
    return all(0);
}

INLINE void tile_end(const struct tile *t,
                     size_t rows,
                     size_t vectors,
                     bool cut,
                     vector sum[][ROW_VECTORS])
{
    if (t->start == BESIDE_C) {
        EACH (i, rows * vectors)
            sum[i / vectors][i % vectors] +=
                load_lanes(tile_at(t, i / vectors, i % vectors),
                           cut && (i + 1) % vectors == 0, t->some);
    }
    if (t->rate != 0) {
        EACH (i, rows * vectors)
            sum[i / vectors][i % vectors] =
                fused(all(t->rate), sum[i / vectors][i % vectors],
                      load_lanes(tile_at(t, i / vectors, i % vectors),
                                 cut && (i + 1) % vectors == 0, t->some));
    }
    if (t->relu) {
        EACH (i, rows * vectors)
            sum[i / vectors][i % vectors] =
                above_zero(sum[i / vectors][i % vectors]);
    }
    EACH (i, rows * vectors) {
        store_lanes(tile_at(t, i / vectors, i % vectors),
                    sum[i / vectors][i % vectors],
                    cut && (i + 1) % vectors == 0, t->some);
    }
}

/* rows, vectors and cut are constants at each call, as is one of the two
 * strides: a_k is 1 where a is read along its rows, a_row is 1 across. */
INLINE void tile_run(const struct tile *t,
                     size_t rows,
                     size_t vectors,
                     bool cut,
                     size_t a_row,
                     size_t a_k,
                     size_t n_more)
{
    vector sum[TILE_ROWS][ROW_VECTORS] REGISTERS;
    EACH (i, rows) {
        EACH (v, vectors)
            sum[i][v] = tile_begin(t, i, v, cut && v + 1 == vectors);
    }
    const mlp_real *b = t->b;
    for (size_t more = 0; more <= n_more; more++) {
        const mlp_real *a = t->a + more * t->a_more;
        for (size_t k = t->n_k; k > 0; k--) {
            vector row[ROW_VECTORS] REGISTERS;
            EACH (v, vectors)
                row[v] = load_lanes(b + in_panels(v, t->b_panel),
                                    cut && v + 1 == vectors, t->some);
            EACH (i, rows) {
                vector factor = all(a[i * a_row]);
                EACH (v, vectors)
                    sum[i][v] = fused(factor, row[v], sum[i][v]);
            }
            if (a_row == 1) /* the next tiles' numbers, n_k lines apart */
                __builtin_prefetch(a + GEMM_PANEL);
            a += a_k;
            b += t->b_k;
        }
    }
    tile_end(t, rows, vectors, cut, sum);
}

/* --- the tiles as functions ---------------------------------------------- */

typedef void tile_function(const struct tile *t);

/* tiles_along reads a along its rows, tiles_across down its columns; each is
 * [is the last vector cut?][vectors - 1][rows - 1]. */
#define TILE(rows, vectors, cut)                                               \
    static void along_##rows##_##vectors##_##cut(const struct tile *t)         \
    {                                                                          \
        tile_run(t, rows, vectors, cut, t->a_row, 1, t->n_more);               \
    }                                                                          \
    static void across_##rows##_##vectors##_##cut(const struct tile *t)        \
    {                                                                          \
        tile_run(t, rows, vectors, cut, 1, t->a_k, 0);                         \
    }
#define ALONG(rows, vectors, cut)  along_##rows##_##vectors##_##cut,
#define ACROSS(rows, vectors, cut) across_##rows##_##vectors##_##cut,

/* F for each number of rows: 2, 5, 6 or 12 of them. */
#define ROWS_2(F, vectors, cut) F(1, vectors, cut) F(2, vectors, cut)
#define ROWS_5(F, vectors, cut)                                                \
    ROWS_2(F, vectors, cut)                                                    \
    F(3, vectors, cut) F(4, vectors, cut) F(5, vectors, cut)
#define ROWS_6(F, vectors, cut) ROWS_5(F, vectors, cut) F(6, vectors, cut)
#define ROWS_12(F, vectors, cut)                                               \
    ROWS_6(F, vectors, cut)                                                    \
    F(7, vectors, cut)                                                         \
    F(8, vectors, cut)                                                         \
    F(9, vectors, cut)                                                         \
    F(10, vectors, cut) F(11, vectors, cut) F(12, vectors, cut)

#if defined ISA_AVX512 || defined ISA_WIDE
#define ROWS ROWS_12
#elif defined ISA_AVX2
#define ROWS ROWS_6
#elif defined ISA_NEON
#define ROWS ROWS_5
#else
#define ROWS ROWS_2
#endif

/* clang-format off */
#if defined ISA_AVX512 || defined ISA_WIDE || defined ISA_AVX2
#define TABLE(F, cut) {{ROWS(F, 1, cut)}, {ROWS(F, 2, cut)}}
ROWS(TILE, 1, 0) ROWS(TILE, 2, 0) ROWS(TILE, 1, 1) ROWS(TILE, 2, 1)
#else
#define TABLE(F, cut)                                                          \
    {{ROWS(F, 1, cut)}, {ROWS(F, 2, cut)}, {ROWS(F, 3, cut)}, {ROWS(F, 4, cut)}}
ROWS(TILE, 1, 0) ROWS(TILE, 2, 0) ROWS(TILE, 3, 0) ROWS(TILE, 4, 0)
ROWS(TILE, 1, 1) ROWS(TILE, 2, 1) ROWS(TILE, 3, 1) ROWS(TILE, 4, 1)
#endif
static tile_function *const
    tiles_along[2][TILE_VECTORS][TILE_ROWS] = {TABLE(ALONG, 0), TABLE(ALONG, 1)},
    *const tiles_across[2][TILE_VECTORS][TILE_ROWS] = {TABLE(ACROSS, 0), TABLE(ACROSS, 1)};
/* clang-format on */

#endif

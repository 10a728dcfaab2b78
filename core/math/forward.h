/* SPDX-License-Identifier: MIT
 *
 * y = b + x w from tiles; and row by row where there are few of them, as when
 * a single one is predicted: then each weight is read once, and the sums that
 * keep the multipliers busy are those of many columns or of the runs of k. */
#ifndef MLP_MATH_FORWARD_H
#define MLP_MATH_FORWARD_H

#include "math/sweep.h"

enum {
    FEW_ROWS = 2,                      /* up to so many go one by one … */
    ROW_COLUMNS = ROW_VECTORS * LANES, /* … in tiles of so many columns */
    ROWS_AT_A_TIME = 96, /* whose part of x stays in the cache: 150 KiB */
};

/* One block of k after the other; t is set up for all of them. */
static void forward_group(struct tile t, struct gemm size, size_t n_columns)
{
    size_t n_runs = gemm_runs(size.n_in, size.n_out);
    size_t n_blocks = n_runs > 1 ? n_runs : (size.n_in + BLOCK_K - 1) / BLOCK_K;
    size_t share = size.n_in / n_blocks;
    bool relu = t.relu;
    for (size_t block = 0; block < n_blocks; block++) {
        bool last = block + 1 == n_blocks;
        t.n_k = last ? size.n_in - block * share : share;
        t.relu = last && relu;
        sweep(tiles_along, t, size.n, n_columns);
        t.a += share;
        t.b += share * t.b_k;
        t.start = n_runs > 1 ? BESIDE_C : FROM_C;
    }
}

/* One row, whose runs of k go side by side; at most two vectors of it. */
INLINE void runs_side_by_side(const struct tile *t, size_t vectors, bool cut)
{
    vector sum[GEMM_RUNS][ROW_VECTORS] REGISTERS;
    size_t share = t->n_k / GEMM_RUNS, b_run = share * t->b_k;
    EACH (v, vectors) {
        sum[0][v] = tile_begin(t, 0, v, cut && v + 1 == vectors);
        EACH_FROM (1, run, GEMM_RUNS)
            sum[run][v] = all(0);
    }
    const mlp_real *a = t->a, *b = t->b, *last;
    for (size_t k = share; k > 0; k--, a++, b += t->b_k) {
        EACH (run, GEMM_RUNS) {
            vector factor = all(a[run * share]);
            EACH (v, vectors)
                sum[run][v] =
                    fused(factor,
                          load_lanes(b + run * b_run + v * LANES,
                                     cut && v + 1 == vectors, t->some),
                          sum[run][v]);
        }
    }
    last = b + (GEMM_RUNS - 1) * b_run;
    a += (GEMM_RUNS - 1) * share;
    for (size_t k = t->n_k % GEMM_RUNS; k > 0; k--, a++, last += t->b_k) {
        EACH (v, vectors)
            sum[GEMM_RUNS - 1][v] = fused(
                all(*a),
                load_lanes(last + v * LANES, cut && v + 1 == vectors, t->some),
                sum[GEMM_RUNS - 1][v]);
    }
    EACH_FROM (1, run, GEMM_RUNS) {
        EACH (v, vectors)
            sum[0][v] += sum[run][v];
    }
    tile_end(t, 1, vectors, cut, sum);
}

static void runs_row(struct tile t, size_t n_columns)
{
    size_t left = n_columns;
    while (left > 0) {
        size_t columns = smaller(left, 2 * LANES);
        t.some = columns % LANES;
        if (columns == 2 * LANES)
            runs_side_by_side(&t, 2, false);
        else if (columns > LANES)
            runs_side_by_side(&t, 2, true);
        else if (columns == LANES)
            runs_side_by_side(&t, 1, false);
        else
            runs_side_by_side(&t, 1, true);
        t.b += columns;
        t.c += columns;
        t.bias += columns;
        left -= columns;
    }
}

static void wide_row(const struct tile *t)
{
    tile_run(t, 1, ROW_VECTORS, false, 0, 1, 0);
}

/* A tile of few rows has too few sums to keep the multipliers busy. */
static void forward_row(struct tile t, struct gemm size, size_t n_columns)
{
    if (gemm_runs(size.n_in, size.n_out) > 1)
        runs_row(t, n_columns);
    else if (n_columns == ROW_COLUMNS)
        wide_row(&t);
    else
        sweep(tiles_along, t, 1, n_columns);
}

static struct tile forward_tile(struct gemm size,
                                const mlp_real *w,
                                const mlp_real *b,
                                bool relu,
                                size_t o)
{
    return (struct tile){
        .a_row = size.n_in,
        .n_k = size.n_in,
        .b = w + o * size.n_in,
        .b_k = smaller(size.n_out - o, GEMM_PANEL),
        .b_panel = size.n_in * GEMM_PANEL,
        .start = FROM_BIAS,
        .bias = b + o,
        .relu = relu,
        .c_row = size.n_out,
        .c_panel = GEMM_PANEL,
    };
}

static void forward_rows(struct gemm size,
                         const mlp_real *x,
                         const mlp_real *w,
                         const mlp_real *b,
                         bool relu,
                         struct span outputs,
                         mlp_real *y)
{
    size_t columns;
    for (size_t o = outputs.first; o < outputs.end; o += columns) {
        columns = group_columns(outputs.end - o);
        if (gemm_runs(size.n_in, size.n_out) > 1)
            columns = smaller(columns, GEMM_PANEL);
        else if (outputs.end - o >= ROW_COLUMNS)
            columns = ROW_COLUMNS;
        struct tile t = forward_tile(size, w, b, relu, o);
        for (size_t i = 0; i < size.n; i++) {
            t.a = x + i * size.n_in;
            t.c = y + i * size.n_out + o;
            forward_row(t, size, columns);
        }
    }
}

static void forward_block(struct gemm size,
                          const mlp_real *x,
                          const mlp_real *w,
                          const mlp_real *b,
                          bool relu,
                          struct span outputs,
                          mlp_real *y)
{
    size_t columns;
    for (size_t o = outputs.first; o < outputs.end; o += columns) {
        columns = group_columns(outputs.end - o);
        struct tile t = forward_tile(size, w, b, relu, o);
        t.a = x;
        t.c = y + o;
        forward_group(t, size, columns);
    }
}

static void forward(struct gemm size,
                    const mlp_real *x,
                    const mlp_real *w,
                    const mlp_real *b,
                    bool relu,
                    struct span outputs,
                    mlp_real *y)
{
    size_t n = size.n;
    if (n <= FEW_ROWS) {
        forward_rows(size, x, w, b, relu, outputs, y);
        return;
    }
    for (size_t i = 0; i < n; i += size.n) {
        size.n = smaller(n - i, ROWS_AT_A_TIME);
        forward_block(size, x + i * size.n_in, w, b, relu, outputs,
                      y + i * size.n_out);
    }
}

#endif

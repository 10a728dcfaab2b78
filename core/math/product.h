/* SPDX-License-Identifier: MIT
 *
 * The three products from tiles. Each goes over the columns of its result in
 * groups as wide as a tile, and for each group over all rows: so the strip of
 * b that belongs to the group stays in the cache, and only a is read again.
 *
 *              rows     columns   k     a                  b
 *     forward  samples  outputs   in    x, along           w's panel as it is
 *     gradient inputs   outputs   n     x, across          dy as it is
 *     backward samples  inputs    out   dy, along          w, turned
 *           or inputs   samples   out   w's panels, along  dy, turned */
#ifndef MLP_MATH_PRODUCT_H
#define MLP_MATH_PRODUCT_H

#include "math/layout.h"
#include "math/tile.h"
#include "math/turn.h"

enum {
    BLOCK_K = 400,   /* rows of b at a time: of 16 floats, 25 KiB of 32 of L1 */
    BLOCK_OUT = 512, /* the same where b is a turned copy, on the stack */
    BLOCK_IN = 96,   /* columns of dx whose transpose waits to be turned */
    FEW_ROWS = 2,    /* up to so many go one by one … */
    ROW_COLUMNS = ROW_VECTORS * LANES, /* … in tiles of so many columns */
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A group of columns: whole panels, at most TILE_COLUMNS, or what there is of
 * the last one. */
static size_t group_columns(size_t left)
{
    if (left >= TILE_COLUMNS)
        return TILE_COLUMNS;
    return smaller(left, GEMM_PANEL);
}

/* All rows of a group of columns; t.a and t.c are those of the first row.
 * Rows are dealt out evenly: 32 in tiles of 6, 6, 5, 5, 5, 5. */
static void sweep(tile_function *const tiles[2][TILE_VECTORS][TILE_ROWS],
                  struct tile t,
                  size_t n_rows,
                  size_t n_columns)
{
    size_t vectors = (n_columns + LANES - 1) / LANES;
    size_t n_tiles = (n_rows + TILE_ROWS - 1) / TILE_ROWS;
    size_t rows = n_rows / n_tiles, n_larger = n_rows % n_tiles;
    t.some = n_columns % LANES;
    tile_function *const *of_rows = tiles[t.some != 0][vectors - 1];
    for (size_t i = 0; i < n_tiles; i++) {
        size_t some = rows + (i < n_larger);
        of_rows[some - 1](&t);
        t.a += some * t.a_row;
        t.c += some * t.c_row;
    }
}

/* --- forward ------------------------------------------------------------- */

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
    vector sum[GEMM_RUNS][ROW_VECTORS];
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
    tile_run(t, 1, ROW_VECTORS, false, 0, 1);
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

static void forward(struct gemm size,
                    const mlp_real *x,
                    const mlp_real *w,
                    const mlp_real *b,
                    bool relu,
                    struct span outputs,
                    mlp_real *y)
{
    if (size.n <= FEW_ROWS) {
        forward_rows(size, x, w, b, relu, outputs, y);
        return;
    }
    size_t columns;
    for (size_t o = outputs.first; o < outputs.end; o += columns) {
        columns = group_columns(outputs.end - o);
        struct tile t = forward_tile(size, w, b, relu, o);
        t.a = x;
        t.c = y + o;
        forward_group(t, size, columns);
    }
}

/* --- gradient ------------------------------------------------------------ */

/* db = sum over rows of dy, in the order of the rows. */
static void
bias_gradient(struct gemm size, const mlp_real *dy, bool add, mlp_real *db)
{
    size_t o = 0;
    for (; o + LANES <= size.n_out; o += LANES) {
        vector sum = add ? load(db + o) : all(0);
        for (size_t i = 0; i < size.n; i++)
            sum += load(dy + i * size.n_out + o);
        store(db + o, sum);
    }
    for (; o < size.n_out; o++) {
        mlp_real sum = add ? db[o] : 0;
        for (size_t i = 0; i < size.n; i++)
            sum += dy[i * size.n_out + o];
        db[o] = sum;
    }
}

static void gradient(struct gemm size,
                     const mlp_real *x,
                     const mlp_real *dy,
                     bool add,
                     struct span inputs,
                     mlp_real *dw,
                     mlp_real *db)
{
    size_t columns;
    for (size_t o = 0; o < size.n_out; o += columns) {
        size_t width = smaller(size.n_out - o, GEMM_PANEL);
        columns = group_columns(size.n_out - o);
        struct tile t = {
            .a_row = 1,
            .a_k = size.n_in,
            .b_k = size.n_out,
            .b_panel = GEMM_PANEL,
            .c = dw + o * size.n_in + inputs.first * width,
            .c_row = width,
            .c_panel = size.n_in * GEMM_PANEL,
            .start = add ? FROM_C : FROM_ZERO,
        };
        for (size_t i = 0; i < size.n; i += BLOCK_K) {
            t.a = x + i * size.n_in + inputs.first;
            t.b = dy + i * size.n_out + o;
            t.n_k = smaller(size.n - i, BLOCK_K);
            sweep(tiles_across, t, inputs.end - inputs.first, columns);
            t.start = FROM_C;
        }
    }
    if (inputs.first == 0)
        bias_gradient(size, dy, add, db);
}

/* --- backward ------------------------------------------------------------ */

/* turned[o][k] = w[first + k][out + o] for n_in columns k, TILE_COLUMNS apart,
 * and n_out rows o, which begin at a panel. */
static void turn_weights(struct gemm size,
                         const mlp_real *w,
                         size_t first,
                         size_t n_in,
                         struct span outputs,
                         mlp_real *turned)
{
    for (size_t o = outputs.first; o < outputs.end; o += GEMM_PANEL) {
        size_t width = smaller(size.n_out - o, GEMM_PANEL);
        turn(n_in, width, w + o * size.n_in + first * width, width,
             turned + (o - outputs.first) * TILE_COLUMNS, TILE_COLUMNS);
    }
}

static void backward_turning_weights(struct gemm size,
                                     const mlp_real *dy,
                                     const mlp_real *w,
                                     struct span inputs,
                                     mlp_real *dx)
{
    mlp_real turned[BLOCK_OUT * TILE_COLUMNS] UNINITIALIZED;
    size_t columns;
    for (size_t k = inputs.first; k < inputs.end; k += columns) {
        columns = smaller(inputs.end - k, TILE_COLUMNS);
        for (size_t o = 0; o < size.n_out; o += BLOCK_OUT) {
            size_t rows = smaller(size.n_out - o, BLOCK_OUT);
            turn_weights(size, w, k, columns, (struct span){o, o + rows},
                         turned);
            struct tile t = {
                .a = dy + o,
                .a_row = size.n_out,
                .n_k = rows,
                .b = turned,
                .b_k = TILE_COLUMNS,
                .b_panel = GEMM_PANEL,
                .start = o == 0 ? FROM_ZERO : FROM_C,
                .c = dx + k,
                .c_row = size.n_in,
                .c_panel = GEMM_PANEL,
            };
            sweep(tiles_along, t, size.n, columns);
        }
    }
}

/* product[k][i] = sum over o of w[first + k][o] turned[o][i]: the panels that
 * are whole in one sweep, the last one in another. */
static void weights_times(struct gemm size,
                          const mlp_real *w,
                          struct span inputs,
                          const mlp_real *turned,
                          size_t n_columns,
                          mlp_real *product)
{
    size_t whole = size.n_out / GEMM_PANEL, rest = size.n_out % GEMM_PANEL;
    size_t done = whole * GEMM_PANEL;
    struct tile t = {
        .a = w + inputs.first * GEMM_PANEL,
        .a_row = GEMM_PANEL,
        .n_k = GEMM_PANEL,
        .n_more = whole - 1,
        .a_more = size.n_in * GEMM_PANEL,
        .b = turned,
        .b_k = TILE_COLUMNS,
        .b_panel = GEMM_PANEL,
        .c = product,
        .c_row = TILE_COLUMNS,
        .c_panel = GEMM_PANEL,
    };
    if (whole > 0)
        sweep(tiles_along, t, inputs.end - inputs.first, n_columns);
    if (rest == 0)
        return;
    t.start = whole > 0 ? FROM_C : FROM_ZERO;
    t.a = w + done * size.n_in + inputs.first * rest;
    t.a_row = t.n_k = rest;
    t.n_more = 0;
    t.b += done * TILE_COLUMNS;
    sweep(tiles_along, t, inputs.end - inputs.first, n_columns);
}

/* n_out <= BLOCK_OUT. */
static void backward_turning_rows(struct gemm size,
                                  const mlp_real *dy,
                                  const mlp_real *w,
                                  struct span inputs,
                                  mlp_real *dx)
{
    mlp_real turned[BLOCK_OUT * TILE_COLUMNS] UNINITIALIZED;
    mlp_real product[BLOCK_IN * TILE_COLUMNS] UNINITIALIZED;
    for (size_t i = 0; i < size.n; i += TILE_COLUMNS) {
        size_t rows = smaller(size.n - i, TILE_COLUMNS);
        size_t columns = (rows + LANES - 1) / LANES * LANES;
        if (rows < columns)
            memset(turned, 0, size.n_out * TILE_COLUMNS * sizeof *turned);
        turn(rows, size.n_out, dy + i * size.n_out, size.n_out, turned,
             TILE_COLUMNS);
        for (size_t k = inputs.first; k < inputs.end; k += BLOCK_IN) {
            size_t some = smaller(inputs.end - k, BLOCK_IN);
            weights_times(size, w, (struct span){k, k + some}, turned, columns,
                          product);
            turn(some, rows, product, TILE_COLUMNS, dx + i * size.n_in + k,
                 size.n_in);
        }
    }
}

/* Turning the samples costs n (n_in + n_out), turning the weights n_in n_out.
 */
static void backward(struct gemm size,
                     const mlp_real *dy,
                     const mlp_real *w,
                     struct span inputs,
                     mlp_real *dx)
{
    bool rows = size.n >= TILE_COLUMNS && size.n_out <= BLOCK_OUT &&
                size.n * (size.n_in + size.n_out) < size.n_in * size.n_out;
    (rows ? backward_turning_rows : backward_turning_weights)(size, dy, w,
                                                              inputs, dx);
}

#endif

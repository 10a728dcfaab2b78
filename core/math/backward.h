/* SPDX-License-Identifier: MIT
 *
 * dx = dy w^T from tiles. One side of the product must be turned: the weights,
 * or, where that is less work, the samples. */
#ifndef MLP_MATH_BACKWARD_H
#define MLP_MATH_BACKWARD_H

#include "math/sweep.h"
#include "math/turn.h"

enum {
    BLOCK_OUT = 512, /* rows of the turned copy, which is on the stack */
    PANELS = 16,     /* of w in one sweep: 256 rows of that copy, 16 KiB */
    BLOCK_IN = 96,   /* columns of dx whose transpose waits to be turned */
};

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
    mlp_real turned[BLOCK_OUT * TILE_COLUMNS] ON_STACK;
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
 * are whole in sweeps over PANELS of them, the last one in another. */
static void weights_times(struct gemm size,
                          const mlp_real *w,
                          struct span inputs,
                          const mlp_real *turned,
                          size_t n_columns,
                          mlp_real *product)
{
    size_t n_inputs = inputs.end - inputs.first, o = 0;
    struct tile t = {
        .a_row = GEMM_PANEL,
        .n_k = GEMM_PANEL,
        .a_more = size.n_in * GEMM_PANEL,
        .b_k = TILE_COLUMNS,
        .b_panel = GEMM_PANEL,
        .start = FROM_ZERO,
        .c = product,
        .c_row = TILE_COLUMNS,
        .c_panel = GEMM_PANEL,
    };
    while (o < size.n_out) {
        size_t width = smaller(size.n_out - o, GEMM_PANEL);
        size_t panels = width < GEMM_PANEL
                            ? 1
                            : smaller((size.n_out - o) / GEMM_PANEL, PANELS);
        t.a = w + o * size.n_in + inputs.first * width;
        t.a_row = t.n_k = width;
        t.n_more = panels - 1;
        t.b = turned + o * TILE_COLUMNS;
        sweep(tiles_along, t, n_inputs, n_columns);
        t.start = FROM_C;
        o += panels * width;
    }
}

/* n_out <= BLOCK_OUT. */
static void backward_turning_rows(struct gemm size,
                                  const mlp_real *dy,
                                  const mlp_real *w,
                                  struct span inputs,
                                  mlp_real *dx)
{
    mlp_real turned[BLOCK_OUT * TILE_COLUMNS] ON_STACK;
    mlp_real product[BLOCK_IN * TILE_COLUMNS] ON_STACK;
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

/* Turning the samples costs n (n_in + n_out), turning the weights n_in n_out;
 * but then the inner loop runs in one go. Measured, they break even at a factor
 * of three. */
static void backward(struct gemm size,
                     const mlp_real *dy,
                     const mlp_real *w,
                     struct span inputs,
                     mlp_real *dx)
{
    bool rows = size.n >= TILE_COLUMNS && size.n_out <= BLOCK_OUT &&
                3 * size.n * (size.n_in + size.n_out) < size.n_in * size.n_out;
    (rows ? backward_turning_rows : backward_turning_weights)(size, dy, w,
                                                              inputs, dx);
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * dw = x^T dy from tiles, and db on the way. */
#ifndef MLP_MATH_GRADIENT_H
#define MLP_MATH_GRADIENT_H

#include "math/sweep.h"

enum {
    PACK_OUT = 256, /* from so many outputs on it pays to pack x */
    PACK_VECTORS = (TILE_ROWS + LANES - 1) / LANES,
};

/* packed[i][j] = dy[i][j] for the columns j of some vectors, and 0 beyond them;
 * on the way db[j], unless that is NULL, becomes or gets the sum over i. */
INLINE void pack_vectors(size_t n,
                         size_t vectors,
                         size_t some,
                         const mlp_real *dy,
                         size_t dy_row,
                         mlp_real *packed,
                         bool add,
                         mlp_real *db)
{
    vector sum[TILE_VECTORS] REGISTERS;
    bool cut = some > 0;
    EACH (v, vectors)
        sum[v] = db && add ? load_lanes(db + v * LANES, cut, some) : all(0);
    for (size_t i = 0; i < n; i++, dy += dy_row, packed += TILE_COLUMNS) {
        EACH (v, vectors) {
            vector d = load_lanes(dy + v * LANES, cut, some);
            store(packed + v * LANES, d);
            sum[v] += d;
        }
    }
    EACH (v, vectors) {
        if (db)
            store_lanes(db + v * LANES, sum[v], cut, some);
    }
}

/* The columns of a group, TILE_COLUMNS apart: as they lie in dy, they would
 * push each other out of the cache. */
static void pack_group(size_t n,
                       size_t n_columns,
                       const mlp_real *dy,
                       size_t dy_row,
                       mlp_real *packed,
                       bool add,
                       mlp_real *db)
{
    if (n_columns == TILE_COLUMNS) {
        pack_vectors(n, TILE_VECTORS, 0, dy, dy_row, packed, add, db);
        return;
    }
    for (size_t j = 0; j < n_columns; j += LANES) {
        mlp_real *sums = db ? db + j : NULL;
        if (n_columns - j >= LANES)
            pack_vectors(n, 1, 0, dy + j, dy_row, packed + j, add, sums);
        else
            pack_vectors(n, 1, n_columns - j, dy + j, dy_row, packed + j, add,
                         sums);
    }
}

/* packed[i][r] = x[i][r] for the n_rows inputs r of a tile, which is as wide:
 * whole vectors of which the next row overwrites the end, as long as that is
 * within the tile. x_row >= GEMM_PANEL, so that they end within x, too. */
INLINE void pack_tile(size_t n,
                      size_t n_rows,
                      const mlp_real *x,
                      size_t x_row,
                      mlp_real *packed)
{
    size_t i = 0;
    for (; i + 1 < n && (n - i) * n_rows >= PACK_VECTORS * LANES; i++) {
        EACH (v, PACK_VECTORS)
            store(packed + i * n_rows + v * LANES,
                  load(x + i * x_row + v * LANES));
    }
    for (; i < n; i++) {
        for (size_t r = 0; r < n_rows; r++)
            packed[i * n_rows + r] = x[i * x_row + r];
    }
}

static void pack_inputs(struct gemm size,
                        struct span inputs,
                        const mlp_real *x,
                        mlp_real *packed)
{
    struct deal deal = deal_rows(inputs.end - inputs.first);
    x += inputs.first;
    for (size_t i = 0; i < deal.n_tiles; i++) {
        size_t some = deal.rows + (i < deal.n_larger);
        pack_tile(size.n, some, x, size.n_in, packed);
        x += some;
        packed += some * size.n;
    }
}

/* As sweep(), where a is what pack_inputs() made. */
static void sweep_packed(struct tile t, size_t n_rows, size_t n_columns)
{
    struct deal deal = deal_rows(n_rows);
    tile_function *const *of_rows = tiles_for(tiles_across, n_columns, &t);
    for (size_t i = 0; i < deal.n_tiles; i++) {
        t.a_k = deal.rows + (i < deal.n_larger);
        of_rows[t.a_k - 1](&t);
        t.a += t.a_k * t.n_k;
        t.c += t.a_k * t.c_row;
    }
}

static struct tile gradient_tile(struct gemm size,
                                 struct span inputs,
                                 bool add,
                                 size_t o,
                                 mlp_real *dw)
{
    size_t width = smaller(size.n_out - o, GEMM_PANEL);
    return (struct tile){
        .a_row = 1,
        .a_k = size.n_in,
        .n_k = size.n,
        .b_k = TILE_COLUMNS,
        .b_panel = GEMM_PANEL,
        .start = add ? FROM_C : FROM_ZERO,
        .c = dw + o * size.n_in + inputs.first * width,
        .c_row = width,
        .c_panel = size.n_in * GEMM_PANEL,
    };
}

static void gradient(struct gemm size,
                     const mlp_real *x,
                     const mlp_real *dy,
                     bool add,
                     struct span inputs,
                     mlp_real *scratch,
                     mlp_real *dw,
                     mlp_real *db)
{
    mlp_real dy_packed[BLOCK_K * TILE_COLUMNS] ON_STACK;
    size_t columns, n_inputs = inputs.end - inputs.first;
    bool pack_x = scratch && size.n_out >= PACK_OUT && size.n_in >= GEMM_PANEL;
    for (size_t i = 0; i < size.n; i += BLOCK_K, add = true) {
        struct gemm some = {smaller(size.n - i, BLOCK_K), size.n_in,
                            size.n_out};
        mlp_real *x_packed = pack_x ? scratch + inputs.first * some.n : NULL;
        if (pack_x)
            pack_inputs(some, inputs, x + i * size.n_in, x_packed);
        for (size_t o = 0; o < size.n_out; o += columns) {
            columns = group_columns(size.n_out - o);
            struct tile t = gradient_tile(some, inputs, add, o, dw);
            pack_group(some.n, columns, dy + i * size.n_out + o, size.n_out,
                       dy_packed, add, inputs.first == 0 ? db + o : NULL);
            t.b = dy_packed;
            t.a = pack_x ? x_packed : x + i * size.n_in + inputs.first;
            if (pack_x)
                sweep_packed(t, n_inputs, columns);
            else
                sweep(tiles_across, t, n_inputs, columns);
        }
    }
}

#endif

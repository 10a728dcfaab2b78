/* SPDX-License-Identifier: MIT
 *
 * What the three products have in common. Each goes over the columns of its
 * result in groups as wide as a tile, and for each group over all rows: so the
 * strip of b that belongs to the group stays in the cache, and only a is read
 * again.
 *
 *              rows     columns   k     a                  b
 *     forward  samples  outputs   in    x, along           w's panel as it is
 *     gradient inputs   outputs   n     x, across          dy as it is
 *     backward samples  inputs    out   dy, along          w, turned
 *           or inputs   samples   out   w's panels, along  dy, turned */
#ifndef MLP_MATH_SWEEP_H
#define MLP_MATH_SWEEP_H

#include "math/layout.h"
#include "math/tile.h"

enum {
    BLOCK_K = 400
}; /* rows of b at a time: of 16 floats, 25 of L1's 32 KiB */

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

/* Rows in tiles, as evenly as can be: 32 are 6, 6, 5, 5, 5, 5. The first
 * n_larger tiles have a row more. */
struct deal {
    size_t n_tiles, rows, n_larger;
};

static struct deal deal_rows(size_t n)
{
    size_t n_tiles = (n + TILE_ROWS - 1) / TILE_ROWS;
    return (struct deal){n_tiles, n / n_tiles, n % n_tiles};
}

/* The tiles by rows for so many columns; sets t->some. */
static tile_function *const *
tiles_for(tile_function *const tiles[2][TILE_VECTORS][TILE_ROWS],
          size_t n_columns,
          struct tile *t)
{
    t->some = n_columns % LANES;
    return tiles[t->some != 0][(n_columns + LANES - 1) / LANES - 1];
}

/* All rows of a group of columns; t.a and t.c are those of the first row. */
static void sweep(tile_function *const tiles[2][TILE_VECTORS][TILE_ROWS],
                  struct tile t,
                  size_t n_rows,
                  size_t n_columns)
{
    struct deal deal = deal_rows(n_rows);
    tile_function *const *of_rows = tiles_for(tiles, n_columns, &t);
    for (size_t i = 0; i < deal.n_tiles; i++) {
        size_t some = deal.rows + (i < deal.n_larger);
        of_rows[some - 1](&t);
        t.a += some * t.a_row;
        t.c += some * t.c_row;
    }
}

#endif

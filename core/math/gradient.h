/* SPDX-License-Identifier: MIT
 *
 * dw = x^T dy from tiles, and db on the way; and, where that is wanted, the
 * update of the weights by each part of dw as soon as it is there. */
#ifndef MLP_MATH_GRADIENT_H
#define MLP_MATH_GRADIENT_H

#include "math/sweep.h"
#include "math/updates.h"

enum {
    PACK_OUT = 256, /* from so many outputs on it pays to pack x */
    CHUNK = 96,     /* inputs: 8 or 16 tiles, 6 KiB or 12 of the L1 cache */
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

/* Inputs in chunks of whole tiles, whose gradient is still in the cache when
 * the parameters are updated by it. */
static struct span chunk_of(struct span inputs, size_t first)
{
    return (struct span){first, smaller(inputs.end, first + CHUNK)};
}

static void pack_inputs(struct gemm size,
                        struct span inputs,
                        const mlp_real *x,
                        mlp_real *packed)
{
    for (size_t k = inputs.first; k < inputs.end; k += CHUNK) {
        struct span chunk = chunk_of(inputs, k);
        struct deal deal = deal_rows(chunk.end - chunk.first);
        for (size_t i = 0; i < deal.n_tiles; i++) {
            size_t some = deal.rows + (i < deal.n_larger);
            pack_tile(size.n, some, x + chunk.first, size.n_in, packed);
            chunk.first += some;
            packed += some * size.n;
        }
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

/* One block of samples, and what is made of it. */
struct gradient_block {
    struct gemm size;
    struct span inputs;
    const mlp_real *x;
    const mlp_real *x_packed; /* or NULL */
    bool add;
    mlp_real *dw;
    const struct descent *then; /* NULL: not yet, or not at all */
};

/* The update of a chunk's weights, panel by panel. */
static void descend_chunk(const struct gradient_block *block,
                          struct span chunk,
                          struct span outputs,
                          const mlp_real *g,
                          size_t g_panel)
{
    const struct descending *all_weights = &block->then->weights;
    for (size_t o = outputs.first; o < outputs.end; o += GEMM_PANEL) {
        size_t width = smaller(block->size.n_out - o, GEMM_PANEL);
        size_t at = o * block->size.n_in + chunk.first * width;
        struct descending weights = *all_weights;
        weights.w += at;
        weights.first += at;
        weights.second += at;
        update(&weights, (chunk.end - chunk.first) * width, g);
        g += g_panel;
    }
}

/* Where the sums of a chunk go: where they can, into the weights themselves; if
 * those are updated at once and no sum is to be gone on with, no further than
 * `fresh`; else into dw. True if that leaves an update to be done. */
static bool aim(const struct gradient_block *block,
                struct span chunk,
                struct span outputs,
                mlp_real *fresh,
                struct tile *t)
{
    const struct descent *then = block->then;
    size_t at = outputs.first * block->size.n_in + chunk.first * t->c_row;
    if (then && !block->add && is_step(then->weights.how)) {
        t->c = then->weights.w + at;
        t->rate = -then->weights.how->rate;
        return false;
    }
    t->c = block->dw + at;
    if (then && !block->add) {
        t->c = fresh;
        t->c_panel = (chunk.end - chunk.first) * GEMM_PANEL;
    }
    return then != NULL;
}

/* A chunk of a group of columns. */
static void gradient_chunk(const struct gradient_block *block,
                           struct tile t,
                           struct span chunk,
                           struct span outputs)
{
    mlp_real fresh[CHUNK * TILE_COLUMNS] ON_STACK;
    size_t n_inputs = chunk.end - chunk.first;
    size_t columns = outputs.end - outputs.first;
    bool descend = aim(block, chunk, outputs, fresh, &t);
    if (block->x_packed) {
        t.a = block->x_packed +
              (chunk.first - block->inputs.first) * block->size.n;
        sweep_packed(t, n_inputs, columns);
    } else {
        t.a = block->x + chunk.first;
        sweep(tiles_across, t, n_inputs, columns);
    }
    if (descend)
        descend_chunk(block, chunk, outputs, t.c, t.c_panel);
}

static void gradient_group(const struct gradient_block *block,
                           const mlp_real *dy_packed,
                           struct span outputs)
{
    struct gemm size = block->size;
    struct tile t = {
        .a_row = 1,
        .a_k = size.n_in,
        .n_k = size.n,
        .b = dy_packed,
        .b_k = TILE_COLUMNS,
        .b_panel = GEMM_PANEL,
        .start = block->add ? FROM_C : FROM_ZERO,
        .c_row = smaller(size.n_out - outputs.first, GEMM_PANEL),
        .c_panel = size.n_in * GEMM_PANEL,
    };
    for (size_t k = block->inputs.first; k < block->inputs.end; k += CHUNK)
        gradient_chunk(block, t, chunk_of(block->inputs, k), outputs);
}

static void gradient(struct gemm size,
                     const mlp_real *x,
                     const mlp_real *dy,
                     bool add,
                     struct span inputs,
                     mlp_real *scratch,
                     mlp_real *dw,
                     mlp_real *db,
                     const struct descent *then)
{
    mlp_real dy_packed[BLOCK_K * TILE_COLUMNS] ON_STACK;
    bool pack_x = scratch && size.n_out >= PACK_OUT && size.n_in >= GEMM_PANEL;
    for (size_t i = 0; i < size.n; i += BLOCK_K, add = true) {
        bool last = size.n - i <= BLOCK_K;
        struct gradient_block block = {
            .size = {smaller(size.n - i, BLOCK_K), size.n_in, size.n_out},
            .inputs = inputs,
            .x = x + i * size.n_in,
            .add = add,
            .dw = dw,
            .then = last ? then : NULL,
        };
        if (pack_x) {
            pack_inputs(block.size, inputs, block.x, scratch);
            block.x_packed = scratch;
        }
        struct span outputs = {0, 0};
        for (; outputs.first < size.n_out; outputs.first = outputs.end) {
            size_t o = outputs.first, columns = group_columns(size.n_out - o);
            outputs.end = o + columns;
            pack_group(block.size.n, columns, dy + i * size.n_out + o,
                       size.n_out, dy_packed, add,
                       inputs.first == 0 ? db + o : NULL);
            gradient_group(&block, dy_packed, outputs);
        }
    }
    if (then && inputs.first == 0)
        update(&then->biases, size.n_out, db);
}

#endif

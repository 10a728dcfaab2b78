/* SPDX-License-Identifier: MIT
 *
 * All three products come down to one update of a matrix by blocks:
 *
 *     c[i][j] += a[i][p] b[p][j]      for p ascending
 *
 * with `a` read by rows (forward, backward) or by columns (gradient), and b
 * the weights, the weights of a transposed tile, or dy. A tile of c is held in
 * registers while p runs; the block of b that it runs over fits the L1 cache
 * and serves every row of c. No fused multiply-add: products are rounded. */
#include "math/gemm.h"

#include <string.h>

/* 16 bytes: what every x86-64 and every arm64 has. */
typedef mlp_real vector __attribute__((vector_size(16)));

enum {
    LANES = sizeof(vector) / sizeof(mlp_real),
    TILE_ROWS = 4,
    TILE_VECTORS = 2,
    TILE_COLUMNS = TILE_VECTORS * LANES,
    BLOCK_P = 64, /* b's block: 64 x 128 floats are 32 KiB … */
    BLOCK_J = 512 / sizeof(mlp_real), /* … and so many doubles, too */
};

/* a[i][p] is a[i * row + p * column]. */
struct view {
    const mlp_real *a;
    size_t row, column;
};

static inline vector load(const mlp_real *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(mlp_real *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

/* c: [rows, vectors * LANES], a part of a matrix with rows of ldc elements; b
 * likewise. rows and vectors are constants at each call, so that the loops
 * over them unroll and `sum` lives in registers. */
static inline __attribute__((always_inline)) void
update_tile(size_t rows,
            size_t vectors,
            size_t n_p,
            struct view a,
            const mlp_real *restrict b,
            size_t ldb,
            mlp_real *restrict c,
            size_t ldc)
{
    vector sum[TILE_ROWS][TILE_VECTORS];
    for (size_t i = 0; i < rows; i++) {
        for (size_t v = 0; v < vectors; v++)
            sum[i][v] = load(c + i * ldc + v * LANES);
    }
    for (size_t p = 0; p < n_p; p++) {
        for (size_t i = 0; i < rows; i++) {
            mlp_real factor = a.a[i * a.row + p * a.column];
            for (size_t v = 0; v < vectors; v++)
                sum[i][v] += factor * load(b + p * ldb + v * LANES);
        }
    }
    for (size_t i = 0; i < rows; i++) {
        for (size_t v = 0; v < vectors; v++)
            store(c + i * ldc + v * LANES, sum[i][v]);
    }
}

/* The columns that fill no vector. */
static void update_column(size_t n_p,
                          struct view a,
                          const mlp_real *b,
                          size_t ldb,
                          mlp_real *c)
{
    mlp_real sum = *c;
    for (size_t p = 0; p < n_p; p++)
        sum += a.a[p * a.column] * b[p * ldb];
    *c = sum;
}

static inline __attribute__((always_inline)) void update_rows(size_t rows,
                                                              size_t n_j,
                                                              size_t n_p,
                                                              struct view a,
                                                              const mlp_real *b,
                                                              size_t ldb,
                                                              mlp_real *c,
                                                              size_t ldc)
{
    size_t j = 0;
    for (; j + TILE_COLUMNS <= n_j; j += TILE_COLUMNS)
        update_tile(rows, TILE_VECTORS, n_p, a, b + j, ldb, c + j, ldc);
    for (; j + LANES <= n_j; j += LANES)
        update_tile(rows, 1, n_p, a, b + j, ldb, c + j, ldc);
    for (; j < n_j; j++) {
        for (size_t i = 0; i < rows; i++) {
            struct view row = {a.a + i * a.row, a.row, a.column};
            update_column(n_p, row, b + j, ldb, c + i * ldc + j);
        }
    }
}

/* c: [n_i, n_j], one block of b. */
static void update_block(size_t n_i,
                         size_t n_j,
                         size_t n_p,
                         struct view a,
                         const mlp_real *b,
                         size_t ldb,
                         mlp_real *c,
                         size_t ldc)
{
    size_t i = 0;
    for (; i + TILE_ROWS <= n_i; i += TILE_ROWS) {
        struct view rows = {a.a + i * a.row, a.row, a.column};
        update_rows(TILE_ROWS, n_j, n_p, rows, b, ldb, c + i * ldc, ldc);
    }
    for (; i < n_i; i++) {
        struct view rows = {a.a + i * a.row, a.row, a.column};
        update_rows(1, n_j, n_p, rows, b, ldb, c + i * ldc, ldc);
    }
}

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

/* c += a b with b: [n_p, n_j], c: [n_i, n_j]. */
static void update(size_t n_i,
                   size_t n_j,
                   size_t n_p,
                   struct view a,
                   const mlp_real *b,
                   mlp_real *c)
{
    for (size_t p = 0; p < n_p; p += BLOCK_P) {
        struct view block = {a.a + p * a.column, a.row, a.column};
        for (size_t j = 0; j < n_j; j += BLOCK_J)
            update_block(n_i, at_most(n_j - j, BLOCK_J),
                         at_most(n_p - p, BLOCK_P), block, b + p * n_j + j, n_j,
                         c + j, n_j);
    }
}

void gemm_forward(size_t n,
                  size_t n_in,
                  size_t n_out,
                  const mlp_real *x,
                  const mlp_real *w,
                  const mlp_real *b,
                  mlp_real *y)
{
    for (size_t i = 0; i < n; i++)
        memcpy(y + i * n_out, b, n_out * sizeof *y);
    update(n, n_out, n_in, (struct view){x, n_in, 1}, w, y);
}

void gemm_gradient(size_t n,
                   size_t n_in,
                   size_t n_out,
                   const mlp_real *x,
                   const mlp_real *dy,
                   mlp_real *dw,
                   mlp_real *db)
{
    update(n_in, n_out, n, (struct view){x, 1, n_in}, dy, dw);
    for (size_t i = 0; i < n; i++) {
        for (size_t o = 0; o < n_out; o++)
            db[o] += dy[i * n_out + o];
    }
}

enum { TURN_OUT = 64, TURN_IN = 32 };

/* turned[o][k] = w[k][o] for a tile of w. */
static void turn(size_t n_in,
                 size_t n_out,
                 const mlp_real *w,
                 size_t ldw,
                 mlp_real turned[TURN_OUT * TURN_IN])
{
    for (size_t k = 0; k < n_in; k++) {
        for (size_t o = 0; o < n_out; o++)
            turned[o * TURN_IN + k] = w[k * ldw + o];
    }
}

void gemm_backward(size_t n,
                   size_t n_in,
                   size_t n_out,
                   const mlp_real *dy,
                   const mlp_real *w,
                   mlp_real *dx)
{
    mlp_real turned[TURN_OUT * TURN_IN];
    memset(dx, 0, n * n_in * sizeof *dx);
    for (size_t k = 0; k < n_in; k += TURN_IN) {
        size_t some_in = at_most(n_in - k, TURN_IN);
        for (size_t o = 0; o < n_out; o += TURN_OUT) {
            size_t some_out = at_most(n_out - o, TURN_OUT);
            turn(some_in, some_out, w + k * n_out + o, n_out, turned);
            update_block(n, some_in, some_out, (struct view){dy + o, n_out, 1},
                         turned, TURN_IN, dx + k, n_in);
        }
    }
}

/* SPDX-License-Identifier: MIT
 *
 * Gathering on vectors. Rows come in no order, so that nothing but a prefetch
 * hides the way to memory. */
#ifndef MLP_MATH_GATHERS_H
#define MLP_MATH_GATHERS_H

#include "math/functions.h"
#include "math/rows.h"

enum {
    ROWS_AHEAD = 3,
    LINE_BYTES = 64,
    AHEAD_BYTES = 2048, /* of a row; the machine itself sees to the rest */
};

INLINE void fetch(const void *row, size_t n_bytes)
{
    const char *bytes = row;
    for (size_t i = 0; i < n_bytes && i < AHEAD_BYTES; i += LINE_BYTES)
        __builtin_prefetch(bytes + i);
}

/* A missing number, a NaN, is below nothing; it becomes 0, after scaling the
 * middle. */
INLINE vector scaled(vector v, vector shift, vector scale, bool bytes)
{
    vector x = (v - shift) * scale;
    return bytes ? x : choose(v <= all((mlp_real)INFINITY), x, all(0));
}

INLINE void gather_row(const struct gather *from,
                       size_t row,
                       bool bytes,
                       bool uniform,
                       mlp_real *x)
{
    size_t n = from->n_columns, at = row * from->stride, j = 0;
    const mlp_real *shift = from->shift, *scale = from->scale;
    vector all_scale = all(*scale);
    for (; j + LANES <= n; j += LANES) {
        vector v = bytes ? load_bytes(from->bytes + at + j)
                         : load(from->numbers + at + j);
        store(x + j, scaled(v, uniform ? all(0) : load(shift + j),
                            uniform ? all_scale : load(scale + j), bytes));
    }
    for (; j < n; j++) {
        mlp_real v = bytes ? from->bytes[at + j] : from->numbers[at + j];
        x[j] = scaled(all(v), all(uniform ? 0 : shift[j]),
                      all(scale[uniform ? 0 : j]), bytes)[0];
    }
}

INLINE void gather_all(const struct gather *from,
                       const uint32_t *rows,
                       size_t n,
                       bool bytes,
                       bool uniform,
                       mlp_real *x,
                       size_t x_row)
{
    size_t size = bytes ? 1 : sizeof(mlp_real);
    const char *first =
        bytes ? (const char *)from->bytes : (const char *)from->numbers;
    for (size_t i = 0; i < n; i++) {
        if (rows && i + ROWS_AHEAD < n)
            fetch(first + rows[i + ROWS_AHEAD] * from->stride * size,
                  from->n_columns * size);
        gather_row(from, rows ? rows[i] : i, bytes, uniform, x + i * x_row);
    }
}

static void gather(const struct gather *from,
                   const uint32_t *rows,
                   size_t n,
                   mlp_real *x,
                   size_t x_row)
{
    struct gather local = *from; /* so that no store can change it */
    bool uniform = from->shift == NULL;
    if (from->bytes && uniform)
        gather_all(&local, rows, n, true, true, x, x_row);
    else if (from->bytes)
        gather_all(&local, rows, n, true, false, x, x_row);
    else if (uniform)
        gather_all(&local, rows, n, false, true, x, x_row);
    else
        gather_all(&local, rows, n, false, false, x, x_row);
}

#endif

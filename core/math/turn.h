/* SPDX-License-Identifier: MIT
 *
 * The transpose of a block: to[c][r] = from[r][c]. */
#ifndef MLP_MATH_TURN_H
#define MLP_MATH_TURN_H

#include "math/lanes.h"

/* A square of LANES x LANES in registers. A round that zips row i with row
 * i + LANES / 2 moves the highest bit of the row's number to the lowest of the
 * column's; after as many rounds as there are bits, they have changed places.
 */
INLINE void
turn_square(const mlp_real *from, size_t from_row, mlp_real *to, size_t to_row)
{
    vector v[LANES] REGISTERS, zipped[LANES] REGISTERS;
    EACH (r, LANES)
        v[r] = load(from + r * from_row);
    EACH (round, LANES_LOG2) {
        EACH (r, LANES / 2) {
            zipped[2 * r] = zip_low(v[r], v[r + LANES / 2]);
            zipped[2 * r + 1] = zip_high(v[r], v[r + LANES / 2]);
        }
        EACH (r, LANES)
            v[r] = zipped[r];
    }
    EACH (c, LANES)
        store(to + c * to_row, v[c]);
}

static void turn_plain(size_t n_rows,
                       size_t n_columns,
                       const mlp_real *from,
                       size_t from_row,
                       mlp_real *to,
                       size_t to_row)
{
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t c = 0; c < n_columns; c++)
            to[c * to_row + r] = from[r * from_row + c];
    }
}

/* from: [n_rows, n_columns], a part of a matrix with rows of from_row; to:
 * [n_columns, n_rows], likewise. */
static void turn(size_t n_rows,
                 size_t n_columns,
                 const mlp_real *from,
                 size_t from_row,
                 mlp_real *to,
                 size_t to_row)
{
    size_t rows = n_rows - n_rows % LANES;
    size_t columns = n_columns - n_columns % LANES;
    for (size_t r = 0; r < rows; r += LANES) {
        for (size_t c = 0; c < columns; c += LANES)
            turn_square(from + r * from_row + c, from_row, to + c * to_row + r,
                        to_row);
    }
    turn_plain(rows, n_columns - columns, from + columns, from_row,
               to + columns * to_row, to_row);
    turn_plain(n_rows - rows, n_columns, from + rows * from_row, from_row,
               to + rows, to_row);
}

#endif

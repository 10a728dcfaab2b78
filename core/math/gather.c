/* SPDX-License-Identifier: MIT
 *
 * Gathering, by the instruction set in use. */
#include "math/gather.h"

#include "math/isa.h"

void gather_rows(const struct gather *from,
                 const uint32_t *rows,
                 size_t n,
                 mlp_real *x,
                 size_t x_row)
{
    isa()->gather(from, rows, n, x, x_row);
}

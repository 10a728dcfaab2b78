/* SPDX-License-Identifier: MIT
 *
 * Dropout, by the instruction set in use. */
#include "math/drop.h"

#include "math/isa.h"

void drop_apply(const struct dropout *dropout,
                uint64_t first,
                size_t n,
                const mlp_real *a,
                mlp_real *mask,
                mlp_real *out)
{
    isa()->drop(dropout, first, n, a, mask, out);
}

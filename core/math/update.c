/* SPDX-License-Identifier: MIT
 *
 * Updates, by the instruction set in use. */
#include "math/update.h"

#include "math/isa.h"

void update_apply(const struct descending *parameters,
                  size_t n,
                  const mlp_real *g)
{
    isa()->update(parameters, n, g);
}

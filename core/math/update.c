/* SPDX-License-Identifier: MIT
 *
 * Updates, by the instruction set in use. */
#include "math/update.h"

#include "math/isa.h"

void update_apply(const struct update *how,
                  size_t n,
                  const mlp_real *g,
                  mlp_real *w,
                  mlp_real *first,
                  mlp_real *second)
{
    isa()->update(how, n, g, w, first, second);
}

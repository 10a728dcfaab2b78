/* SPDX-License-Identifier: MIT
 *
 * One update of parameters, in one pass over them: clipping and penalties of
 * the gradient, decoupled decay, the rule itself (rule.h). What the numbers are
 * is the optimizer's business (nn/optimizer.h). */
#ifndef MLP_MATH_UPDATE_H
#define MLP_MATH_UPDATE_H

#include <stddef.h>

#include "math/rule.h"

/* n parameters; first and second are their states, v or s, or m and s, as
 * many as the rule has.  Threads: any; several at once on parts. */
void update_apply(const struct update *how,
                  size_t n,
                  const mlp_real *g,
                  mlp_real *w,
                  mlp_real *first,
                  mlp_real *second);

#endif

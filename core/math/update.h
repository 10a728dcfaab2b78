/* SPDX-License-Identifier: MIT
 *
 * One update of parameters, in one pass over them: clipping and penalties of
 * the gradient, decoupled decay, the rule itself (rule.h). What the numbers are
 * is the optimizer's business (nn/optimizer.h). */
#ifndef MLP_MATH_UPDATE_H
#define MLP_MATH_UPDATE_H

#include <stddef.h>

#include "math/rule.h"

/* The first n of these parameters, by the gradient g[n].
 * Threads: any; several at once on parts. */
void update_apply(const struct descending *parameters,
                  size_t n,
                  const mlp_real *g);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The update rules as formulas, and the numbers in them. */
#ifndef MLP_MATH_RULE_H
#define MLP_MATH_RULE_H

#include "mlp/optimizer.h"
#include "mlp/status.h"

/* With g the gradient as it came, and w the parameter:
 *
 *     g' = clip g + l2 w + l1 sign(w)        w' = decay w
 *
 *     gd, sgd    w' - rate g'
 *     momentum   v = mu v + g'               w' - rate v
 *     nesterov   v = mu v + g'               w' - rate (g' + mu v)
 *     adagrad    s = s + g'^2                w' - rate g' / (sqrt(s) + eps)
 *     rmsprop    s = keep2 s + add2 g'^2     w' - rate g' / (sqrt(s) + eps)
 *     adam(w)    m = keep1 m + add1 g', s as in rmsprop
 *                                        w' - rate m / (root sqrt(s) + eps)
 */
struct update {
    mlp_optimizer kind;
    mlp_real clip, l1, l2, decay; /* 1, 0, 0, 1 where there is none */
    mlp_real rate, mu, keep1, add1, keep2, add2, root, epsilon;
};

/* Some parameters that are to be updated, and how; first and second are their
 * states, v or s, or m and s, as many as the rule has: else any numbers. */
struct descending {
    const struct update *how;
    mlp_real *w, *first, *second;
};

/* Those of a layer. */
struct descent {
    struct descending weights, biases;
};

#endif

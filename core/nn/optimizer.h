/* SPDX-License-Identifier: MIT
 *
 * Update rules: from parameters and gradients to new parameters. Which
 * gradients, and what is added to them, is the step's business (step.h). */
#ifndef MLP_NN_OPTIMIZER_H
#define MLP_NN_OPTIMIZER_H

#include <stdint.h>

#include "math/layout.h"
#include "math/update.h"
#include "mlp/optimizer.h"

struct optimizer {
    mlp_optimizer_spec spec;
    size_t n;             /* parameters */
    size_t n_slots;       /* numbers kept for each: 0, 1 or 2 */
    uint64_t n_steps;     /* updates done */
    mlp_real *state;      /* [n_slots, n] */
    struct update update; /* of the step at hand, for what is decayed … */
    struct update plain;  /* … and for what is not */
};

/* Errors:  MLP_NOMEM
 * Owner:   the caller's storage; end it with optimizer_free(). */
MLP_NODISCARD
mlp_status optimizer_init(struct optimizer *optimizer,
                          const mlp_optimizer_spec *spec,
                          size_t n_parameters,
                          mlp_error *err);
void optimizer_free(struct optimizer *optimizer);

/* What is done to a gradient first: clip g, and for weights + l2 w + l1
 * sign(w).
 */
struct treatment {
    double clip; /* 1: nothing */
    double l1, l2;
};

/* Begin the next update. It is then applied to all of w[0..n), in parts as it
 * may be and by as many threads: by optimizer_apply(), or by who makes the
 * gradient. Penalties and decoupled decay are for the first n_decayed of w.
 * Threads: one at a time; optimizer_apply() any, on parts. */
void optimizer_begin(struct optimizer *optimizer,
                     double learning_rate,
                     const struct treatment *treatment);
void optimizer_apply(const struct optimizer *optimizer,
                     size_t n_decayed,
                     struct span part,
                     const mlp_real *g,
                     mlp_real *w);

/* Of the update at hand: how the parameters from w + at on move, which are
 * decayed or not. */
struct descending optimizer_descending(const struct optimizer *optimizer,
                                       bool decayed,
                                       size_t at,
                                       mlp_real *w);

#endif

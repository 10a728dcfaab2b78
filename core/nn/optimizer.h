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

/* Parameters behind the group before and below `end`: their learning rate and
 * epsilon are those of the step times these. Decay is by the step's own rate.
 */
struct optimizer_group {
    size_t end;
    double rate, epsilon;
};

struct optimizer {
    mlp_optimizer_spec spec;
    size_t n;                       /* parameters */
    size_t n_slots;                 /* numbers kept for each: 0, 1 or 2 */
    uint64_t n_steps;               /* updates done */
    mlp_real *state;                /* [n_slots, n] */
    struct optimizer_group *groups; /* [n_groups], the last one ends at n */
    size_t n_groups;
    /* Of the step at hand, [n_groups, 2]: for what is not decayed, and what
     * is. */
    struct update *updates;
};

/* groups are copied; NULL: one of all, with factors of 1.
 * Errors:  MLP_NOMEM
 * Owner:   the caller's storage; end it with optimizer_free(). */
MLP_NODISCARD
mlp_status optimizer_init(struct optimizer *optimizer,
                          const mlp_optimizer_spec *spec,
                          size_t n_parameters,
                          const struct optimizer_group *groups,
                          size_t n_groups,
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

/* Of the update at hand: how the parameters from w + at on move, as far as
 * they are of one group, which are decayed or not. */
struct descending optimizer_descending(const struct optimizer *optimizer,
                                       bool decayed,
                                       size_t at,
                                       mlp_real *w);

#endif

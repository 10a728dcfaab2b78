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
    struct update update; /* of the step at hand, for a weight */
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

/* Begin the next update; then apply it to all of w[0..n), in parts as it may
 * be and by as many threads, by the gradient g[0..n), in one pass. Penalties
 * and decoupled decay are for the first n_decayed of w. */
void optimizer_begin(struct optimizer *optimizer,
                     double learning_rate,
                     const struct treatment *treatment);
void optimizer_apply(const struct optimizer *optimizer,
                     size_t n_decayed,
                     struct span part,
                     const mlp_real *g,
                     mlp_real *w);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Update rules: from parameters and gradients to new parameters. Which
 * gradients, and what is added to them, is the step's business (step.h). */
#ifndef MLP_NN_OPTIMIZER_H
#define MLP_NN_OPTIMIZER_H

#include <stdint.h>

#include "mlp/optimizer.h"

struct optimizer {
    mlp_optimizer_spec spec;
    size_t n;         /* parameters */
    size_t n_slots;   /* numbers kept for each: 0, 1 or 2 */
    uint64_t n_steps; /* updates done */
    mlp_real *state;  /* [n_slots, n] */
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

/* One update of w[0..n) by the gradient g[0..n), in one pass. Penalties and
 * decoupled decay are for the first n_decayed of w. */
void optimizer_step(struct optimizer *optimizer,
                    double learning_rate,
                    const struct treatment *treatment,
                    size_t n_decayed,
                    const mlp_real *g,
                    mlp_real *w);

#endif

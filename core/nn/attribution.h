/* SPDX-License-Identifier: MIT
 *
 * Integrated gradients (Sundararajan, Taly & Yan 2017,
 * https://arxiv.org/abs/1703.01365): what each input adds to what a network
 * says of a row, beside what it says of a row of zeros,
 *
 *     a_i = x_i  integral over t in [0, 1] of  df/dx_i (t x)
 *
 * so that sum_i a_i = f(x) - f(0), as well as the midpoint rule finds the
 * integral. What a level adds is that of its row in the embedding's table, on
 * the straight way there from zeros.
 *
 * f is an output's logit. A softmax has none that means something by itself, as
 * one number may be added to all; there f is that of the probability,
 *
 *     log(p_c / (1 - p_c)) = z_c - log sum over the others of exp(z_k) */
#ifndef MLP_NN_ATTRIBUTION_H
#define MLP_NN_ATTRIBUTION_H

#include "nn/pass.h"

struct attribution {
    struct pass pass;     /* its rows are points on the ways of several rows */
    mlp_real *t;          /* [max_rows]: how far on its way each point is */
    mlp_real *dx;         /* [max_rows, n_inputs] */
    unsigned char *level; /* [n_inputs]: 1: the input is a level's number */
    double *values;       /* [max_rows]: f at each point */
    size_t n_steps;
};

/* Room for networks of one shape; n_steps of the midpoint rule.
 * Errors:  MLP_NOMEM
 * Owner:   the caller's storage; attribution_free() in any case. */
MLP_NODISCARD
mlp_status attribution_init(struct attribution *attribution,
                            const mlp_network *network,
                            size_t n_rows,
                            size_t n_steps,
                            mlp_error *err);
void attribution_free(struct attribution *attribution);

/* What one network says of x, [n_rows, n_inputs], at output outputs[i] of row
 * i: a, [n_rows, n_inputs], f(0) and f(x), [n_rows] each, are added to `parts`,
 * `starts` and `ends`. A row's bits do not depend on its neighbours.
 * Threads: any number on one network, each with its own attribution. */
void attribution_add(struct attribution *attribution,
                     const mlp_network *network,
                     const mlp_real *x,
                     size_t n_rows,
                     const size_t *outputs,
                     double *parts,
                     double *starts,
                     double *ends);

#endif

/* SPDX-License-Identifier: MIT
 *
 * How good answers are, added up row by row, in double. In this file y are
 * answers and t is what was right, both [n_rows, n_outputs]. */
#ifndef MLP_MODEL_SCORES_H
#define MLP_MODEL_SCORES_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/model.h"
#include "mlp/scores.h"

/* One target of regression; t is taken relative to its first value, so that
 * the variance does not drown in the mean. */
struct target_sums {
    double first;
    double t, t_squared; /* sums of t - first and its square */
    double error_squared;
};

/* Owner: the caller's storage; end it with scores_free(). */
struct scores {
    mlp_task task;
    size_t n_outputs;
    size_t n_rows, n_right;
    double loss;  /* sum over rows, and over outputs where it is a mean */
    double error; /* sum of |y - t| */
    struct target_sums *sums; /* [n_outputs] */
};

/* Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status scores_init(struct scores *scores,
                       mlp_task task,
                       size_t n_outputs,
                       mlp_error *err);
void scores_free(struct scores *scores);

/* Classification: probabilities, and the class of each row. */
void scores_add_classes(struct scores *scores,
                        const float *y,
                        const uint32_t *classes,
                        size_t n_rows);
/* The other tasks. */
void scores_add_values(struct scores *scores,
                       const float *y,
                       const float *t,
                       size_t n_rows);

mlp_scores scores_result(const struct scores *scores);

#endif

/* SPDX-License-Identifier: MIT
 *
 * How good answers are, added up row by row, in double and in the order of the
 * rows: by one thread. In this file y are answers and t is what was right, both
 * [n_rows, n_outputs]. */
#ifndef MLP_MODEL_SCORES_H
#define MLP_MODEL_SCORES_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/model.h"
#include "mlp/scores.h"
#include "model/ranking.h"

/* One target of regression; t is taken relative to its first value, so that
 * the variance does not drown in the mean. */
struct target_sums {
    double first;
    double t, t_squared; /* sums of t - first and its square */
    double error, error_squared;
    double base_error, base_squared; /* the same of the baseline's answer */
};

/* Rows of one class or label. */
struct class_counts {
    size_t there; /* that have it */
    size_t said;  /* of which it was said */
    size_t both;
};

struct calibration_sums {
    size_t n_rows, n_right;
    double confidence;
};

/* Owner: the caller's storage; end it with scores_free(). */
struct scores {
    mlp_task task;
    size_t n_outputs;
    size_t n_rows, n_right;
    double loss;  /* sum over rows, and over outputs where it is a mean */
    double error; /* sum of |y - t| */
    struct target_sums *sums;    /* [n_outputs] of regression … */
    struct class_counts *counts; /* … or of the others */
    size_t *confusion;           /* [n_outputs, n_outputs] or NULL */
    struct calibration_sums bins[MLP_CALIBRATION_BINS];
    struct ranking ranking; /* of two classes only the second's outputs */

    const double *baseline; /* [n_outputs] or NULL; the caller's */
    size_t base_class, base_right;
    double base_loss;
};

/* For at most n_rows rows.  Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status scores_init(struct scores *scores,
                       mlp_task task,
                       size_t n_outputs,
                       size_t n_rows,
                       mlp_error *err);
void scores_free(struct scores *scores);

/* Before the first row: what to compare with, [n_outputs], as of
 * mlp_plan_baseline(). It must stay as long as the scores. NULL: nothing. */
void scores_compare(struct scores *scores, const double *baseline);

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

/* Behind the last row; as often as one likes. */
mlp_scores scores_result(struct scores *scores);

/* The same with its tables.
 * Errors:  MLP_NOMEM
 * Owner:   caller; mlp_score_table_destroy(). */
MLP_NODISCARD
mlp_status
scores_tables(struct scores *scores, mlp_score_table **out, mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * How good a model is on some rows. */
#ifndef MLP_SCORES_H
#define MLP_SCORES_H

#include <stddef.h>

/* NaN where the task has no such score. */
typedef struct mlp_scores {
    size_t n_rows;
    double loss;      /* mean log loss, binary cross-entropy over all labels, or
                         squared error over all targets in their own unit */
    double accuracy;  /* classification; multilabel: over all 0/1 labels */
    double rmse, mae; /* regression, over all targets, in their own unit */
    double r2; /* mean over targets of 1 - SSE / SST; NaN if one is constant */
} mlp_scores;

#endif

/* SPDX-License-Identifier: MIT
 *
 * How good a model is on some rows, beside what somebody would score who does
 * not look at the rows at all. In this file a figure is NaN where the task, or
 * these rows, have no such thing. The logarithm of a probability is taken for
 * no less than 1e-15. */
#ifndef MLP_SCORES_H
#define MLP_SCORES_H

#include <stddef.h>

#include "mlp/status.h"

/* The scores of one and the same answer to every row; see mlp_plan_baseline().
 * Classification: the class frequencies, and the most frequent class; of
 * multilabel the same for each label; of regression the mean of each target. */
typedef struct mlp_baseline_scores {
    double loss, accuracy;
    double rmse, mae, r2;
} mlp_baseline_scores;

typedef struct mlp_scores {
    size_t n_rows;
    double loss;      /* mean log loss, binary cross-entropy over all labels, or
                         squared error over all targets in their own unit */
    double accuracy;  /* classification; multilabel: over all 0/1 labels */
    double rmse, mae; /* regression, over all targets, in their own unit */
    double r2; /* mean over targets of 1 - SSE / SST; NaN if one is constant */

    /* Mean recall of the classes that there are rows of. Classification. */
    double balanced_accuracy;
    /* Mean F1 of the classes or labels that some row has, or was said to. */
    double macro_f1;
    /* Area under the ROC curve: the chance that of two rows, one with the class
     * and one without, the first gets more of it; ties count half (Hanley and
     * McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747). Of two
     * classes that of the second; else the mean of each against the rest, over
     * the classes or labels that have rows of both kinds. From all rows, or
     * every 2nd, 3rd, … where rows * outputs would exceed 4 Mi. */
    double auc;
    /* Expected calibration error: how far the largest probability is from the
     * accuracy, over the table's bins, mean by rows (Guo et al. 2017,
     * https://arxiv.org/abs/1706.04599). Classification. */
    double ece;
    mlp_baseline_scores baseline;
} mlp_scores;

/* One class against the rest, or one label. F1 = 2 TP / (2 TP + FP + FN). */
typedef struct mlp_class_scores {
    size_t support; /* rows that have it */
    double precision, recall, f1, auc;
} mlp_class_scores;

typedef struct mlp_target_scores {
    double rmse, mae, r2;
} mlp_target_scores;

/* Rows whose largest probability is in (i / 15, (i + 1) / 15]. */
enum { MLP_CALIBRATION_BINS = 15 };
typedef struct mlp_calibration_bin {
    size_t n_rows;
    double confidence, accuracy; /* means; NaN of no rows */
} mlp_calibration_bin;

/* More classes have no confusion matrix. */
enum { MLP_CONFUSION_CLASSES = 100 };

typedef struct mlp_score_table {
    mlp_scores scores;
    size_t n_skipped;          /* rows left out: they lack a target */
    size_t n_classes;          /* or labels; 0: regression */
    mlp_class_scores *classes; /* [n_classes] */
    size_t *confusion; /* [n_classes true, n_classes said] rows, or NULL */
    size_t n_bins;     /* 0: no classification */
    mlp_calibration_bin bins[MLP_CALIBRATION_BINS];
    size_t n_targets; /* 0: no regression */
    mlp_target_scores *targets;
    /* Of mlp_model_evaluate(): the share of values that are within the interval
     * for 0.9 (interval.h), over all targets. */
    double interval_coverage_90;
} mlp_score_table;

MLP_API
void mlp_score_table_destroy(mlp_score_table *table);

#endif

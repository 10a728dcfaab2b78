/* SPDX-License-Identifier: MIT
 *
 * Scoring a model: on labelled rows that somebody has, or on the rows of the
 * plan that it came from. */
#ifndef MLP_EVALUATE_H
#define MLP_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/fit.h"
#include "mlp/model.h"
#include "mlp/scores.h"
#include "mlp/status.h"
#include "mlp/table.h"

/* Of row `row` of the table, which was scored: what is right, [n_targets],
 * numbers of classes or values, and what the model says, [n_outputs]. */
typedef void mlp_scored_visitor(void *context,
                                size_t row,
                                const float *truth,
                                const float *said);

/* Zero-initialised: no baseline, and to the end. */
typedef struct mlp_evaluate_options {
    const double *baseline; /* [n_outputs], as of mlp_plan_baseline() */
    /* Columns that this one knows are passed over, too. Or NULL. */
    const mlp_model *beside;
    /* Called for each row that counts, in their order. Or NULL. */
    mlp_scored_visitor *visit;
    void *visitor; /* its context */
    /* Asked now and then; true stops it. Or NULL. */
    bool (*is_cancelled)(void *context);
    void *context;
} mlp_evaluate_options;

/* Score `model` on the rows of `table`: features by name, as
 * mlp_model_align() finds them, and what is right in the columns that have the
 * names of its targets. Rows that lack one of these are left out and counted.
 *
 * A label is the class of the same kind and value; of numbers, of the same
 * float. One that the model does not know is an error and not a row left out:
 * a typing error that made the scores better would never be found.
 *
 * options may be NULL.
 * Errors:  MLP_INVALID    no column of a target's name, a label that is not
 *                         known or a value that the target cannot have (names
 *                         column and row, from 1), no row has its targets;
 *                         as of mlp_model_align()
 *          MLP_CANCELLED, MLP_NOMEM
 * Owner:   caller; mlp_score_table_destroy(). *out is NULL on error.
 * Threads: any number at once on one model and one table. */
MLP_API
MLP_NODISCARD
mlp_status mlp_model_evaluate(const mlp_model *model,
                              const mlp_table *table,
                              const mlp_evaluate_options *options,
                              mlp_score_table **out,
                              mlp_error *err);

/* What the training rows say of a row that nobody has seen. Classification: the
 * share of each class; multilabel: of the rows that have each label;
 * regression: the mean of each target. out: [the model's n_outputs]. */
MLP_API
void mlp_plan_baseline(const mlp_plan *plan, double *out);

/* The tables behind the report of mlp_plan_run(), for the model that it made.
 * Errors:  MLP_NOMEM
 * Owner:   caller; mlp_score_table_destroy(). *out is NULL on error.
 * Threads: any number at once. */
typedef enum mlp_plan_part {
    MLP_PLAN_TRAINING,
    MLP_PLAN_VALIDATION,
} mlp_plan_part;
MLP_API
MLP_NODISCARD
mlp_status mlp_plan_score(const mlp_plan *plan,
                          const mlp_model *model,
                          mlp_plan_part part,
                          mlp_score_table **out,
                          mlp_error *err);

#endif

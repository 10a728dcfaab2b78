/* SPDX-License-Identifier: MIT
 *
 * Why a model says what it says: of one row, what each column adds to the
 * answer; of all of them, which columns the model needs. */
#ifndef MLP_EXPLAIN_H
#define MLP_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/fit.h"
#include "mlp/model.h"
#include "mlp/status.h"

/* --- one row ----------------------------------------------------------------
 *
 * Integrated gradients (Sundararajan, Taly & Yan 2017,
 * https://arxiv.org/abs/1703.01365) along the straight way from the baseline,
 * encoded zeros, to the encoded row. Zeros are what the scaling is centred on:
 * the median or the mean of each number, black for pixels; no level at all, and
 * nothing missing. A column's part is the sum over its inputs.
 *
 * What the parts add up to is, of regression, the value in the target's own
 * unit, before it is clamped; of the others the log-odds of the class or label,
 * log(p / (1 - p)), for an ensemble the mean of its networks'. */

/* Steps of the midpoint rule; each row goes MLP_EXPLAIN_POINTS times there and
 * back, which is thrice the work of a prediction. */
enum { MLP_EXPLAIN_STEPS = 32, MLP_EXPLAIN_POINTS = MLP_EXPLAIN_STEPS + 2 };

/* Scratch memory, one a thread at a time; max_rows as of a predictor.
 *
 * Errors:  MLP_INVALID  max_rows is 0 or the size overflows; MLP_NOMEM
 * Owner:   caller; mlp_explainer_destroy(). *out is NULL on error. */
typedef struct mlp_explainer mlp_explainer;
MLP_API MLP_NODISCARD mlp_status mlp_explainer_create(const mlp_model *model,
                                                      size_t max_rows,
                                                      mlp_explainer **out,
                                                      mlp_error *err);
MLP_API void mlp_explainer_destroy(mlp_explainer *explainer);

/* rows: [n_rows, n_features] as of mlp_model_predict(); outputs: [n_rows], the
 * output that is asked about. out: [n_rows, n_features]; baselines, values:
 * [n_rows], what the model says of the baseline and of the row, so that
 *
 *     sum of a row of out = values - baselines, nearly.
 *
 * A column without inputs has 0. A row's bits do not depend on its neighbours.
 * Threads: any number at once on one model, each with its own explainer. */
MLP_API void mlp_model_explain(const mlp_model *model,
                               mlp_explainer *explainer,
                               const float *rows,
                               size_t n_rows,
                               const size_t *outputs,
                               float *out,
                               float *baselines,
                               float *values);

/* --- all rows ---------------------------------------------------------------
 *
 * Permutation importance (Breiman 2001,
 * https://doi.org/10.1023/A:1010933404324; Fisher, Rudin & Dominici 2019,
 * https://arxiv.org/abs/1801.01489): by how much the loss rises on held-out
 * rows when a column's cells are dealt anew among them: the log loss, or the
 * root of the mean squared error. With folds each row is asked of the network
 * that has not seen it. Columns that say the same stand in for each other: each
 * of them may seem dispensable. */

/* It takes no more than 2 % of the training's multiplications, which epochs_run
 * of its result tells, at most 1,000 rows, and the mean of up to five dealings.
 * A pure function of the plan's seed and the model. *measured: false where so
 * few rows say nothing, or no row was held out, or there are more columns.
 * out: [n_features of the plan]; one without inputs has 0.
 *
 * Errors:  MLP_NOMEM
 * Threads: any number at once. */
enum { MLP_IMPORTANCE_COLUMNS = 200, MLP_IMPORTANCE_ROWS = 1000 };
MLP_API MLP_NODISCARD mlp_status mlp_plan_importance(const mlp_plan *plan,
                                                     const mlp_model *model,
                                                     size_t epochs_run,
                                                     double *out,
                                                     bool *measured,
                                                     mlp_error *err);

#endif

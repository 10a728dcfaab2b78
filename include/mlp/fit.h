/* SPDX-License-Identifier: MIT
 *
 * From a table to a model: choose what was left open, say what will be done,
 * do it. A plan is made first, so that a caller can show the resolved settings,
 * the parameter counts, the memory and the warnings before a row is learned. */
#ifndef MLP_FIT_H
#define MLP_FIT_H

#include <stddef.h>

#include "mlp/fit_spec.h"
#include "mlp/model.h"
#include "mlp/scores.h"
#include "mlp/status.h"
#include "mlp/table.h"
#include "mlp/training.h"

typedef struct mlp_plan mlp_plan;

/* Check `spec` against `table` and resolve it. The table (and `from`) must
 * outlive the plan and may not change.
 *
 * Rows whose target is missing are left out, with a warning; a feature that is
 * declared numeric but holds text is refused by name. task auto: a text or
 * boolean target, or whole numbers of at most 20 distinct values (with a
 * warning), is classification, else regression; several targets are multilabel
 * when all hold booleans or 0 and 1 (with a warning), else regression. Targets
 * of regression are standardised inside the model. Scaling is found in the
 * training rows alone. The split is stratified for classification and a pure
 * function of the seed.
 *
 * Errors:  MLP_INVALID, MLP_SHAPE, MLP_NOMEM; the text names column and field
 * Owner:   caller; mlp_plan_destroy().  Threads: one at a time. */
MLP_API
MLP_NODISCARD
mlp_status mlp_plan_create(const mlp_table *table,
                           const mlp_fit_spec *spec,
                           mlp_plan **out,
                           mlp_error *err);
MLP_API void mlp_plan_destroy(mlp_plan *plan);

/* Valid as long as the plan. */
MLP_API
const mlp_fit_spec *mlp_plan_resolved(const mlp_plan *plan);
MLP_API size_t mlp_plan_n_weights(const mlp_plan *plan);
MLP_API size_t mlp_plan_n_biases(const mlp_plan *plan);
MLP_API
size_t mlp_plan_n_train(const mlp_plan *plan);
MLP_API
size_t mlp_plan_n_validation(const mlp_plan *plan);
MLP_API
size_t mlp_plan_n_classes(const mlp_plan *plan); /* 0: no classes */
MLP_API
const mlp_label *mlp_plan_class(const mlp_plan *plan, size_t i);
/* Bytes that running it will need beyond the table, at most. */
MLP_API
size_t mlp_plan_memory(const mlp_plan *plan);
MLP_API
size_t mlp_plan_n_warnings(const mlp_plan *plan);
MLP_API
const char *mlp_plan_warning(const mlp_plan *plan, size_t i);

typedef struct mlp_fit_report {
    mlp_training_result training;
    double temperature;           /* that the logits were divided by */
    mlp_scores train, validation; /* validation.n_rows may be 0 */
} mlp_fit_report;

/* Train, and score the model on both parts. Any number of times: the same plan
 * gives the same model.
 *
 * Errors:  as of mlp_trainer_run(), MLP_NOMEM; *out is then NULL
 * Owner:   caller; mlp_model_destroy().
 * Threads: any number at once on one plan; hooks are called on the caller's. */
MLP_API
MLP_NODISCARD
mlp_status mlp_plan_run(const mlp_plan *plan,
                        const mlp_hooks *hooks,
                        mlp_model **out,
                        mlp_fit_report *report,
                        mlp_error *err);

/* Set the training record of a model that nobody else sees yet: a JSON object
 * as text, checked and copied.
 * Errors:  MLP_INVALID, MLP_LIMIT (1 MiB, 32 levels), MLP_NOMEM */
MLP_API
MLP_NODISCARD
mlp_status mlp_model_set_record(mlp_model *model,
                                const char *json,
                                size_t length,
                                mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * From a table to a model: choose what was left open, say what will be done,
 * do it. A plan is made first, so that a caller can show the resolved settings,
 * the parameter counts, the memory and the warnings before a row is learned. */
#ifndef MLP_FIT_H
#define MLP_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/columns.h"
#include "mlp/model.h"
#include "mlp/network.h"
#include "mlp/scores.h"
#include "mlp/status.h"
#include "mlp/table.h"
#include "mlp/training.h"

/* A weight for the class that is spelled `label`. */
typedef struct mlp_class_weight {
    const char *label;
    double weight;
} mlp_class_weight;

#define MLP_QUALITY_TABLE(X)                                                   \
    X(AUTO, "auto") /* balanced */                                             \
    X(FAST, "fast")                                                            \
    X(BALANCED, "balanced")                                                    \
    X(BEST, "best")
#define X(name, text) MLP_QUALITY_##name,
typedef enum mlp_quality { MLP_QUALITY_TABLE(X) } mlp_quality;
#undef X
MLP_API const char *mlp_quality_name(mlp_quality quality);
MLP_API bool mlp_quality_parse(const char *name, mlp_quality *out);

enum { MLP_MAX_MEMBERS = 64 };

/* What is wanted. Zero-initialised, all of it means "choose for me"; a plan
 * returns the same struct with nothing left open. Strings stay the caller's
 * until the plan is made; those of a resolved spec are the plan's. Chosen are:
 *
 *   hidden        [64, 64] relu; [128] relu from 100 features on
 *   output, loss  classification: softmax, cross_entropy (it takes sigmoid,
 * too: one output a class, each on its own); multilabel: sigmoid,
 *                 binary_cross_entropy; regression: identity, mse
 *   optimizer     adam, with its own learning rate
 *   batch_size, epochs, patience   by the number of training rows:
 *                 16, 200, 20 below 1,000;  64, 100, 15 below 10,000;
 *                 128, 30, 8 below 100,000;  256, 15, 5 above;
 *                 1,000 epochs where each is a single step
 *
 * and with `from` that model's layers, input scaling, unit of the targets and
 * order of features. */
typedef struct mlp_fit_spec {
    mlp_task task;
    mlp_scaling scaling;
    const char *const *targets; /* at least one column of the table */
    size_t n_targets;
    const char *const *features; /* NULL: every column but targets, excluded */
    size_t n_features;
    const char *const *exclude;
    size_t n_exclude;
    const mlp_column_declaration *columns; /* what some are taken for */
    size_t n_columns;
    mlp_numeric_embedding numeric_embedding;

    bool hidden_given;                 /* else hidden layers are chosen … */
    mlp_activation default_activation; /* … with this one, if it is given */
    bool default_activation_given;
    mlp_network_spec network; /* n_inputs, n_outputs are found */
    mlp_training_spec training;
    bool dropout_given, schedule_given, weight_decay_given;
    double dropout;      /* of the hidden layers that are chosen, not given */
    mlp_quality quality; /* how much time a chosen network may take */
    size_t n_members;    /* networks whose answers are averaged; 0: chosen */
    bool calibrate_given, calibrate; /* one temperature for all logits */
    bool clamp_given, clamp; /* values stay within the training rows' range */

    bool validation_given;
    double validation; /* [0, 0.9]: the share of rows held out; unless given,
                          0.2 from 50 rows on, else 0 */
    bool early_stopping_given; /* else: with validation rows, yes */

    bool balanced; /* classes weigh n / (n_classes * n_of_class) */
    const mlp_class_weight *class_weights;
    size_t n_class_weights;

    const mlp_model *from; /* start from its weights: same features, targets
                              and layers, and no class that it does not know */
} mlp_fit_spec;

typedef struct mlp_plan mlp_plan;

/* Check `spec` against `table` and resolve it. The table (and `from`) must
 * outlive the plan and may not change.
 *
 * Rows whose target is missing are left out, with a warning; a feature that is
 * text is refused by name. task auto: a text or boolean target, or whole
 * numbers of at most 20 distinct values (with a warning), is classification,
 * else regression; several targets are multilabel when all hold booleans or 0
 * and 1 (with a warning), else regression. Targets of regression are
 * standardised inside the model. Scaling is found in the training rows alone.
 * The split is stratified for classification and a pure function of the seed.
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

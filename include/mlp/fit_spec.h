/* SPDX-License-Identifier: MIT
 *
 * What may be asked of a fit (fit.h): every choice that there is, each of which
 * may be left open. */
#ifndef MLP_FIT_SPEC_H
#define MLP_FIT_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/columns.h"
#include "mlp/model.h"
#include "mlp/network.h"
#include "mlp/status.h"
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
 *   output, loss  classification: softmax, cross_entropy (it takes sigmoid,
 *                 too: one output a class, each on its own); multilabel:
 *                 sigmoid, binary_cross_entropy; regression: identity, mse
 *   all the rest  by the recipe of model/plan_recipe.c, unless hidden layers,
 *                 an activation or an optimizer is named and no quality; then
 *   hidden        [64, 64] relu; [128] relu from 100 features on
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
                          0.2 from 50 rows on or by group or time, else 0 */
    /* NULL, or at most one of two columns, which are no features unless they
     * are named as such; rows without a value there learn. All rows of a group
     * are on one side, so are those of one time, numbers or ISO dates, of
     * which the latest are held out. */
    const char *validation_group, *validation_time;
    bool early_stopping_given; /* else: with validation rows, yes */

    bool balanced; /* classes weigh n / (n_classes * n_of_class) */
    const mlp_class_weight *class_weights;
    size_t n_class_weights;
    /* NULL, or a column, which is no feature: what each row counts in the
     * losses, of training and of validation; numbers of at least 0, none of
     * them missing, that matter beside each other alone. Scores have no
     * weights, nor have scaling and calibration. */
    const char *weight;

    const mlp_model *from; /* start from its weights: same features, targets
                              and layers, and no class that it does not know */
} mlp_fit_spec;

#endif

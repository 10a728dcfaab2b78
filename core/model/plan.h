/* SPDX-License-Identifier: MIT
 *
 * A plan from the inside, and the steps that fill it. They run in the order in
 * which they stand here, and each reads what those before it left. */
#ifndef MLP_MODEL_PLAN_H
#define MLP_MODEL_PLAN_H

#include "mlp/fit.h"
#include "model/alignment.h"
#include "model/encoder.h"
#include "model/labels.h"
#include "model/statistics.h"

struct plan_scale {
    float shift, scale;
};

/* Why a feature has no input. */
enum plan_ignored { PLAN_NOT_IGNORED, PLAN_IGNORED_CONSTANT, PLAN_IGNORED_ID };

struct mlp_plan {
    const mlp_table *table;
    mlp_fit_spec spec; /* resolved; its pointers lead into what follows */

    const char **names;         /* the table's: of features, then of targets */
    size_t *columns;            /* [n_features] */
    size_t *targets;            /* [n_targets], column numbers */
    size_t group, time, weight; /* columns, if the spec names them */
    struct label_list ignored;  /* names of the other columns */

    uint32_t *usable; /* rows whose targets are all there, ascending */
    size_t n_usable;
    struct label_list classes; /* of classification */
    uint32_t *class_of; /* [rows of the table]; or, of the other tasks, … */
    float *values;      /* … [rows of the table, n_targets], as they are */

    uint32_t *train, *validation; /* rows of the table, ascending */
    size_t n_train, n_validation;
    /* [rows of the table], or NULL: the one of n_members that does not learn
     * from a row, which is then both in `train` and in `validation`;
     * SPLIT_NO_FOLD: all do, and it is in `train` alone. */
    unsigned char *fold_of;

    mlp_layer_spec *hidden;
    mlp_layer_spec recipe_layers[4];
    float *class_weights; /* [n_classes] or NULL */
    float *weights;       /* [rows of the table] or NULL; of `train` on
                             average 1 */
    mlp_class_weight *weights_given;

    bool by_recipe; /* no part of the network was named: choose all of it */
    struct column_statistics *statistics; /* [n_features], over `train` */
    struct plan_scale *scales;            /* [n_features], of its number */
    enum plan_ignored *why_ignored;       /* [n_features] */
    struct encoder encoder;
    struct alignment alignment;         /* of the table to it */
    bool scaled_alike;                  /* all inputs: no shift, one scale */
    mlp_embedding_spec *embeddings;     /* [n_features] at most */
    float *target_shift, *target_scale; /* [n_targets] of regression */

    size_t n_weights, n_biases, memory;
    struct label_list warnings;
};

/* Targets and features, by name. */
MLP_NODISCARD
mlp_status plan_columns(mlp_plan *plan, mlp_error *err);
/* The task, and what each row's targets say. */
MLP_NODISCARD
mlp_status plan_targets(mlp_plan *plan, mlp_error *err);
/* Which rows teach and which ones test, and what they weigh. */
MLP_NODISCARD
mlp_status plan_rows(mlp_plan *plan, mlp_error *err);
/* … of which these are parts: train, validation, fold_of; and weights. */
MLP_NODISCARD
mlp_status plan_split(mlp_plan *plan, mlp_error *err);
MLP_NODISCARD
mlp_status plan_weights(mlp_plan *plan, mlp_error *err);
/* How cells become inputs, and the unit of regression's targets. */
MLP_NODISCARD
mlp_status plan_encoder(mlp_plan *plan, mlp_error *err);
/* … of which these are parts. */
MLP_NODISCARD
mlp_status plan_target_scales(mlp_plan *plan, mlp_error *err);
MLP_NODISCARD
mlp_status plan_warnings(mlp_plan *plan, mlp_error *err);
/* How many networks a recipe wants, by the number of usable rows. */
size_t plan_recipe_members(const mlp_plan *plan);
/* The share of rows that it holds out, where some can be spared. */
double plan_recipe_validation(const mlp_plan *plan);
/* Whether it embeds numbers. */
mlp_numeric_embedding plan_recipe_embedding(const mlp_plan *plan);
/* What a recipe chooses of network and training; nothing without one. */
MLP_NODISCARD
mlp_status plan_recipe(mlp_plan *plan, mlp_error *err);
/* The network's shape. */
MLP_NODISCARD
mlp_status plan_network(mlp_plan *plan, mlp_error *err);
/* How it is trained. */
MLP_NODISCARD
mlp_status plan_training(mlp_plan *plan, mlp_error *err);
/* What it will take. */
MLP_NODISCARD
mlp_status plan_memory(mlp_plan *plan, mlp_error *err);

MLP_NODISCARD
mlp_status plan_warn(mlp_plan *plan, mlp_error *err, const char *format, ...)
    MLP_PRINTF(3, 4);

/* Refusals of columns; MLP_INVALID.  Of a name, in the list `role`, that the
 * table has not: */
MLP_NODISCARD
mlp_status plan_refusal_unknown(const mlp_table *table,
                                const char *role,
                                const char *name,
                                mlp_error *err);
/* … and of a feature that is declared numeric and holds something else, or
 * MLP_OK if it does not. */
MLP_NODISCARD
mlp_status
plan_refusal_text(const mlp_plan *plan, size_t feature, mlp_error *err);

/* The examples that a plan trains on; `values`: as the network should say
 * them. x is what the model will make of the same rows. */
mlp_examples plan_examples(const mlp_plan *plan, const float *values);

#endif

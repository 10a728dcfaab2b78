/* SPDX-License-Identifier: MIT
 *
 * What a spec may say. The upper ends are no advice: they keep a slip of the
 * finger (1e60 epochs) from becoming a job. */
#include "training/spec_tables.h"

#include "mlp/columns.h"
#include "mlp/fit.h"
#include "mlp/model.h"
#include "mlp/network.h"
#include "mlp/optimizer.h"
#include "mlp/training.h"

#define EPOCHS_MAX         100000
#define THREADS_MAX        256 /* of --threads */

#define TRAINING(field)    offsetof(mlp_training_spec, field)
#define OPTIMIZER(field)   offsetof(mlp_optimizer_spec, field)
#define SCHEDULE(field)    offsetof(mlp_schedule_spec, field)
#define IS_OPTIMIZER(name) (1u << MLP_OPTIMIZER_##name)
#define IS_SCHEDULE(name)  (1u << MLP_SCHEDULE_##name)
#define MOMENTA            (IS_OPTIMIZER(MOMENTUM) | IS_OPTIMIZER(NESTEROV))
#define IS_TASK(name)      (1u << MLP_TASK_##name)
#define CLASSES            (IS_TASK(CLASSIFICATION) | IS_TASK(MULTILABEL))
#define ADAMS              (IS_OPTIMIZER(ADAM) | IS_OPTIMIZER(ADAMW))

/* clang-format off */
const struct spec_field spec_training_fields[] = {
    /* key, kind, offset, min, max, above_min, below_max, owners */
    {"epochs", SPEC_COUNT, TRAINING(epochs), 1, EPOCHS_MAX, 0, 0, 0},
    {"learning_rate", SPEC_REAL, TRAINING(learning_rate), 0, 1e6, 1, 0, 0},
    {"weight_decay", SPEC_REAL, TRAINING(optimizer.weight_decay), 0, 1e6, 0, 0, 0},
    {"l1", SPEC_REAL, TRAINING(l1), 0, 1e6, 0, 0, 0},
    {"l2", SPEC_REAL, TRAINING(l2), 0, 1e6, 0, 0, 0},
    {"label_smoothing", SPEC_REAL, TRAINING(label_smoothing), 0, 1, 0, 1, 0},
    {"gradient_clip", SPEC_REAL, TRAINING(gradient_clip), 0, 1e9, 0, 0, 0},
    {"time_limit_s", SPEC_REAL, TRAINING(time_limit_s), 0, 1e9, 0, 0, 0},
    {"threads", SPEC_COUNT, TRAINING(threads), 1, THREADS_MAX, 0, 0, 0},
    {.key = NULL},
};

const struct spec_field spec_optimizer_fields[] = {
    {"momentum", SPEC_REAL, OPTIMIZER(momentum), 0, 1, 0, 1, MOMENTA},
    {"beta1", SPEC_REAL, OPTIMIZER(beta1), 0, 1, 0, 1, ADAMS},
    {"beta2", SPEC_REAL, OPTIMIZER(beta2), 0, 1, 0, 1, ADAMS},
    {"rho", SPEC_REAL, OPTIMIZER(rho), 0, 1, 0, 1, IS_OPTIMIZER(RMSPROP)},
    {"epsilon", SPEC_REAL, OPTIMIZER(epsilon), 0, 1, 1, 1,
     IS_OPTIMIZER(ADAGRAD) | IS_OPTIMIZER(RMSPROP) | ADAMS},
    {.key = NULL},
};

const struct spec_field spec_schedule_fields[] = {
    {"warmup_epochs", SPEC_COUNT, SCHEDULE(warmup_epochs), 0, EPOCHS_MAX, 0, 0,
     ~IS_SCHEDULE(ONE_CYCLE)},
    {"step_epochs", SPEC_COUNT, SCHEDULE(step_epochs), 1, EPOCHS_MAX, 0, 0,
     IS_SCHEDULE(STEP)},
    {"gamma", SPEC_REAL, SCHEDULE(gamma), 0, 1e3, 1, 0,
     IS_SCHEDULE(STEP) | IS_SCHEDULE(EXPONENTIAL)},
    {.key = NULL},
};

const struct spec_field spec_stopping_fields[] = {
    {"patience", SPEC_COUNT, TRAINING(patience), 1, EPOCHS_MAX, 0, 0, 0},
    {"min_delta", SPEC_REAL, TRAINING(min_delta), 0, 1e9, 0, 0, 0},
    {.key = NULL},
};

const struct spec_score spec_scores[] = {
    /* key, higher is better, tasks, of held-out rows alone */
    {"loss", 0, CLASSES | IS_TASK(REGRESSION), 0},
    {"log_loss", 0, CLASSES, 0},
    {"accuracy", 1, CLASSES, 0},
    {"balanced_accuracy", 1, IS_TASK(CLASSIFICATION), 1},
    {"macro_f1", 1, CLASSES, 1},
    {"auc", 1, CLASSES, 1},
    {"ece", 0, IS_TASK(CLASSIFICATION), 1},
    {"rmse", 0, IS_TASK(REGRESSION), 0},
    {"mae", 0, IS_TASK(REGRESSION), 0},
    {"r2", 1, IS_TASK(REGRESSION), 0},
    {.key = NULL},
};
/* clang-format on */

bool spec_field_has_owner(const struct spec_field *field, unsigned owner)
{
    return field->owners == 0 || (field->owners >> owner & 1) != 0;
}

bool spec_field_allows(const struct spec_field *field, double value)
{
    return value >= field->min && value <= field->max &&
           !(field->above_min && value == field->min) &&
           !(field->below_max && value == field->max);
}

#define X(name, text) text,
const char *const spec_tasks[] = {MLP_TASK_TABLE(X) NULL};
const char *const spec_scalings[] = {MLP_SCALING_TABLE(X) NULL};
const char *const spec_activations[] = {MLP_ACTIVATION_TABLE(X) NULL};
const char *const spec_outputs[] = {MLP_OUTPUT_TABLE(X) NULL};
const char *const spec_initializers[] = {MLP_INITIALIZER_TABLE(X) NULL};
const char *const spec_losses[] = {MLP_LOSS_TABLE(X) NULL};
const char *const spec_optimizers[] = {MLP_OPTIMIZER_TABLE(X) NULL};
const char *const spec_schedules[] = {MLP_SCHEDULE_TABLE(X) NULL};
const char *const spec_parametrizations[] = {MLP_PARAMETRIZATION_TABLE(X) NULL};
const char *const spec_numeric_embeddings[] = {MLP_NUMERIC_EMBEDDING_TABLE(X)
                                                   NULL};
const char *const spec_qualities[] = {MLP_QUALITY_TABLE(X) NULL};
const char *const spec_kinds[] = {MLP_COLUMN_KIND_TABLE(X) NULL};
#undef X

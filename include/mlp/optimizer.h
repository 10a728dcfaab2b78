/* SPDX-License-Identifier: MIT
 *
 * The parts of learning that have names: losses, update rules and learning
 * rate schedules. */
#ifndef MLP_OPTIMIZER_H
#define MLP_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/status.h"

/* cross_entropy goes with the softmax output, fused with it; binary cross
 * entropy works on the logits of a sigmoid output; the others on its values.
 * mse, mae, huber and binary cross-entropy are means over rows and outputs. */
#define MLP_LOSS_TABLE(X)                                                      \
    X(AUTO, "auto")                                                            \
    X(CROSS_ENTROPY, "cross_entropy")                                          \
    X(BINARY_CROSS_ENTROPY, "binary_cross_entropy")                            \
    X(MSE, "mse")                                                              \
    X(MAE, "mae")                                                              \
    X(HUBER, "huber") /* delta 1 */

/* gd is one step an epoch on the whole training part. */
#define MLP_OPTIMIZER_TABLE(X)                                                 \
    X(AUTO, "auto")                                                            \
    X(GD, "gd")                                                                \
    X(SGD, "sgd")                                                              \
    X(MOMENTUM, "momentum")                                                    \
    X(NESTEROV, "nesterov")                                                    \
    X(ADAGRAD, "adagrad")                                                      \
    X(RMSPROP, "rmsprop")                                                      \
    X(ADAM, "adam")                                                            \
    X(ADAMW, "adamw")

#define MLP_SCHEDULE_TABLE(X)                                                  \
    X(CONSTANT, "constant")                                                    \
    X(STEP, "step")                                                            \
    X(EXPONENTIAL, "exponential")                                              \
    X(COSINE, "cosine")                                                        \
    X(ONE_CYCLE, "one_cycle")                                                  \
    X(COSLOG4, "coslog4")

#define X(name, text) MLP_LOSS_##name,
typedef enum mlp_loss { MLP_LOSS_TABLE(X) } mlp_loss;
#undef X
#define X(name, text) MLP_OPTIMIZER_##name,
typedef enum mlp_optimizer { MLP_OPTIMIZER_TABLE(X) } mlp_optimizer;
#undef X
#define X(name, text) MLP_SCHEDULE_##name,
typedef enum mlp_schedule { MLP_SCHEDULE_TABLE(X) } mlp_schedule;
#undef X

MLP_API const char *mlp_loss_name(mlp_loss loss);
MLP_API const char *mlp_optimizer_name(mlp_optimizer optimizer);
MLP_API const char *mlp_schedule_name(mlp_schedule schedule);
MLP_API bool mlp_loss_parse(const char *name, mlp_loss *out);
MLP_API bool mlp_optimizer_parse(const char *name, mlp_optimizer *out);
MLP_API bool mlp_schedule_parse(const char *name, mlp_schedule *out);

/* Each kind reads the numbers that name it; the others are ignored. */
typedef struct mlp_optimizer_spec {
    mlp_optimizer kind;
    double momentum;     /* momentum, nesterov */
    double beta1, beta2; /* adam, adamw */
    double rho;          /* rmsprop: decay of the squared gradient */
    double epsilon;      /* adagrad, rmsprop, adam, adamw */
    double weight_decay; /* decoupled: w -= lr * weight_decay * w; weights
                            alone, before the step, with every kind */
} mlp_optimizer_spec;

/* The literature's (and PyTorch's) defaults; adamw has weight_decay 0.01. */
MLP_API mlp_optimizer_spec mlp_optimizer_defaults(mlp_optimizer kind);
/* 0.1 for gd; 0.01 for sgd, momentum, nesterov and adagrad; 0.001 for rmsprop,
 * adam and adamw: each learns a plain table without further ado. */
MLP_API double mlp_optimizer_learning_rate(mlp_optimizer kind);

typedef struct mlp_schedule_spec {
    mlp_schedule kind;
    size_t warmup_epochs; /* linear up to 1, before any kind but one_cycle */
    size_t step_epochs; /* step: every so many epochs … 0: a third of them */
    double gamma;       /* … times gamma; exponential: each epoch.
                           0: 0.1 for step, 0.95 for exponential */
} mlp_schedule_spec;

/* The factor on the learning rate for step `step` of n_steps, both counted in
 * batches from 0. Warm-up step i of n has (i + 1) / n. cosine falls from 1 at
 * its first step to 0 at step n_steps, which is never taken; one_cycle (Smith
 * 2018) rises from 1/25 to 1 over the first 30 % and falls to 1e-4, both along
 * a cosine; coslog4 (Holzmueller et al. 2024) is (1 - cos(2 pi log2(1 + 15 t)))
 * / 2: four waves, each twice as long as the one before.  Threads: any. */
MLP_API double mlp_schedule_factor(const mlp_schedule_spec *schedule,
                                   size_t step,
                                   size_t n_steps,
                                   size_t steps_per_epoch);

#endif

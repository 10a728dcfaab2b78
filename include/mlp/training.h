/* SPDX-License-Identifier: MIT
 *
 * The trainer: epochs of batches over examples. The same network, examples,
 * rows and spec give the same bits. */
#ifndef MLP_TRAINING_H
#define MLP_TRAINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/examples.h"
#include "mlp/network.h"
#include "mlp/optimizer.h"
#include "mlp/status.h"

/* How fast a parameter moves beside the others, under adam and adamw alone.
 * STANDARD: all alike. NTK: as if the weights were N(0, 1) numbers divided by
 * sqrt(fan_in), so learning rate and epsilon of a weight are divided and
 * multiplied by that; biases and periodic embeddings have a tenth of the rate.
 * (Jacot et al. 2018; the tenth: Holzmueller et al. 2024) */
#define MLP_PARAMETRIZATION_TABLE(X)                                           \
    X(AUTO, "auto") /* STANDARD, unless mlp_plan_create() chooses */           \
    X(STANDARD, "standard")                                                    \
    X(NTK, "ntk")
#define X(name, text) MLP_PARAMETRIZATION_##name,
typedef enum mlp_parametrization {
    MLP_PARAMETRIZATION_TABLE(X)
} mlp_parametrization;
#undef X
MLP_API const char *mlp_parametrization_name(mlp_parametrization kind);
MLP_API bool mlp_parametrization_parse(const char *name,
                                       mlp_parametrization *out);

/* Zero means "the default" in each field that says so; a plain zero elsewhere.
 * Loss, optimizer, epochs and batch_size must be chosen before
 * mlp_trainer_create(); start `optimizer` from mlp_optimizer_defaults(). */
typedef struct mlp_training_spec {
    mlp_loss loss;
    mlp_optimizer_spec optimizer;
    mlp_parametrization parametrization;
    mlp_schedule_spec schedule;
    size_t epochs;          /* 0: chosen by mlp_plan_create() */
    size_t batch_size;      /* 0: chosen by mlp_plan_create() */
    bool full_batch;        /* then batch_size does not count; gd sets it */
    double learning_rate;   /* 0: mlp_optimizer_learning_rate() */
    double l1, l2;          /* gradients l1 sign(w) + l2 w; not for biases */
    double label_smoothing; /* [0, 1), cross_entropy only */
    double gradient_clip;   /* global L2 norm, before penalties; 0: off */
    const mlp_real *class_weights; /* [n_outputs] or NULL; copied; they
                                      multiply those of the rows */
    bool early_stopping;           /* needs validation rows */
    size_t patience;               /* epochs without improvement; 0: 10 */
    double min_delta;              /* what counts as one */
    bool keep_last; /* keep the last epoch's weights, not the best one's: those
                       of the lowest validation loss, if there is one */
    bool no_shuffle;
    uint64_t seed;
    size_t threads;      /* that work on it together, 0: 1; changes no bit */
    double time_limit_s; /* 0: none. When it is over, training ends with the
                            batch at hand; a schedule goes by it, too */
} mlp_training_spec;

/* One epoch's figures; a NaN where there is none. Losses carry no penalty
 * term; the training loss is the one that is descended on, the validation loss
 * has no label smoothing, class weights or dropout, but the rows' own weights.
 * Accuracy, which has none, is of the task with classes, or of 0/1 labels by
 * sigmoid. */
typedef struct mlp_epoch {
    size_t epoch, n_epochs; /* epoch counts from 1 */
    double loss, accuracy;  /* training: means over the epoch's batches */
    double validation_loss, validation_accuracy; /* after it */
    double learning_rate;                        /* of its last step */
    double seconds;                              /* since the start */
    double samples_per_second; /* learned from, validation aside */
    bool best;                 /* the lowest validation loss so far */
} mlp_epoch;

typedef struct mlp_trainer mlp_trainer;

/* How a run is watched and stopped; each may be NULL, all run on the trainer's
 * thread. Before every batch come on_pause, which may save the trainer, and
 * should_stop; on_batch tells the share done of the run, in [0, 1]. wants_pause
 * is asked every few hundred rows: true gives a batch or validation up, undone,
 * and the two come next. */
typedef struct mlp_hooks {
    void *context;
    void (*on_epoch)(void *context, const mlp_epoch *epoch);
    void (*on_batch)(void *context, double progress);
    bool (*should_stop)(void *context);
    void (*on_pause)(void *context, mlp_trainer *trainer);
    bool (*wants_pause)(void *context);
} mlp_hooks;

typedef enum mlp_stop {
    MLP_STOP_EPOCHS, /* all of them were run */
    MLP_STOP_EARLY,  /* patience ran out */
    MLP_STOP_TIME,   /* time_limit_s */
} mlp_stop;

typedef struct mlp_training_result {
    size_t epochs_run;
    size_t best_epoch; /* whose weights the network now has; 0: of none */
    mlp_epoch best, last;
    mlp_stop stop;
    double seconds, samples_per_second;
} mlp_training_result;

/* A run that can be held: everything between two batches is in it.
 * train and validation are row numbers; NULL train means all rows.
 *
 * Errors:  MLP_INVALID  a field is out of range or unresolved, a loss that
 *                       does not go with the output or the targets
 *          MLP_SHAPE    examples and network disagree
 *          MLP_NOMEM    … everything is allocated here, nothing in the loop
 * Owner:   caller; mlp_trainer_destroy().  network and examples must outlive
 * it. Threads: one at a time. */
MLP_API MLP_NODISCARD mlp_status
mlp_trainer_create(mlp_network *network,
                   const mlp_training_spec *spec,
                   const mlp_examples *examples,
                   const uint32_t *train,
                   size_t n_train,
                   const uint32_t *validation,
                   size_t n_validation,
                   mlp_trainer **out,
                   mlp_error *err);
MLP_API void mlp_trainer_destroy(mlp_trainer *trainer);

/* Train to the end. *result (or NULL) is filled in any case.
 *
 * Errors:  MLP_CANCELLED  a hook asked to stop; the network is as it then was,
 *                         and another call goes on as if nothing had happened
 *          MLP_DIVERGED   the loss or a weight is not finite; names the epoch
 *                         and what to try */
MLP_API MLP_NODISCARD mlp_status mlp_trainer_run(mlp_trainer *trainer,
                                                 const mlp_hooks *hooks,
                                                 mlp_training_result *result,
                                                 mlp_error *err);

/* create, run and destroy with all rows and no validation. An unresolved
 * optimizer is adam; epochs 100; batch_size 32; the loss goes by the output. */
MLP_API MLP_NODISCARD mlp_status mlp_train(mlp_network *network,
                                           const mlp_training_spec *spec,
                                           const mlp_examples *examples,
                                           const mlp_hooks *hooks,
                                           mlp_training_result *result,
                                           mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A trainer from the inside. What a run can be held and continued by is
 * struct progress, the network's parameters, step.optimizer and `best`;
 * everything else is made again from the spec and the examples. */
#ifndef MLP_NN_TRAINER_H
#define MLP_NN_TRAINER_H

#include "mlp/training.h"
#include "nn/step.h"

/* Where a run stands between two batches. Plain numbers, no pointers. */
struct progress {
    size_t epoch;              /* being run, from 0: those that are complete */
    size_t batch;              /* of it, the next to be run */
    struct score score;        /* of its batches so far */
    double learning_rate;      /* of the last step */
    double seconds;            /* spent since the start */
    double batch_seconds;      /* of them, in batches: without validation … */
    double epoch_seconds;      /* … and likewise of this epoch */
    uint64_t rows, epoch_rows; /* rows learned from, likewise */
    double milestone; /* the validation loss that patience waits to beat */
    size_t stale;     /* epochs since it was set */
    mlp_epoch best;   /* best.epoch is 0 as long as there is none */
    mlp_epoch last;
    bool over;
    mlp_stop stop; /* why, once it is over */
};

/* What a run may be a part of: bytes that stand before its checkpoint, and
 * where it stands in the whole. */
struct trainer_frame {
    const void *prelude;
    size_t prelude_length;
    size_t epochs_before;
    double seconds_before;
    double share_before, share; /* share 0: it is the whole */
};

struct mlp_trainer {
    mlp_network *network;
    mlp_examples examples;
    mlp_training_spec spec;  /* complete; its class_weights are the copy */
    mlp_real *class_weights; /* or NULL */
    uint32_t *train, *order; /* [n_train]: as given; in this epoch's order */
    uint32_t *validation;    /* [n_validation] */
    size_t n_train, n_validation;
    size_t batch_size, n_batches; /* rows a batch, batches an epoch */
    struct step step;
    mlp_real *best; /* [n_parameters] of progress.best; NULL: not kept */
    struct progress progress;
    struct trainer_frame frame;
    uint64_t identity; /* of checkpoints, once it is known */
    bool identified;
    double
        started; /* the clock when this sitting began, less progress.seconds */
};

/* The order of `train` in epoch number `epoch`, from 0: a pure function of
 * seed and epoch.  order: [n].  Threads: any. */
void trainer_order(uint64_t seed,
                   size_t epoch,
                   const uint32_t *train,
                   uint32_t n,
                   uint32_t *order);

/* In [0, 1], of the whole run. */
double trainer_share_done(const struct mlp_trainer *trainer);

#endif

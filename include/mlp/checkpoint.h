/* SPDX-License-Identifier: MIT
 *
 * A training run put down as bytes and taken up again, in another process if
 * need be. What was interrupted so ends with the very bits that it would have
 * ended with undisturbed. */
#ifndef MLP_CHECKPOINT_H
#define MLP_CHECKPOINT_H

#include <stddef.h>

#include "mlp/buffer.h"
#include "mlp/fit.h"
#include "mlp/status.h"
#include "mlp/training.h"

/* Where a trainer stands between two batches. */
typedef struct mlp_position {
    size_t epoch;    /* epochs that are complete */
    size_t batch;    /* batches of the next one that are done */
    double progress; /* the share done of the whole run, in [0, 1] */
    double seconds;  /* spent, in all sittings together */
} mlp_position;

MLP_API mlp_position mlp_trainer_position(const mlp_trainer *trainer);

/* Write all that the rest of the run depends on: weights, the optimizer's
 * state, where it stands, the best so far; and a checksum of what it was made
 * of, spec, shape and data. For an on_pause hook, or between two runs; not
 * after MLP_DIVERGED. The first time it reads the examples once.
 *
 * Errors:  whatever the sink says; the trainer is as it was. */
MLP_API MLP_NODISCARD mlp_status mlp_trainer_save(mlp_trainer *trainer,
                                                  mlp_sink sink,
                                                  mlp_error *err);

/* Go back to what was saved by a trainer of equal spec, network shape, rows
 * and examples. Any bytes may be given; the trainer and its network change
 * only on MLP_OK. Time spent before counts towards time_limit_s.
 *
 * Errors:  MLP_FORMAT  cut, damaged, of another version, or of another run */
MLP_API MLP_NODISCARD mlp_status mlp_trainer_restore(mlp_trainer *trainer,
                                                     const void *bytes,
                                                     size_t length,
                                                     mlp_error *err);

/* mlp_plan_run() that goes on from what an on_pause hook of a run of an equal
 * plan has saved. `bytes` are not needed any more once a hook is called.
 *
 * Errors:  MLP_FORMAT  refused: no hook was called, nothing trained;
 *          else as of mlp_plan_run() */
MLP_API MLP_NODISCARD mlp_status mlp_plan_resume(const mlp_plan *plan,
                                                 const void *bytes,
                                                 size_t length,
                                                 const mlp_hooks *hooks,
                                                 mlp_model **out,
                                                 mlp_fit_report *report,
                                                 mlp_error *err);

#endif

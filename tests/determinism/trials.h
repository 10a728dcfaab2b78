/* SPDX-License-Identifier: MIT
 *
 * The trainings whose models are compared. */
#ifndef TESTS_DETERMINISM_TRIALS_H
#define TESTS_DETERMINISM_TRIALS_H

#include <stddef.h>

#include "mlp/fit.h"

#include "samples.h"

enum { MAX_HIDDEN = 3, N_TRIALS = 24 };

/* What is zero is chosen by the plan. */
struct trial {
    const char *name;
    enum sample sample;
    mlp_layer_spec hidden[MAX_HIDDEN]; /* to the first that has no units */
    mlp_optimizer optimizer;
    double weight_decay;
    mlp_training_spec training;
    mlp_output output;
    mlp_initializer initializer;
    mlp_scaling scaling;
    mlp_task task;
    double validation;
    bool no_validation;
    bool weighted; /* setosa weighs more than the others */
    bool balanced;
    bool by_recipe; /* `hidden` does not count, the network is chosen, too */
    mlp_quality quality;
    size_t n_members;
    mlp_numeric_embedding numeric_embedding;
    const char *categorical; /* NULL, or a column of numbers that are codes */
};

extern const struct trial trials[N_TRIALS];

/* Train on `table`, the trial's sample. To `sink` goes the model's file; its
 * training record has each epoch's losses and the final scores.
 *
 * Errors: those of the plan, of the run and of the sink. */
MLP_NODISCARD mlp_status trial_run(const struct trial *trial,
                                   const mlp_table *table,
                                   size_t n_threads,
                                   mlp_sink sink,
                                   mlp_error *err);

#endif

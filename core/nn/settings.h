/* SPDX-License-Identifier: MIT
 *
 * Checking what a trainer is asked to do, before anything is allocated. */
#ifndef MLP_NN_SETTINGS_H
#define MLP_NN_SETTINGS_H

#include "mlp/training.h"

/* Set the choices that are the trainer's own where the spec leaves them at 0:
 * learning rate and patience; gd turns full_batch on.  Threads: any. */
void settings_complete(mlp_training_spec *spec);

/* The choices of mlp_train() for what its caller left open.  Threads: any. */
void settings_choose(mlp_training_spec *spec, mlp_output output);

/* Errors:  MLP_INVALID, MLP_SHAPE; the text names the field.  Threads: any. */
MLP_NODISCARD
mlp_status settings_check(const mlp_training_spec *spec,
                          const mlp_network_spec *network,
                          const mlp_examples *examples,
                          mlp_error *err);

/* rows[0..n) exist, their classes are below n_outputs, and their weights are
 * numbers of at least 0, of which one is above it if there are rows.
 * `name` is theirs in the error text. */
MLP_NODISCARD
mlp_status settings_check_rows(const char *name,
                               const uint32_t *rows,
                               size_t n,
                               size_t n_outputs,
                               const mlp_examples *examples,
                               mlp_error *err);

#endif

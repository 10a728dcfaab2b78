/* SPDX-License-Identifier: MIT
 *
 * Making and ending a trainer: all checks and all allocations of a run. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/settings.h"
#include "nn/trainer.h"

/* A copy of n numbers; rows NULL: 0 … n-1. */
static uint32_t *copy_rows(const uint32_t *rows, size_t n)
{
    uint32_t *copy = alloc_array(n, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = rows ? rows[i] : (uint32_t)i;
    return copy;
}

static bool copy_class_weights(mlp_trainer *t)
{
    size_t n = t->network->spec.n_outputs;
    if (!t->spec.class_weights)
        return true;
    t->class_weights = alloc_array(n, sizeof *t->class_weights);
    if (!t->class_weights)
        return false;
    memcpy(t->class_weights, t->spec.class_weights,
           n * sizeof *t->class_weights);
    t->spec.class_weights = t->class_weights;
    return true;
}

static mlp_status copy_given(mlp_trainer *t,
                             const uint32_t *train,
                             const uint32_t *validation,
                             mlp_error *err)
{
    t->train = copy_rows(train, t->n_train);
    t->order = alloc_array(t->n_train, sizeof *t->order);
    t->validation = copy_rows(validation, t->n_validation);
    if (t->train && t->order && t->validation && copy_class_weights(t))
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM,
                    "training: no memory for the order of %zu "
                    "rows",
                    t->n_train);
}

static mlp_status check_rows(const mlp_trainer *t, mlp_error *err)
{
    size_t n_outputs = t->network->spec.n_outputs;
    mlp_status status = settings_check_rows("train", t->train, t->n_train,
                                            n_outputs, &t->examples, err);
    if (status == MLP_OK)
        status =
            settings_check_rows("validation", t->validation, t->n_validation,
                                n_outputs, &t->examples, err);
    return status;
}

static mlp_status allocate(mlp_trainer *t, mlp_error *err)
{
    size_t most_rows =
        t->batch_size > t->n_validation ? t->batch_size : t->n_validation;
    mlp_status status =
        step_init(&t->step, t->network, &t->examples, &t->spec, most_rows, err);
    if (status != MLP_OK || t->n_validation == 0 || t->spec.keep_last)
        return status;
    t->best = alloc_aligned(t->network->n_parameters, sizeof *t->best);
    if (t->best)
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM,
                    "training: no memory to keep the best %zu "
                    "parameters",
                    t->network->n_parameters);
}

/* The trainer as it stands before the first batch. */
static mlp_status prepare(mlp_trainer *t,
                          const uint32_t *train,
                          const uint32_t *validation,
                          mlp_error *err)
{
    t->batch_size = t->spec.full_batch || t->spec.batch_size > t->n_train
                        ? t->n_train
                        : t->spec.batch_size;
    assert(t->batch_size > 0);
    t->n_batches = (t->n_train + t->batch_size - 1) / t->batch_size;
    t->progress.milestone = HUGE_VAL;
    mlp_status status = copy_given(t, train, validation, err);
    if (status == MLP_OK)
        status = check_rows(t, err);
    if (status == MLP_OK)
        status = allocate(t, err);
    return status;
}

static mlp_status check_counts(const mlp_training_spec *spec,
                               const mlp_examples *examples,
                               size_t n_train,
                               size_t n_validation,
                               mlp_error *err)
{
    if (examples->n_rows > UINT32_MAX || n_train > UINT32_MAX)
        return mlp_fail(err, MLP_SHAPE, "examples: more than %u rows",
                        (unsigned)UINT32_MAX);
    if (n_train == 0)
        return mlp_fail(err, MLP_SHAPE, "train: no rows to learn from");
    if (spec->early_stopping && n_validation == 0)
        return mlp_fail(err, MLP_INVALID,
                        "early_stopping: there are no validation rows");
    return MLP_OK;
}

mlp_status mlp_trainer_create(mlp_network *network,
                              const mlp_training_spec *spec,
                              const mlp_examples *examples,
                              const uint32_t *train,
                              size_t n_train,
                              const uint32_t *validation,
                              size_t n_validation,
                              mlp_trainer **out,
                              mlp_error *err)
{
    *out = NULL;
    mlp_training_spec complete = *spec;
    settings_complete(&complete);
    if (!train)
        n_train = examples->n_rows;
    mlp_status status =
        settings_check(&complete, &network->spec, examples, err);
    if (status == MLP_OK)
        status = check_counts(&complete, examples, n_train, n_validation, err);
    if (status != MLP_OK)
        return status;
    mlp_trainer *trainer = alloc_array(1, sizeof *trainer);
    if (!trainer)
        return mlp_fail(err, MLP_NOMEM, "training: out of memory");
    trainer->network = network;
    trainer->examples = *examples;
    trainer->spec = complete;
    trainer->n_train = n_train;
    trainer->n_validation = n_validation;
    status = prepare(trainer, train, validation, err);
    if (status != MLP_OK) {
        mlp_trainer_destroy(trainer);
        return status;
    }
    *out = trainer;
    return MLP_OK;
}

void mlp_trainer_destroy(mlp_trainer *trainer)
{
    if (!trainer)
        return;
    step_free(&trainer->step);
    free(trainer->best);
    free(trainer->class_weights);
    free(trainer->train);
    free(trainer->order);
    free(trainer->validation);
    free(trainer);
}

mlp_status mlp_train(mlp_network *network,
                     const mlp_training_spec *spec,
                     const mlp_examples *examples,
                     const mlp_hooks *hooks,
                     mlp_training_result *result,
                     mlp_error *err)
{
    mlp_training_spec chosen = *spec;
    settings_choose(&chosen, network->spec.output);
    mlp_trainer *trainer;
    mlp_status status = mlp_trainer_create(network, &chosen, examples, NULL, 0,
                                           NULL, 0, &trainer, err);
    if (status == MLP_OK)
        status = mlp_trainer_run(trainer, hooks, result, err);
    mlp_trainer_destroy(trainer);
    return status;
}

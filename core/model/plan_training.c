/* SPDX-License-Identifier: MIT
 *
 * How the network is trained: what was left open is chosen by the number of
 * rows. Small tables take many short epochs and stop by themselves; large ones
 * take few. */
#include "model/bundle.h"
#include "model/plan.h"
#include "nn/loss.h"
#include "nn/names.h"
#include "nn/settings.h"

static const struct recipe {
    size_t below_rows;
    size_t batch_size, epochs, patience;
} recipes[] = {
    {1000, 16, 200, 20},
    {10000, 64, 100, 15},
    {100000, 128, 30, 8},
    {SIZE_MAX, 256, 15, 5},
};

/* One step an epoch needs many of them. */
enum { FULL_BATCH_EPOCHS = 1000 };

static const struct recipe *recipe_for(size_t n_rows)
{
    const struct recipe *recipe = recipes;
    while (n_rows >= recipe->below_rows)
        recipe++;
    return recipe;
}

/* Decay may be asked for without naming the rule that it goes with. */
static void choose_optimizer(mlp_optimizer_spec *optimizer)
{
    double weight_decay = optimizer->weight_decay;
    if (optimizer->kind != MLP_OPTIMIZER_AUTO)
        return;
    *optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM);
    if (weight_decay != 0)
        optimizer->weight_decay = weight_decay;
}

static void choose_early_stopping(mlp_plan *plan, const struct recipe *recipe)
{
    mlp_training_spec *training = &plan->spec.training;
    if (!plan->spec.early_stopping_given)
        training->early_stopping = plan->n_validation > 0;
    plan->spec.early_stopping_given = true;
    if (training->patience == 0)
        training->patience = recipe->patience;
}

static void choose(mlp_plan *plan)
{
    const struct recipe *recipe = recipe_for(plan->n_train);
    mlp_training_spec *training = &plan->spec.training;
    mlp_output output = plan->spec.network.output;
    if (training->loss == MLP_LOSS_AUTO)
        training->loss = loss_for(output);
    choose_optimizer(&training->optimizer);
    choose_early_stopping(plan, recipe);
    settings_complete(training);
    if (training->epochs == 0)
        training->epochs =
            training->full_batch ? FULL_BATCH_EPOCHS : recipe->epochs;
    if (training->full_batch)
        training->batch_size = plan->n_train;
    if (training->batch_size == 0)
        training->batch_size = recipe->batch_size;
}

mlp_status plan_training(mlp_plan *plan, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    choose(plan);
    mlp_examples examples = plan_examples(plan, plan->values);
    mlp_status status =
        settings_check(&spec->training, &spec->network, &examples, err);
    if (status == MLP_OK && spec->training.early_stopping &&
        plan->n_validation == 0)
        status = mlp_fail(err, MLP_INVALID,
                          "early_stopping: there are no validation rows");
    return status;
}

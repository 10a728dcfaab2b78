/* SPDX-License-Identifier: MIT
 *
 * What makes a good network when nothing is said but the target: RealMLP's
 * recipe (Holzmueller et al. 2024, https://arxiv.org/abs/2407.04491) for
 * tables, a plain wide network with dropout for pictures. What was asked for
 * stays. */
#include "model/bundle.h"
#include "model/plan.h"

/* How the same thing is done for more or less time. */
struct effort {
    size_t n_hidden, width;
    double epochs; /* times those of the table below */
    size_t n_members;
};

/* By the number of training rows. */
static const struct by_rows {
    size_t below;
    size_t batch_size, epochs, n_members;
} by_rows[] = {
    {1024, 64, 256, 5},   {8192, 128, 128, 5},     {30000, 256, 64, 1},
    {100000, 512, 32, 1}, {SIZE_MAX, 1024, 12, 1},
};

static const struct by_rows *row_of(const mlp_plan *plan)
{
    const struct by_rows *row = by_rows;
    while (plan->n_train >= row->below)
        row++;
    return row;
}

size_t plan_recipe_members(const mlp_plan *plan)
{
    size_t i = 0;
    while (plan->n_usable >= by_rows[i].below)
        i++;
    return plan->by_recipe ? by_rows[i].n_members : 1;
}

static void
set_hidden(mlp_plan *plan, size_t n, size_t width, mlp_activation activation)
{
    mlp_fit_spec *spec = &plan->spec;
    if (spec->hidden_given)
        return;
    if (spec->default_activation_given)
        activation = spec->default_activation;
    for (size_t i = 0; i < n; i++)
        plan->recipe_layers[i] =
            (mlp_layer_spec){width, activation, (mlp_real)spec->dropout};
    spec->network.hidden = plan->recipe_layers;
    spec->network.n_hidden = n;
    spec->hidden_given = true;
}

static void set_dropout(mlp_fit_spec *spec, double dropout)
{
    if (!spec->dropout_given)
        spec->dropout = dropout;
    spec->dropout_given = true;
}

static void set_optimizer(mlp_fit_spec *spec,
                          double beta2,
                          double weight_decay,
                          double learning_rate,
                          mlp_schedule schedule)
{
    mlp_training_spec *training = &spec->training;
    double asked = training->optimizer.weight_decay;
    if (training->optimizer.kind == MLP_OPTIMIZER_AUTO) {
        training->optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM);
        training->optimizer.beta2 = beta2;
        training->optimizer.weight_decay =
            spec->weight_decay_given ? asked : weight_decay;
        if (training->learning_rate == 0)
            training->learning_rate = learning_rate;
    }
    if (!spec->schedule_given)
        training->schedule.kind = schedule;
    spec->schedule_given = true;
}

static void set_length(mlp_plan *plan, size_t batch_size, size_t epochs)
{
    mlp_training_spec *training = &plan->spec.training;
    if (training->batch_size == 0 && !training->full_batch)
        training->batch_size =
            batch_size < plan->n_train ? batch_size : plan->n_train;
    if (training->epochs == 0)
        training->epochs = epochs > 0 ? epochs : 1;
    if (!plan->spec.early_stopping_given)
        training->early_stopping = false;
    plan->spec.early_stopping_given = true;
}

static void choose_for_table(mlp_plan *plan)
{
    mlp_fit_spec *spec = &plan->spec;
    const struct by_rows *row = row_of(plan);
    bool regression = spec->task == MLP_TASK_REGRESSION;
    set_dropout(spec, 0.15);
    set_hidden(plan, 3, 256, regression ? MLP_MISH : MLP_SELU);
    if (spec->network.initializer == MLP_INIT_AUTO)
        spec->network.initializer = MLP_INIT_NTK;
    set_optimizer(spec, 0.95, 0.02, regression ? 0.2 : 0.04,
                  MLP_SCHEDULE_COSLOG4);
    if (spec->training.parametrization == MLP_PARAMETRIZATION_AUTO &&
        spec->training.optimizer.kind >= MLP_OPTIMIZER_ADAM)
        spec->training.parametrization = MLP_PARAMETRIZATION_NTK;
    set_length(plan, row->batch_size, row->epochs);
}

static void choose_for_pictures(mlp_plan *plan)
{
    mlp_fit_spec *spec = &plan->spec;
    set_dropout(spec, 0.3);
    set_hidden(plan, 2, 512, MLP_RELU);
    set_optimizer(spec, 0.99, 0, 0.002, MLP_SCHEDULE_COSINE);
    set_length(plan, 128, 20);
}

mlp_status plan_recipe(mlp_plan *plan, mlp_error *err)
{
    (void)err;
    mlp_fit_spec *spec = &plan->spec;
    if (plan->by_recipe) {
        if (!spec->calibrate_given)
            spec->calibrate = spec->task == MLP_TASK_CLASSIFICATION;
        if (!spec->clamp_given)
            spec->clamp = spec->task == MLP_TASK_REGRESSION;
        spec->calibrate_given = spec->clamp_given = true;
        if (spec->quality == MLP_QUALITY_AUTO)
            spec->quality = MLP_QUALITY_BALANCED;
        if (spec->scaling == MLP_SCALING_BYTE)
            choose_for_pictures(plan);
        else
            choose_for_table(plan);
    }
    if (spec->training.parametrization == MLP_PARAMETRIZATION_AUTO)
        spec->training.parametrization = MLP_PARAMETRIZATION_STANDARD;
    return MLP_OK;
}

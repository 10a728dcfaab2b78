/* SPDX-License-Identifier: MIT
 *
 * What makes a good network when nothing is said but the target: RealMLP's
 * recipe (Holzmueller et al. 2024, https://arxiv.org/abs/2407.04491) for
 * tables, a plain wide network with dropout for pictures. What was asked for
 * stays. */
#include "model/bundle.h"
#include "model/plan.h"

/* By the number of rows. The width, and whether numbers are embedded, is what
 * the smallest tables can do without. */
static const struct by_rows {
    size_t below;
    size_t batch_size, epochs, width, n_members;
    mlp_numeric_embedding embedding;
} by_rows[] = {
    {50, 16, 64, 64, 1, MLP_NUMERIC_EMBEDDING_NONE},
    {1024, 64, 64, 64, 5, MLP_NUMERIC_EMBEDDING_NONE},
    {8192, 128, 48, 64, 5, MLP_NUMERIC_EMBEDDING_PERIODIC},
    {30000, 256, 64, 128, 1, MLP_NUMERIC_EMBEDDING_PERIODIC},
    {100000, 512, 24, 128, 1, MLP_NUMERIC_EMBEDDING_PERIODIC},
    {SIZE_MAX, 1024, 8, 128, 1, MLP_NUMERIC_EMBEDDING_PERIODIC},
};

static const struct by_rows *row_of(const mlp_plan *plan)
{
    const struct by_rows *row = by_rows;
    while (plan->n_usable >= row->below)
        row++;
    return row;
}

size_t plan_recipe_members(const mlp_plan *plan)
{
    if (plan->spec.from != NULL)
        return mlp_model_n_networks(plan->spec.from);
    return plan->by_recipe ? row_of(plan)->n_members : 1;
}

mlp_numeric_embedding plan_recipe_embedding(const mlp_plan *plan)
{
    return row_of(plan)->embedding;
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
    set_hidden(plan, 3, row->width, MLP_RELU);
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
    if (spec->from != NULL && !spec->clamp_given)
        spec->clamp = spec->from->target_low != NULL;
    if (spec->training.parametrization == MLP_PARAMETRIZATION_AUTO)
        spec->training.parametrization = MLP_PARAMETRIZATION_STANDARD;
    return MLP_OK;
}

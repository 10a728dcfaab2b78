/* SPDX-License-Identifier: MIT
 *
 * What makes a good network when nothing is said but the target. For tables
 * RealMLP's recipe (Holzmueller et al. 2024, https://arxiv.org/abs/2407.04491)
 * with smaller layers: robust scaling, the ntk parametrization, a high rate
 * that goes up and down in four waves, dropout and decoupled decay, periodic
 * embeddings of numbers, the best epoch kept; where rows are few, several
 * networks, each tested on the fold that it has not seen. For pictures a plain
 * wide network with dropout. The sizes were found on the data sets of
 * tests/bench/quality.py. What was asked for stays. */
#include "model/bundle.h"
#include "model/plan.h"

enum { N_QUALITIES = MLP_QUALITY_BEST, N_LAYERS = 3, PICTURE_LAYERS = 2 };

/* Three layers of `width`. */
struct shape {
    size_t width, epochs, n_members;
    double dropout;
    mlp_activation activation;
    mlp_numeric_embedding embedding;
};
#define PLAIN  MLP_RELU, MLP_NUMERIC_EMBEDDING_NONE
#define WAVES  MLP_RELU, MLP_NUMERIC_EMBEDDING_PERIODIC
#define SMOOTH MLP_SILU, MLP_NUMERIC_EMBEDDING_NONE

/* By the number of usable rows. `validation` is the share held out where there
 * are no folds: of an ensemble of FOLDS and more below `FOLDS_BELOW` rows. */
enum { FOLDS = 5, FOLDS_BELOW = 30000 };
/* clang-format off */
static const struct by_rows {
    size_t below, batch_size;
    double validation, weight_decay;
    double rate; /* of regression; classification has 0.04 */
    struct shape classification[N_QUALITIES], regression[N_QUALITIES];
} by_rows[] = {
    /*  fast,                    balanced,                   best */
    {50, 16, 0.2, 0.1, 0.2,
     {{64, 32, 1, 0.15, PLAIN},  {64, 64, 1, 0.15, PLAIN},   {64, 96, 5, 0.15, PLAIN}},
     {{64, 32, 1, 0.15, PLAIN},  {64, 64, 1, 0.15, PLAIN},   {64, 96, 5, 0.15, PLAIN}}},
    {1024, 64, 0.2, 0.15, 0.2,
     {{64, 40, 5, 0.15, PLAIN},  {64, 64, 5, 0.15, PLAIN},   {64, 96, 10, 0.2, PLAIN}},
     {{64, 24, 5, 0.15, PLAIN},  {64, 48, 5, 0.15, PLAIN},   {64, 64, 10, 0.15, WAVES}}},
    {8192, 128, 0.2, 0.1, 0.2,
     {{64, 24, 5, 0.3, WAVES},   {128, 32, 5, 0.3, WAVES},   {128, 48, 10, 0.3, WAVES}},
     {{64, 24, 5, 0.05, WAVES},  {128, 48, 5, 0.05, WAVES},  {128, 64, 10, 0.05, WAVES}}},
    {30000, 256, 0.1, 0.02, 0.2,
     {{128, 24, 1, 0.05, SMOOTH}, {256, 56, 1, 0.1, SMOOTH}, {256, 64, 5, 0.1, SMOOTH}},
     {{128, 24, 1, 0.05, WAVES}, {128, 64, 3, 0.05, WAVES},  {128, 96, 5, 0.05, WAVES}}},
    {100000, 256, 0.05, 0.02, 0.1,
     {{64, 8, 1, 0.15, WAVES},   {128, 16, 1, 0.3, WAVES},   {256, 24, 3, 0.3, WAVES}},
     {{128, 16, 1, 0.05, WAVES}, {128, 32, 3, 0.05, WAVES},  {128, 64, 5, 0.05, WAVES}}},
    {SIZE_MAX, 512, 0.05, 0.02, 0.1,
     {{64, 4, 1, 0.15, WAVES},   {128, 12, 1, 0.15, WAVES},  {256, 24, 3, 0.15, WAVES}},
     {{64, 6, 1, 0.05, WAVES},   {128, 16, 1, 0.05, WAVES},  {256, 32, 3, 0.05, WAVES}}},
};
/* clang-format on */

/* Two layers of `width`. */
static const struct pictures {
    size_t below, batch_size, width[N_QUALITIES], epochs[N_QUALITIES];
} pictures[] = {
    {2000, 32, {128, 256, 512}, {30, 80, 120}},
    {20000, 64, {128, 512, 512}, {16, 40, 60}},
    {SIZE_MAX, 128, {256, 512, 768}, {8, 30, 40}},
};

/* Counted from 0; balanced if nothing is said. */
static size_t quality_of(const mlp_plan *plan)
{
    mlp_quality quality = plan->spec.quality;
    return (quality == MLP_QUALITY_AUTO ? MLP_QUALITY_BALANCED : quality) -
           MLP_QUALITY_FAST;
}

static const struct by_rows *row_of(const mlp_plan *plan)
{
    const struct by_rows *row = by_rows;
    while (plan->n_usable >= row->below && row->below < SIZE_MAX)
        row++;
    return row;
}

static const struct shape *shape_of(const mlp_plan *plan)
{
    const struct by_rows *row = row_of(plan);
    return plan->spec.task == MLP_TASK_REGRESSION
               ? &row->regression[quality_of(plan)]
               : &row->classification[quality_of(plan)];
}

size_t plan_recipe_members(const mlp_plan *plan)
{
    return plan->by_recipe ? shape_of(plan)->n_members : 1;
}

/* One row in n_members makes folds, where each row is to be held out once. */
double plan_recipe_validation(const mlp_plan *plan)
{
    const struct by_rows *row = row_of(plan);
    size_t n = plan->spec.n_members;
    return n >= FOLDS && plan->n_usable < FOLDS_BELOW ? 1 / (double)n
                                                      : row->validation;
}

mlp_numeric_embedding plan_recipe_embedding(const mlp_plan *plan)
{
    return shape_of(plan)->embedding;
}

/* --- the parts, as far as they are open ---------------------------------- */

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

/* All epochs are run, as the schedule ends with them; the best is kept. */
static void set_length(mlp_plan *plan, size_t batch_size, size_t epochs)
{
    mlp_training_spec *training = &plan->spec.training;
    if (training->batch_size == 0 && !training->full_batch)
        training->batch_size = batch_size;
    if (training->epochs == 0)
        training->epochs = epochs;
    if (!plan->spec.early_stopping_given)
        training->early_stopping = false;
    plan->spec.early_stopping_given = true;
}

static void choose_for_table(mlp_plan *plan)
{
    mlp_fit_spec *spec = &plan->spec;
    const struct by_rows *row = row_of(plan);
    const struct shape *shape = shape_of(plan);
    bool regression = spec->task == MLP_TASK_REGRESSION;
    set_dropout(spec, shape->dropout);
    set_hidden(plan, N_LAYERS, shape->width, shape->activation);
    if (spec->network.initializer == MLP_INIT_AUTO)
        spec->network.initializer = MLP_INIT_NTK;
    set_optimizer(spec, 0.95, row->weight_decay, regression ? row->rate : 0.04,
                  MLP_SCHEDULE_COSLOG4);
    if (spec->training.parametrization == MLP_PARAMETRIZATION_AUTO &&
        spec->training.optimizer.kind >= MLP_OPTIMIZER_ADAM)
        spec->training.parametrization = MLP_PARAMETRIZATION_NTK;
    set_length(plan, row->batch_size, shape->epochs);
}

static void choose_for_pictures(mlp_plan *plan)
{
    mlp_fit_spec *spec = &plan->spec;
    const struct pictures *row = pictures;
    size_t quality = quality_of(plan);
    while (plan->n_usable >= row->below && row->below < SIZE_MAX)
        row++;
    set_dropout(spec, quality == 0 ? 0.2 : 0.4);
    set_hidden(plan, PICTURE_LAYERS, row->width[quality], MLP_RELU);
    set_optimizer(spec, 0.99, 0.1, 0.002, MLP_SCHEDULE_COSINE);
    /* Where the rate falls to 0 the last epoch is the best by its answers, if
     * not by its loss, which the temperature then mends. */
    if (!spec->early_stopping_given)
        spec->training.keep_last = true;
    set_length(plan, row->batch_size, row->epochs[quality]);
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

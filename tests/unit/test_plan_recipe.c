/* SPDX-License-Identifier: MIT
 *
 * What is chosen when nothing is said but the target, and what is not touched
 * when more is said. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "model/plan.h"
#include "models.h"

static const char *const species[] = {"species"}, *const target[] = {"target"};
static const char *const digit[] = {"digit"};

static mlp_table *iris(void)
{
    return file_table("tests/data/iris/train.csv", "species");
}

/* 60 pictures of 16 pixels. */
static mlp_table *pictures(void)
{
    enum { N = 60, PIXELS = 16 };
    unsigned char *pixels = malloc(N * PIXELS), *digits = malloc(N);
    mlp_table *table, *targets;
    for (size_t i = 0; i < N * PIXELS; i++)
        pixels[i] = (unsigned char)(i * 89 % 256);
    for (size_t i = 0; i < N; i++)
        digits[i] = (unsigned char)(i % 3);
    cr_assert_eq(mlp_table_adopt(pixels, true, N, PIXELS, NULL, &table, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_table_adopt(digits, true, N, 1, digit, &targets, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_table_join(table, targets, NULL), MLP_OK);
    return table;
}

Test(plan_recipe, of_a_small_classification_is_an_ensemble_with_folds)
{
    mlp_table *table = iris();
    mlp_fit_spec spec = spec_for(species);
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    const mlp_training_spec *t = &r->training;
    cr_expect_eq(r->quality, MLP_QUALITY_BALANCED);
    cr_expect_eq(r->scaling, MLP_SCALING_ROBUST);
    cr_expect_eq(r->n_members, 5);
    cr_expect_eq(r->validation, 0.2);
    cr_expect_not_null(plan->fold_of);
    cr_expect_eq(mlp_plan_n_train(plan), 120);
    cr_expect_eq(mlp_plan_n_validation(plan), 120);
    cr_expect_eq(r->network.n_hidden, 3);
    cr_expect_eq(r->network.hidden[0].n_units, 64);
    cr_expect_eq(r->network.hidden[0].activation, MLP_RELU);
    cr_expect_float_eq(r->network.hidden[0].dropout, 0.15, 1e-6);
    cr_expect_eq(r->network.initializer, MLP_INIT_NTK);
    cr_expect_eq(r->numeric_embedding, MLP_NUMERIC_EMBEDDING_NONE);
    cr_expect_eq(t->parametrization, MLP_PARAMETRIZATION_NTK);
    cr_expect_eq(t->optimizer.kind, MLP_OPTIMIZER_ADAM);
    cr_expect_eq(t->optimizer.beta2, 0.95);
    cr_expect_eq(t->optimizer.weight_decay, 0.15);
    cr_expect_eq(t->learning_rate, 0.04);
    cr_expect_eq(t->schedule.kind, MLP_SCHEDULE_COSLOG4);
    cr_expect_eq(t->epochs, 64);
    cr_expect_eq(t->batch_size, 64);
    cr_expect(r->calibrate && !r->clamp && !t->early_stopping && !t->keep_last);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_recipe, of_a_regression_clamps_and_learns_faster)
{
    mlp_table *table = file_table("tests/data/diabetes/train.csv", NULL);
    mlp_fit_spec spec = spec_for(target);
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect_eq(r->task, MLP_TASK_REGRESSION);
    cr_expect_eq(r->training.learning_rate, 0.2);
    cr_expect(r->clamp && !r->calibrate);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_recipe, of_pictures_keeps_the_last_epoch_of_a_cosine)
{
    mlp_table *table = pictures();
    mlp_fit_spec spec = spec_for(digit);
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect_eq(r->scaling, MLP_SCALING_BYTE);
    cr_expect_eq(r->network.n_hidden, 2);
    cr_expect_eq(r->network.hidden[0].activation, MLP_RELU);
    cr_expect_float_eq(r->network.hidden[0].dropout, 0.4, 1e-6);
    cr_expect_eq(r->training.schedule.kind, MLP_SCHEDULE_COSINE);
    cr_expect_eq(r->training.optimizer.weight_decay, 0.1);
    cr_expect_eq(r->training.parametrization, MLP_PARAMETRIZATION_STANDARD);
    cr_expect(r->training.keep_last && r->calibrate);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_recipe, quality_trades_time)
{
    mlp_table *table = iris();
    size_t epochs[4];
    for (size_t q = MLP_QUALITY_FAST; q <= MLP_QUALITY_BEST; q++) {
        mlp_fit_spec spec = spec_for(species);
        spec.quality = (mlp_quality)q;
        mlp_plan *plan = plan_of(table, &spec);
        const mlp_fit_spec *r = mlp_plan_resolved(plan);
        epochs[q] = r->training.epochs * r->n_members;
        cr_expect_eq(r->quality, (mlp_quality)q);
        mlp_plan_destroy(plan);
    }
    cr_expect_lt(epochs[MLP_QUALITY_FAST], epochs[MLP_QUALITY_BALANCED]);
    cr_expect_lt(epochs[MLP_QUALITY_BALANCED], epochs[MLP_QUALITY_BEST]);
    mlp_table_destroy(table);
}

/* The classic stays the classic. */
static void expect_classic(const mlp_fit_spec *spec)
{
    mlp_table *table = iris();
    mlp_plan *plan = plan_of(table, spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect_eq(r->quality, MLP_QUALITY_AUTO);
    cr_expect_eq(r->scaling, MLP_SCALING_STANDARD);
    cr_expect_eq(r->n_members, 1);
    cr_expect_eq(r->numeric_embedding, MLP_NUMERIC_EMBEDDING_NONE);
    cr_expect_eq(r->training.parametrization, MLP_PARAMETRIZATION_STANDARD);
    cr_expect_eq(r->training.schedule.kind, MLP_SCHEDULE_CONSTANT);
    cr_expect_eq(r->training.optimizer.weight_decay, 0);
    cr_expect(!r->calibrate && !r->clamp && !r->training.keep_last);
    cr_expect_eq(r->network.n_hidden > 0 ? r->network.hidden[0].dropout : 0, 0);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_recipe, who_names_a_part_of_the_network_gets_no_hidden_magic)
{
    static const mlp_layer_spec hidden[] = {{16, MLP_SIGMOID, 0}};
    mlp_fit_spec spec = spec_for(species);
    spec.hidden_given = true;
    spec.network.hidden = hidden;
    spec.network.n_hidden = 1;
    expect_classic(&spec);
    spec = spec_for(species);
    spec.default_activation_given = true;
    spec.default_activation = MLP_TANH;
    expect_classic(&spec);
    spec = spec_for(species);
    spec.training.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD);
    expect_classic(&spec);
}

Test(plan_recipe, what_was_asked_for_stays)
{
    mlp_table *table = iris();
    mlp_fit_spec spec = spec_for(species);
    spec.n_members = 2;
    spec.dropout_given = spec.weight_decay_given = spec.schedule_given = true;
    spec.training.epochs = 3;
    spec.training.batch_size = 7;
    spec.training.learning_rate = 0.5;
    spec.calibrate_given = spec.validation_given = true;
    spec.validation = 0.3;
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect_eq(r->n_members, 2);
    cr_expect_null(plan->fold_of);
    cr_expect_eq(r->network.hidden[0].dropout, 0);
    cr_expect_eq(r->training.optimizer.weight_decay, 0);
    cr_expect_eq(r->training.schedule.kind, MLP_SCHEDULE_CONSTANT);
    cr_expect_eq(r->training.epochs, 3);
    cr_expect_eq(r->training.batch_size, 7);
    cr_expect_eq(r->training.learning_rate, 0.5);
    cr_expect_not(r->calibrate);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

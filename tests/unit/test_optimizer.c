/* SPDX-License-Identifier: MIT
 *
 * Update rules one step at a time; whole runs are in test_reference.c. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "near.h"
#include "nn/names.h"
#include "nn/optimizer.h"

enum { N = 5 };

static const struct treatment as_it_is = {.clip = 1};

static const mlp_optimizer kinds[] = {
    MLP_OPTIMIZER_GD,       MLP_OPTIMIZER_SGD,     MLP_OPTIMIZER_MOMENTUM,
    MLP_OPTIMIZER_NESTEROV, MLP_OPTIMIZER_ADAGRAD, MLP_OPTIMIZER_RMSPROP,
    MLP_OPTIMIZER_ADAM,     MLP_OPTIMIZER_ADAMW};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static struct optimizer start(mlp_optimizer kind, double weight_decay)
{
    struct optimizer o;
    mlp_optimizer_spec spec = mlp_optimizer_defaults(kind);
    spec.weight_decay = weight_decay;
    cr_assert_eq(optimizer_init(&o, &spec, N, NULL, 0, NULL), MLP_OK);
    return o;
}

/* One step of all parameters, in two parts. */
static void optimizer_step(struct optimizer *o,
                           double lr,
                           const struct treatment *treatment,
                           size_t n_decayed,
                           const mlp_real *g,
                           mlp_real *w)
{
    optimizer_begin(o, lr, treatment);
    optimizer_apply(o, n_decayed, (struct span){0, 2}, g, w);
    optimizer_apply(o, n_decayed, (struct span){2, N}, g, w);
}

Test(optimizer, every_rule_goes_downhill)
{
    for (size_t k = 0; k < N_KINDS; k++) {
        struct optimizer o = start(kinds[k], 0);
        mlp_real w[N] = {1, 1, 1, 1, 1}, g[N] = {1, -1, 2, -2, 0};
        optimizer_step(&o, 0.1, &as_it_is, N, g, w);
        const char *name = mlp_optimizer_name(kinds[k]);
        cr_expect(w[0] < 1 && w[1] > 1 && w[2] < 1 && w[3] > 1, "%s", name);
        cr_expect_eq(w[4], 1, "%s: no gradient, no move", name);
        optimizer_free(&o);
    }
}

Test(optimizer, every_rule_finds_the_bottom_of_a_bowl)
{
    for (size_t k = 0; k < N_KINDS; k++) {
        struct optimizer o = start(kinds[k], 0);
        mlp_real w[N] = {3, -2, 1, 0, 5}, g[N];
        double lr = kinds[k] == MLP_OPTIMIZER_ADAGRAD ? 1 : 0.05;
        for (size_t step = 0; step < 2000; step++) {
            for (size_t i = 0; i < N; i++)
                g[i] = w[i] - 1;
            optimizer_step(&o, lr * (1 - (double)step / 2000), &as_it_is, N, g,
                           w);
        }
        for (size_t i = 0; i < N; i++)
            cr_expect(near((double)w[i], 1, 1e-2), "%s: %g",
                      mlp_optimizer_name(kinds[k]), (double)w[i]);
        optimizer_free(&o);
    }
}

Test(optimizer, decoupled_decay_shrinks_only_the_first_weights_with_every_rule)
{
    for (size_t k = 0; k < N_KINDS; k++) {
        struct optimizer o = start(kinds[k], 0.5);
        mlp_real w[N] = {1, 2, 3, 4, 5}, g[N] = {0};
        optimizer_step(&o, 0.1, &as_it_is, 3, g, w);
        cr_expect(near((double)w[0], 0.95, 1e-6));
        cr_expect(near((double)w[2], 2.85, 1e-6));
        cr_expect_eq(w[3], 4);
        cr_expect_eq(w[4], 5);
        optimizer_free(&o);
    }
}

Test(optimizer, adam_first_moves_by_the_learning_rate_whatever_the_gradient)
{
    struct optimizer o = start(MLP_OPTIMIZER_ADAM, 0);
    mlp_real w[N] = {0}, g[N] = {1, 10, 100, -1000, (mlp_real)0.5};
    optimizer_step(&o, 0.001, &as_it_is, N, g, w);
    for (size_t i = 0; i < N; i++)
        cr_expect(fabs(fabs((double)w[i]) - 0.001) < 1e-8);
    optimizer_free(&o);
}

Test(optimizer, defaults_are_pytorchs)
{
    mlp_optimizer_spec adamw = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAMW);
    cr_expect_eq(adamw.kind, MLP_OPTIMIZER_ADAMW);
    cr_expect_eq(adamw.beta1, 0.9);
    cr_expect_eq(adamw.beta2, 0.999);
    cr_expect_eq(adamw.epsilon, 1e-8);
    cr_expect_eq(adamw.weight_decay, 0.01);
    cr_expect_eq(mlp_optimizer_defaults(MLP_OPTIMIZER_RMSPROP).rho, 0.99);
    cr_expect_eq(mlp_optimizer_defaults(MLP_OPTIMIZER_ADAGRAD).epsilon, 1e-10);
    for (size_t k = 0; k < N_KINDS; k++)
        cr_expect_gt(mlp_optimizer_learning_rate(kinds[k]), 0);
}

Test(part_names, every_name_parses_to_what_it_names)
{
    for (size_t i = 0; i < N_OPTIMIZERS; i++) {
        mlp_optimizer kind;
        cr_assert(
            mlp_optimizer_parse(mlp_optimizer_name((mlp_optimizer)i), &kind));
        cr_expect_eq(kind, i);
    }
    for (size_t i = 0; i < N_ACTIVATIONS; i++) {
        mlp_activation f;
        cr_assert(
            mlp_activation_parse(mlp_activation_name((mlp_activation)i), &f));
        cr_expect_eq(f, i);
    }
}

Test(part_names, unknown_names_do_not_parse)
{
    mlp_loss loss = MLP_LOSS_HUBER;
    mlp_schedule schedule;
    mlp_output output;
    mlp_initializer initializer;
    cr_expect_not(mlp_loss_parse("hinge", &loss));
    cr_expect_eq(loss, MLP_LOSS_HUBER);
    cr_expect_not(mlp_schedule_parse("", &schedule));
    cr_expect_not(mlp_output_parse("Softmax", &output));
    cr_expect_not(mlp_initializer_parse("he", &initializer));
}

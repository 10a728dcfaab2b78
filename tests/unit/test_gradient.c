/* SPDX-License-Identifier: MIT
 *
 * Backpropagation against central differences, (L(w + h) - L(w - h)) / 2h, in
 * double. In float they say nothing, and this file is empty. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/random.h"
#include "near.h"
#include "nn/names.h"
#include "nn/network.h"
#include "nn/step.h"

#ifdef MLP_FLOAT64

enum { N_ROWS = 5, MAX_WIDTH = 6, MAX_DEPTH = 4 };

static const struct {
    mlp_loss loss;
    mlp_output output;
} goals[] = {
    {MLP_LOSS_CROSS_ENTROPY, MLP_OUTPUT_SOFTMAX},
    {MLP_LOSS_BINARY_CROSS_ENTROPY, MLP_OUTPUT_SIGMOID},
    {MLP_LOSS_MSE, MLP_OUTPUT_IDENTITY},
    {MLP_LOSS_MSE, MLP_OUTPUT_SIGMOID},
    {MLP_LOSS_MSE, MLP_OUTPUT_SOFTMAX},
    {MLP_LOSS_MAE, MLP_OUTPUT_IDENTITY},
    {MLP_LOSS_MAE, MLP_OUTPUT_SIGMOID},
    {MLP_LOSS_MAE, MLP_OUTPUT_SOFTMAX},
    {MLP_LOSS_HUBER, MLP_OUTPUT_IDENTITY},
    {MLP_LOSS_HUBER, MLP_OUTPUT_SIGMOID},
    {MLP_LOSS_HUBER, MLP_OUTPUT_SOFTMAX},
};
enum { N_GOALS = sizeof goals / sizeof *goals };

/* A small random problem: a network, rows, targets and a step on them. */
struct problem {
    random_stream random;
    mlp_layer_spec hidden[MAX_DEPTH];
    mlp_embedding_spec embeddings[3];
    size_t n_embeddings;
    mlp_network *network;
    double x[N_ROWS * MAX_WIDTH], values[N_ROWS * MAX_WIDTH];
    double class_weights[MAX_WIDTH], weights[N_ROWS];
    uint32_t classes[N_ROWS], rows[N_ROWS];
    mlp_matrix matrix;
    mlp_examples examples;
    mlp_training_spec spec;
    struct step step;
};

static size_t pick(struct problem *p, size_t from, size_t to)
{
    return from + random_below(&p->random, (uint32_t)(to - from + 1));
}

static void fill(struct problem *p, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = random_normal(&p->random);
}

/* Biases start at 0; a gradient must be right elsewhere, too. */
static void shake_biases(struct problem *p)
{
    fill(p, p->network->parameters + p->network->n_weights,
         p->network->n_parameters - p->network->n_weights);
}

static void build_network(struct problem *p,
                          mlp_output output,
                          size_t depth,
                          mlp_activation first,
                          double dropout)
{
    for (size_t i = 0; i < depth; i++)
        p->hidden[i] = (mlp_layer_spec){
            pick(p, 1, MAX_WIDTH),
            i == 0 ? first : (mlp_activation)pick(p, 0, N_ACTIVATIONS - 1),
            dropout};
    mlp_network_spec spec = {
        .n_inputs = p->n_embeddings > 0 ? MAX_WIDTH : pick(p, 1, MAX_WIDTH),
        .n_embeddings = p->n_embeddings,
        .embeddings = p->embeddings,
        .n_hidden = depth,
        .hidden = p->hidden,
        .n_outputs = pick(p, 2, MAX_WIDTH),
        .output = output,
        .initializer = MLP_INIT_LECUN_NORMAL,
    };
    cr_assert_eq(mlp_network_create(&spec, pick(p, 0, 1000), &p->network, NULL),
                 MLP_OK);
    shake_biases(p);
}

static void build_examples(struct problem *p, bool use_classes)
{
    const mlp_network_spec *shape = mlp_network_shape(p->network);
    fill(p, p->x, N_ROWS * shape->n_inputs);
    fill(p, p->values, N_ROWS * shape->n_outputs);
    for (uint32_t i = 0; i < N_ROWS; i++) {
        p->rows[i] = i;
        p->classes[i] = (uint32_t)pick(p, 0, shape->n_outputs - 1);
    }
    for (size_t i = 0; i < shape->n_outputs; i++)
        p->class_weights[i] = 0.5 + random_double(&p->random);
    p->matrix = (mlp_matrix){p->x, N_ROWS, shape->n_inputs};
    p->examples = mlp_examples_of(&p->matrix, use_classes ? p->classes : NULL,
                                  use_classes ? NULL : p->values);
}

/* Slices of 1 to N_ROWS rows, so that batches come in one piece or several. */
static void build_step(struct problem *p, mlp_loss loss)
{
    p->spec.loss = loss;
    p->spec.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD);
    cr_assert_eq(step_init(&p->step, p->network, &p->examples, &p->spec,
                           pick(p, 1, N_ROWS), NULL),
                 MLP_OK);
}

static void end(struct problem *p)
{
    step_free(&p->step);
    mlp_network_destroy(p->network);
}

/* The loss with its penalties, as a function of the parameters. */
static double objective(struct problem *p)
{
    struct score score = step_gradient(&p->step, p->rows, N_ROWS, NULL, NULL);
    double sum = score_loss(&score);
    for (size_t i = 0; i < p->network->n_weights; i++) {
        double w = p->network->parameters[i];
        sum += p->spec.l1 * fabs(w) + p->spec.l2 * w * w / 2;
    }
    return sum;
}

static double central_difference(struct problem *p, size_t i)
{
    const double h = 1e-5;
    double *w = &p->network->parameters[i], at = *w;
    *w = at + h;
    double above = objective(p);
    *w = at - h;
    double below = objective(p);
    *w = at;
    return (above - below) / (2 * h);
}

/* A step of plain descent at learning rate 1 subtracts the whole gradient,
 * penalties included: that is what is compared. */
static void check(struct problem *p, const char *what)
{
    size_t n = p->network->n_parameters;
    double *w = p->network->parameters, *before = calloc(n, sizeof *before);
    double *expected = calloc(n, sizeof *expected);
    for (size_t i = 0; i < n; i++)
        expected[i] = central_difference(p, i);
    step_gradient(&p->step, p->rows, N_ROWS, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        before[i] = w[i];
    step_update(&p->step, 1);
    for (size_t i = 0; i < n; i++) {
        double got = before[i] - w[i];
        cr_expect(near(got, expected[i], 1e-7),
                  "%s, %zu layers, parameter %zu: %.10g, expected %.10g", what,
                  p->network->n_layers, i, got, expected[i]);
    }
    free(before);
    free(expected);
}

Test(gradient, is_the_central_difference_for_every_activation_and_loss)
{
    for (size_t f = 0; f < N_ACTIVATIONS; f++) {
        for (size_t g = 0; g < N_GOALS; g++) {
            struct problem p = {0};
            random_init(&p.random, f, g);
            build_network(&p, goals[g].output, pick(&p, 1, MAX_DEPTH),
                          (mlp_activation)f, 0);
            bool classes =
                goals[g].loss == MLP_LOSS_CROSS_ENTROPY || pick(&p, 0, 1);
            build_examples(&p, classes);
            build_step(&p, goals[g].loss);
            check(&p, mlp_activation_name((mlp_activation)f));
            end(&p);
        }
    }
}

Test(gradient, is_the_central_difference_without_hidden_layers)
{
    for (size_t g = 0; g < N_GOALS; g++) {
        struct problem p = {0};
        random_init(&p.random, 100, g);
        build_network(&p, goals[g].output, 0, MLP_IDENTITY, 0);
        build_examples(&p, true);
        build_step(&p, goals[g].loss);
        check(&p, mlp_loss_name(goals[g].loss));
        end(&p);
    }
}

Test(gradient, includes_penalties_smoothing_and_class_weights)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct problem p = {0};
        random_init(&p.random, 200, seed);
        build_network(&p, MLP_OUTPUT_SOFTMAX, pick(&p, 0, MAX_DEPTH), MLP_TANH,
                      0);
        build_examples(&p, true);
        p.spec.l1 = 0.01 * (double)pick(&p, 0, 3);
        p.spec.l2 = 0.01 * (double)pick(&p, 0, 3);
        p.spec.label_smoothing = 0.1 * (double)pick(&p, 0, 3);
        p.spec.class_weights = p.class_weights;
        build_step(&p, MLP_LOSS_CROSS_ENTROPY);
        check(&p, "penalised");
        end(&p);
    }
}

Test(gradient, is_that_of_rows_with_weights_behind_every_loss)
{
    for (size_t g = 0; g < 2 * (size_t)N_GOALS; g++) {
        struct problem p = {0};
        random_init(&p.random, 500, g);
        build_network(&p, goals[g % N_GOALS].output, pick(&p, 0, MAX_DEPTH),
                      MLP_TANH, 0);
        bool classes =
            goals[g % N_GOALS].loss == MLP_LOSS_CROSS_ENTROPY || pick(&p, 0, 1);
        build_examples(&p, classes);
        for (size_t i = 0; i < N_ROWS; i++)
            p.weights[i] = i == 2 ? 0 : 3 * random_double(&p.random);
        p.examples.weights = p.weights;
        if (classes && g >= N_GOALS)
            p.spec.class_weights = p.class_weights;
        build_step(&p, goals[g % N_GOALS].loss);
        check(&p, "weighted");
        end(&p);
    }
}

Test(gradient, reaches_embeddings)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct problem p = {
            .embeddings = {{MLP_EMBEDDING_PERIODIC, 0, 0, MLP_PERIODIC_UNITS},
                           {MLP_EMBEDDING_LEVELS, 2, 3, 2},
                           {MLP_EMBEDDING_PERIODIC, 5, 0, MLP_PERIODIC_UNITS}},
            .n_embeddings = 3};
        random_init(&p.random, 400, seed);
        build_network(&p, MLP_OUTPUT_SOFTMAX, pick(&p, 0, 2), MLP_TANH, 0);
        build_examples(&p, true);
        /* Two of the levels, one that is none, and a missing one. */
        for (size_t i = 0; i < N_ROWS; i++)
            p.x[i * MAX_WIDTH + 2] = i == 4 ? (double)NAN : (double)(i % 4) - 1;
        build_step(&p, MLP_LOSS_CROSS_ENTROPY);
        check(&p, "embeddings");
        end(&p);
    }
}

Test(gradient, goes_through_the_same_dropout_masks_as_the_loss)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct problem p = {0};
        random_init(&p.random, 300, seed);
        build_network(&p, MLP_OUTPUT_IDENTITY, pick(&p, 1, MAX_DEPTH),
                      MLP_SIGMOID, 0.4);
        build_examples(&p, false);
        p.spec.seed = seed;
        build_step(&p, MLP_LOSS_MSE);
        check(&p, "dropout");
        end(&p);
    }
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * How far each kind of parameter moves in adam's first step, which is
 *
 *     rate g / (|g| + epsilon)
 *
 * whatever the betas are. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "nn/network.h"
#include "nn/step.h"

enum { N_ROWS = 8, N_INPUTS = 2, N_UNITS = 9, N_OUTPUTS = 3, N_LEVELS = 4 };

static const mlp_embedding_spec embeddings[] = {
    {MLP_EMBEDDING_PERIODIC, 0, 0, MLP_PERIODIC_UNITS},
    {MLP_EMBEDDING_LEVELS, 1, N_LEVELS, 3}};

struct problem {
    float x[N_ROWS * N_INPUTS];
    uint32_t classes[N_ROWS], rows[N_ROWS];
    mlp_matrix matrix;
    mlp_examples examples;
    mlp_training_spec spec;
    mlp_network *network;
    struct step step;
    float *before, *gradient; /* of the one step */
};

static void make(struct problem *p, mlp_parametrization parametrization)
{
    static const mlp_layer_spec hidden[] = {{N_UNITS, MLP_TANH, 0}};
    random_stream random;
    mlp_network_spec shape = {.n_inputs = N_INPUTS,
                              .n_hidden = 1,
                              .hidden = hidden,
                              .n_outputs = N_OUTPUTS,
                              .output = MLP_OUTPUT_SOFTMAX,
                              .n_embeddings = 2,
                              .embeddings = embeddings};
    random_init(&random, 3, 4);
    for (uint32_t i = 0; i < N_ROWS; i++) {
        p->x[i * N_INPUTS] = (float)random_normal(&random);
        p->x[i * N_INPUTS + 1] = (float)(i % N_LEVELS);
        p->classes[i] = i % N_OUTPUTS;
        p->rows[i] = i;
    }
    p->matrix = (mlp_matrix){p->x, N_ROWS, N_INPUTS};
    p->examples = mlp_examples_of(&p->matrix, p->classes, NULL);
    p->spec = (mlp_training_spec){
        .loss = MLP_LOSS_CROSS_ENTROPY,
        .optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM),
        .parametrization = parametrization};
    p->spec.optimizer.epsilon = 0.02; /* as large as gradients are here */
    cr_assert_eq(mlp_network_create(&shape, 5, &p->network, NULL), MLP_OK);
    cr_assert_eq(
        step_init(&p->step, p->network, &p->examples, &p->spec, N_ROWS, NULL),
        MLP_OK);
}

static void take_step(struct problem *p, double rate)
{
    size_t bytes = p->network->n_parameters * sizeof *p->before;
    p->before = malloc(bytes);
    p->gradient = malloc(bytes);
    memcpy(p->before, p->network->parameters, bytes);
    step_gradient(&p->step, p->rows, N_ROWS, NULL, NULL);
    memcpy(p->gradient, p->step.gradient, bytes);
    step_update(&p->step, rate);
}

static void end(struct problem *p)
{
    step_free(&p->step);
    mlp_network_destroy(p->network);
    free(p->before);
    free(p->gradient);
}

/* Parameters [first, first + n) moved at these multiples of rate and epsilon.
 */
static void expect_moved(const struct problem *p,
                         const char *what,
                         size_t first,
                         size_t n,
                         double rate,
                         double epsilon)
{
    for (size_t i = first; i < first + n; i++) {
        double g = (double)p->gradient[i];
        double expected =
            rate * g / (fabs(g) + epsilon * p->spec.optimizer.epsilon);
        double moved = (double)p->before[i] - (double)p->network->parameters[i];
        cr_expect_float_eq(moved, expected, 1e-5 * rate + 1e-6,
                           "%s %zu: %g, expected %g", what, i - first, moved,
                           expected);
    }
}

static void expect_all(mlp_parametrization parametrization)
{
    const double rate = 0.1;
    struct problem p = {0};
    bool ntk = parametrization == MLP_PARAMETRIZATION_NTK;
    make(&p, parametrization);
    take_step(&p, rate);
    for (size_t i = 0; i < p.network->n_layers; i++) {
        const struct layer *layer = &p.network->layers[i];
        double root = ntk ? sqrt((double)layer->n_in) : 1;
        expect_moved(&p, "weight", layer->weights, layer->n_in * layer->n_out,
                     rate / root, root);
        expect_moved(&p, "bias", layer->biases, layer->n_out,
                     ntk ? rate / 10 : rate, 1);
    }
    const struct embedding *e = p.network->embeddings;
    expect_moved(&p, "wave", e[0].parameters, e[0].n_parameters,
                 ntk ? rate / 10 : rate, 1);
    expect_moved(&p, "level", e[1].parameters, e[1].n_parameters, rate, 1);
    end(&p);
}

Test(parametrization, standard_moves_all_alike)
{
    expect_all(MLP_PARAMETRIZATION_STANDARD);
}

Test(parametrization, ntk_divides_a_weights_rate_by_the_root_of_its_fan_in)
{
    expect_all(MLP_PARAMETRIZATION_NTK);
}

Test(parametrization, ntk_starts_with_answers_of_zero_and_wide_biases)
{
    mlp_layer_spec hidden[] = {{400, MLP_RELU, 0}};
    mlp_network_spec shape = {.n_inputs = 100,
                              .n_hidden = 1,
                              .hidden = hidden,
                              .n_outputs = 3,
                              .output = MLP_OUTPUT_IDENTITY,
                              .initializer = MLP_INIT_NTK};
    mlp_network *network;
    double weights = 0, biases = 0;
    cr_assert_eq(mlp_network_create(&shape, 1, &network, NULL), MLP_OK);
    const struct layer *first = &network->layers[0], *last = first + 1;
    for (size_t i = 0; i < 100 * 400; i++)
        weights += pow((double)network->parameters[first->weights + i], 2);
    for (size_t i = 0; i < 400; i++)
        biases += pow((double)network->parameters[first->biases + i], 2);
    cr_expect_float_eq(weights / (100 * 400), 0.01, 0.0005);
    cr_expect_float_eq(biases / 400, 1, 0.2);
    for (size_t i = 0; i < 400 * 3; i++)
        cr_assert_eq(network->parameters[last->weights + i], 0);
    mlp_network_destroy(network);
}

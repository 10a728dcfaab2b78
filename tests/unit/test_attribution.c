/* SPDX-License-Identifier: MIT
 *
 * Integrated gradients of networks that nobody has trained. Derivatives by the
 * inputs are held against central differences in double alone: in float these
 * say nothing. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/isa.h"
#include "mlp/forward.h"
#include "near.h"
#include "nn/attribution.h"

enum { N_ROWS = 5, N_INPUTS = 5, N_OUTPUTS = 3, N_LEVELS = 4 };
enum { N_NUMBERS = N_ROWS * N_INPUTS };

static const mlp_layer_spec smooth[] = {{9, MLP_TANH, 0}, {7, MLP_MISH, 0}};
static const mlp_embedding_spec embedded[] = {
    {MLP_EMBEDDING_PERIODIC, 1, 0, MLP_PERIODIC_UNITS},
    {MLP_EMBEDDING_LEVELS, 3, N_LEVELS, 2},
};

struct answer {
    double parts[N_NUMBERS], starts[N_ROWS], ends[N_ROWS];
};

static mlp_network *
network_of(mlp_output output, size_t n_embeddings, const mlp_layer_spec *hidden)
{
    mlp_network_spec spec = {
        .n_inputs = N_INPUTS,
        .n_hidden = 2,
        .hidden = hidden,
        .n_outputs = N_OUTPUTS,
        .output = output,
        .initializer = MLP_INIT_LECUN_NORMAL,
        .n_embeddings = n_embeddings,
        .embeddings = embedded,
    };
    mlp_network *network;
    cr_assert_eq(mlp_network_create(&spec, 3, &network, NULL), MLP_OK);
    return network;
}

/* Input 3 is a level's number: of the last row one that there is not. */
static void fill_rows(mlp_real *x, size_t *outputs)
{
    random_stream random;
    random_init(&random, 5, 1);
    for (size_t i = 0; i < N_NUMBERS; i++)
        x[i] = (mlp_real)random_normal(&random);
    for (size_t i = 0; i < N_ROWS; i++) {
        x[i * N_INPUTS + 3] = (mlp_real)i;
        outputs[i] = i % N_OUTPUTS;
    }
}

static struct answer ask(const mlp_network *network,
                         const mlp_real *x,
                         const size_t *outputs,
                         size_t n_rows,
                         size_t n_steps)
{
    struct attribution attribution;
    struct answer answer = {0};
    cr_assert_eq(attribution_init(&attribution, network, n_rows, n_steps, NULL),
                 MLP_OK);
    attribution_add(&attribution, network, x, n_rows, outputs, answer.parts,
                    answer.starts, answer.ends);
    attribution_free(&attribution);
    return answer;
}

/* f by another way, from the answers of mlp_network_forward(). */
static double value_of(const mlp_network *network, const mlp_real *x, size_t c)
{
    mlp_workspace *workspace;
    mlp_real y[N_OUTPUTS];
    cr_assert_eq(mlp_workspace_create(network, 1, &workspace, NULL), MLP_OK);
    mlp_network_forward(network, workspace, x, 1, y);
    mlp_workspace_destroy(workspace);
    double p = (double)y[c];
    return mlp_network_shape(network)->output == MLP_OUTPUT_IDENTITY
               ? p
               : log(p / (1 - p));
}

Test(attribution, parts_add_up_to_the_end_without_the_start)
{
    for (int output = MLP_OUTPUT_SOFTMAX; output <= MLP_OUTPUT_IDENTITY;
         output++) {
        mlp_network *network = network_of((mlp_output)output, 2, smooth);
        mlp_real x[N_NUMBERS];
        size_t outputs[N_ROWS];
        fill_rows(x, outputs);
        struct answer answer = ask(network, x, outputs, N_ROWS, 200);
        for (size_t i = 0; i < N_ROWS; i++) {
            double sum = answer.starts[i];
            for (size_t k = 0; k < N_INPUTS; k++)
                sum += answer.parts[i * N_INPUTS + k];
            cr_expect(near(sum, answer.ends[i], 1e-4),
                      "output %d, row %zu: %g, expected %g", output, i, sum,
                      answer.ends[i]);
            double said = value_of(network, x + i * N_INPUTS, outputs[i]);
            cr_expect(near(answer.ends[i], said, IN_DOUBLE ? 1e-12 : 1e-4),
                      "output %d, row %zu: %g, expected %g", output, i,
                      answer.ends[i], said);
        }
        cr_expect_eq(answer.parts[4 * N_INPUTS + 3], 0, "there is no level 4");
        cr_expect_neq(answer.parts[3 * N_INPUTS + 3], 0);
        mlp_network_destroy(network);
    }
}

Test(attribution, a_linear_network_is_told_exactly_in_one_step)
{
    mlp_network_spec spec = {.n_inputs = N_INPUTS,
                             .n_outputs = N_OUTPUTS,
                             .output = MLP_OUTPUT_IDENTITY};
    mlp_real x[N_NUMBERS], w[N_INPUTS * N_OUTPUTS], b[N_OUTPUTS];
    size_t outputs[N_ROWS];
    mlp_network *network;
    fill_rows(x, outputs);
    cr_assert_eq(mlp_network_create(&spec, 1, &network, NULL), MLP_OK);
    mlp_network_get_layer(network, 0, w, b);
    struct answer answer = ask(network, x, outputs, N_ROWS, 1);
    for (size_t i = 0; i < N_NUMBERS; i++) {
        size_t o = outputs[i / N_INPUTS], k = i % N_INPUTS;
        cr_expect_eq(answer.parts[i],
                     (double)w[o * N_INPUTS + k] * (double)x[i]);
    }
    mlp_network_destroy(network);
}

Test(attribution, a_row_does_not_depend_on_its_neighbours_or_on_the_slices)
{
    mlp_network *network = network_of(MLP_OUTPUT_SOFTMAX, 2, smooth);
    mlp_real x[N_NUMBERS];
    size_t outputs[N_ROWS];
    fill_rows(x, outputs);
    /* 5 rows of 102 points are three slices, one row is one. */
    struct answer all = ask(network, x, outputs, N_ROWS, 100);
    for (size_t i = 0; i < N_ROWS; i++) {
        struct answer one = ask(network, x + i * N_INPUTS, outputs + i, 1, 100);
        cr_expect_arr_eq(one.parts, all.parts + i * N_INPUTS,
                         N_INPUTS * sizeof *one.parts);
        cr_expect_eq(one.starts[0], all.starts[i]);
        cr_expect_eq(one.ends[0], all.ends[i]);
    }
    mlp_network_destroy(network);
}

Test(attribution, dropout_is_for_training_alone)
{
    static const mlp_layer_spec dropped[] = {{9, MLP_TANH, (mlp_real)0.5},
                                             {7, MLP_MISH, (mlp_real)0.5}};
    mlp_network *with = network_of(MLP_OUTPUT_SOFTMAX, 2, dropped);
    mlp_network *without = network_of(MLP_OUTPUT_SOFTMAX, 2, smooth);
    mlp_real x[N_NUMBERS];
    size_t outputs[N_ROWS];
    fill_rows(x, outputs);
    struct answer a = ask(with, x, outputs, N_ROWS, 8);
    struct answer b = ask(without, x, outputs, N_ROWS, 8);
    cr_expect_arr_eq(a.parts, b.parts, sizeof a.parts);
    cr_expect_arr_eq(a.ends, b.ends, sizeof a.ends);
    mlp_network_destroy(with);
    mlp_network_destroy(without);
}

#ifdef MLP_FLOAT64

/* One step asks for the slope in the middle of the way. */
Test(attribution, slopes_are_those_of_central_differences)
{
    const double h = 1e-5;
    for (int output = MLP_OUTPUT_SOFTMAX; output <= MLP_OUTPUT_IDENTITY;
         output++)
        for (size_t n_embeddings = 0; n_embeddings < 2; n_embeddings++) {
            mlp_network *network =
                network_of((mlp_output)output, n_embeddings, smooth);
            double x[N_NUMBERS];
            size_t outputs[N_ROWS];
            fill_rows(x, outputs);
            struct answer answer = ask(network, x, outputs, N_ROWS, 1);
            for (size_t i = 0; i < N_NUMBERS; i++) {
                size_t row = i / N_INPUTS, k = i % N_INPUTS;
                double middle[N_INPUTS], slope;
                for (size_t j = 0; j < N_INPUTS; j++)
                    middle[j] = x[row * N_INPUTS + j] / 2;
                double at = middle[k];
                middle[k] = at + h;
                slope = value_of(network, middle, outputs[row]);
                middle[k] = at - h;
                slope -= value_of(network, middle, outputs[row]);
                slope *= x[i] / (2 * h);
                cr_expect(near(answer.parts[i], slope, 1e-8),
                          "output %d, %zu embeddings, number %zu: %g, "
                          "expected %g",
                          output, n_embeddings, i, answer.parts[i], slope);
            }
            mlp_network_destroy(network);
        }
}

#else

Test(attribution, every_instruction_set_gives_the_same_bits)
{
    mlp_network *network = network_of(MLP_OUTPUT_SOFTMAX, 2, smooth);
    mlp_real x[N_NUMBERS];
    size_t outputs[N_ROWS];
    struct answer first = {0};
    fill_rows(x, outputs);
    for (size_t i = 0; isa_available(i) != NULL; i++) {
        cr_assert_eq(mlp_isa_select(isa_available(i)->name, NULL), MLP_OK);
        struct answer answer = ask(network, x, outputs, N_ROWS, 32);
        if (i == 0)
            first = answer;
        cr_expect_arr_eq(answer.parts, first.parts, sizeof first.parts);
        cr_expect_arr_eq(answer.ends, first.ends, sizeof first.ends);
    }
    mlp_network_destroy(network);
}

#endif

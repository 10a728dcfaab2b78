/* SPDX-License-Identifier: MIT
 *
 * Choosing an instruction set, and that a whole training does not show which.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/isa.h"
#include "mlp/training.h"
#include "nn/network.h"

Test(isa, by_itself_it_is_the_best_that_the_machine_has)
{
    cr_expect_str_eq(mlp_isa_name(), isa_available(0)->name);
}

Test(isa, every_one_that_the_machine_has_can_be_selected)
{
    const struct kernels *kernels;
    for (size_t i = 0; (kernels = isa_available(i)) != NULL; i++) {
        cr_expect_eq(mlp_isa_select(kernels->name, NULL), MLP_OK);
        cr_expect_str_eq(mlp_isa_name(), kernels->name);
    }
    cr_expect_eq(mlp_isa_select("portable", NULL), MLP_OK);
    cr_expect_eq(mlp_isa_select("auto", NULL), MLP_OK);
    cr_expect_str_eq(mlp_isa_name(), isa_available(0)->name);
}

Test(isa, an_unknown_one_is_refused_and_changes_nothing)
{
    mlp_error err;
    cr_assert_eq(mlp_isa_select("portable", &err), MLP_OK);
    cr_expect_eq(mlp_isa_select("sse9", &err), MLP_INVALID);
    cr_expect(strstr(err.text, "'sse9'"));
    cr_expect_str_eq(mlp_isa_name(), "portable");
}

enum { N_ROWS = 75, N_INPUTS = 13, N_CLASSES = 5, N_CASES = 22 };

/* Number i of the trainings: every activation and update rule comes up, odd
 * widths, dropout, penalties, clipping and each loss that classes can have. */
static mlp_network *train(unsigned i, const mlp_examples *examples)
{
    mlp_layer_spec hidden[] = {
        {1 + i * 7 % 41, (mlp_activation)(i % 11), i % 3 == 2 ? 0.3F : 0},
        {16 + i, (mlp_activation)((i + 4) % 11), 0},
    };
    mlp_network_spec shape = {N_INPUTS,           1 + i % 2, hidden, N_CLASSES,
                              MLP_OUTPUT_SOFTMAX, 0,         0,      NULL};
    mlp_optimizer kind = (mlp_optimizer)(MLP_OPTIMIZER_SGD + i % 7);
    mlp_training_spec how = {
        .optimizer = mlp_optimizer_defaults(kind),
        .schedule = {.kind = (mlp_schedule)(i % 5)},
        .epochs = 4,
        .batch_size = 1 + i * 5 % 40,
        .gradient_clip = i % 4 == 1 ? 0.5 : 0,
        .l1 = i % 5 == 1 ? 1e-3 : 0,
        .l2 = i % 5 == 2 ? 1e-2 : 0,
        .label_smoothing = i % 2 ? 0.1 : 0,
        .seed = i,
    };
    mlp_network *network;
    mlp_error err;
    cr_assert_eq(mlp_network_create(&shape, i, &network, &err), MLP_OK);
    cr_assert_eq(mlp_train(network, &how, examples, NULL, NULL, &err), MLP_OK,
                 "%u: %s", i, err.text);
    return network;
}

static void fill(mlp_real *x, uint32_t *classes)
{
    random_stream random;
    random_init(&random, 1, 0);
    for (size_t i = 0; i < N_ROWS * N_INPUTS; i++)
        x[i] = (mlp_real)random_normal(&random);
    for (size_t i = 0; i < N_ROWS; i++)
        classes[i] = random_below(&random, N_CLASSES);
}

Test(isa, a_whole_training_gives_the_same_bits_with_each)
{
    static mlp_real x[N_ROWS * N_INPUTS];
    static uint32_t classes[N_ROWS];
    mlp_matrix matrix = {x, N_ROWS, N_INPUTS};
    mlp_examples examples = mlp_examples_of(&matrix, classes, NULL);
    const struct kernels *kernels;
    fill(x, classes);
    for (unsigned i = 0; i < N_CASES; i++) {
        cr_assert_eq(mlp_isa_select("auto", NULL), MLP_OK);
        mlp_network *best = train(i, &examples);
        for (size_t k = 1; (kernels = isa_available(k)) != NULL; k++) {
            cr_assert_eq(mlp_isa_select(kernels->name, NULL), MLP_OK);
            mlp_network *other = train(i, &examples);
            cr_expect_arr_eq(best->parameters, other->parameters,
                             best->n_parameters * sizeof *best->parameters,
                             "training %u with %s", i, kernels->name);
            mlp_network_destroy(other);
        }
        mlp_network_destroy(best);
    }
}

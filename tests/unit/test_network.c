/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "base/random.h"
#include "mlp/forward.h"
#include "near.h"

static const mlp_layer_spec lesson[] = {{16, MLP_SIGMOID, 0},
                                        {16, MLP_SIGMOID, 0}};

static mlp_network_spec lesson_spec(void)
{
    return (mlp_network_spec){.n_inputs = 784,
                              .n_hidden = 2,
                              .hidden = lesson,
                              .n_outputs = 10,
                              .output = MLP_OUTPUT_SOFTMAX};
}

static mlp_network *create(const mlp_network_spec *spec, uint64_t seed)
{
    mlp_network *network;
    mlp_error err;
    cr_assert_eq(mlp_network_create(spec, seed, &network, &err), MLP_OK, "%s",
                 err.text);
    return network;
}

Test(network, counts_weights_and_biases_apart)
{
    mlp_network_spec spec = lesson_spec();
    size_t n_weights, n_biases;
    cr_assert_eq(mlp_network_count(&spec, &n_weights, &n_biases, NULL), MLP_OK);
    cr_expect_eq(n_weights, 12960);
    cr_expect_eq(n_biases, 42);
}

Test(network, knows_its_shape)
{
    mlp_network_spec spec = lesson_spec();
    mlp_network *network = create(&spec, 1);
    cr_expect_eq(mlp_network_n_layers(network), 3);
    cr_expect_eq(mlp_network_layer_inputs(network, 0), 784);
    cr_expect_eq(mlp_network_layer_outputs(network, 2), 10);
    const mlp_network_spec *shape = mlp_network_shape(network);
    cr_expect_neq(shape->hidden, lesson, "the layers are its own copy");
    cr_expect_eq(shape->hidden[1].n_units, 16);
    mlp_network_destroy(network);
}

static void refused(mlp_network_spec spec, const char *place)
{
    mlp_network *network = (mlp_network *)&spec;
    mlp_error err;
    cr_expect_eq(mlp_network_create(&spec, 1, &network, &err), MLP_INVALID);
    cr_expect_null(network);
    cr_expect_not_null(strstr(err.text, place), "%s: %s", place, err.text);
}

Test(network, refuses_what_is_out_of_range_and_names_the_place)
{
    mlp_network_spec spec = lesson_spec();
    spec.n_inputs = 0;
    refused(spec, "n_inputs");
    spec = lesson_spec();
    spec.n_outputs = MLP_MAX_WIDTH + 1;
    refused(spec, "n_outputs");
    spec = lesson_spec();
    spec.n_hidden = MLP_MAX_LAYERS;
    refused(spec, "n_hidden");
    spec = lesson_spec();
    spec.output = MLP_OUTPUT_AUTO;
    refused(spec, "output");
    spec = lesson_spec();
    spec.output = (mlp_output)99;
    refused(spec, "output");
    spec = lesson_spec();
    spec.initializer = (mlp_initializer)99;
    refused(spec, "initializer");
}

Test(network, refuses_bad_layers_and_names_them)
{
    mlp_layer_spec hidden[] = {{16, MLP_RELU, 0}, {0, MLP_RELU, 0}};
    mlp_network_spec spec = lesson_spec();
    spec.hidden = hidden;
    refused(spec, "hidden[1].n_units");
    hidden[1] = (mlp_layer_spec){4, MLP_RELU, 1};
    refused(spec, "hidden[1].dropout");
    hidden[1] = (mlp_layer_spec){4, MLP_RELU, (mlp_real)NAN};
    refused(spec, "hidden[1].dropout");
    hidden[1] = (mlp_layer_spec){4, (mlp_activation)99, 0};
    refused(spec, "hidden[1].activation");
}

Test(network, equal_seeds_give_equal_bits_and_others_do_not)
{
    mlp_network_spec spec = lesson_spec();
    mlp_network *a = create(&spec, 5), *b = create(&spec, 5),
                *c = create(&spec, 6);
    mlp_real wa[160], wb[160], wc[160], biases[10], none[10] = {0};
    mlp_network_get_layer(a, 2, wa, biases);
    cr_expect_arr_eq(biases, none, sizeof biases);
    mlp_network_get_layer(b, 2, wb, biases);
    mlp_network_get_layer(c, 2, wc, biases);
    cr_expect_arr_eq(wa, wb, sizeof wa);
    cr_expect_neq(memcmp(wa, wc, sizeof wa), 0);
    mlp_network_destroy(a);
    mlp_network_destroy(b);
    mlp_network_destroy(c);
}

Test(network, gives_back_the_parameters_that_were_set)
{
    mlp_network_spec spec = {
        .n_inputs = 3, .n_outputs = 2, .output = MLP_OUTPUT_IDENTITY};
    mlp_network *network = create(&spec, 1);
    const mlp_real w[] = {1, 2, 3, 4, 5, 6}, b[] = {7, 8};
    mlp_real got_w[6], got_b[2];
    mlp_network_set_layer(network, 0, w, b);
    mlp_network_get_layer(network, 0, got_w, got_b);
    cr_expect_arr_eq(got_w, w, sizeof w);
    cr_expect_arr_eq(got_b, b, sizeof b);
    mlp_network_destroy(network);
}

Test(network, a_linear_model_computes_w_x_plus_b)
{
    mlp_network_spec spec = {
        .n_inputs = 3, .n_outputs = 2, .output = MLP_OUTPUT_IDENTITY};
    mlp_network *network = create(&spec, 1);
    mlp_workspace *workspace;
    cr_assert_eq(mlp_workspace_create(network, 4, &workspace, NULL), MLP_OK);
    const mlp_real w[] = {1, 2, 3, 4, 5, 6}, b[] = {7, 8}, x[] = {1, 10, 100};
    mlp_real y[2];
    mlp_network_set_layer(network, 0, w, b);
    mlp_network_forward(network, workspace, x, 1, y);
    cr_expect_eq(y[0], 328);
    cr_expect_eq(y[1], 662);
    mlp_workspace_destroy(workspace);
    mlp_network_destroy(network);
}

enum { N_ROWS = 37 };

/* All rows at once, through a workspace of max_rows. */
static void forward(const mlp_network *network,
                    const mlp_real *x,
                    size_t max_rows,
                    mlp_real *y)
{
    mlp_workspace *workspace;
    cr_assert_eq(mlp_workspace_create(network, max_rows, &workspace, NULL),
                 MLP_OK);
    mlp_network_forward(network, workspace, x, N_ROWS, y);
    mlp_workspace_destroy(workspace);
}

Test(network, a_row_does_not_depend_on_its_neighbours)
{
    mlp_network_spec spec = lesson_spec();
    mlp_network *network = create(&spec, 5);
    mlp_real *x = calloc(N_ROWS * 784, sizeof *x);
    mlp_real alone[N_ROWS * 10], fives[N_ROWS * 10], together[N_ROWS * 10];
    random_stream random;
    random_init(&random, 1, 1);
    for (size_t i = 0; i < N_ROWS * 784; i++)
        x[i] = (mlp_real)random_normal(&random);
    forward(network, x, 1, alone);
    forward(network, x, 5, fives);
    forward(network, x, 1000, together);
    cr_expect_arr_eq(alone, fives, sizeof alone);
    cr_expect_arr_eq(alone, together, sizeof alone);
    free(x);
    mlp_network_destroy(network);
}

/* One row, a few and many: by the units of a layer, and by rows. */
Test(network, any_number_of_threads_gives_the_same_bits)
{
    static const mlp_activation kinds[] = {MLP_RELU, MLP_TANH};
    static const size_t numbers[] = {1, 3, 40, 100};
    static mlp_real x[100 * 37], one[100 * 21], many[100 * 21];
    random_stream random;
    random_init(&random, 2, 1);
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = (mlp_real)random_normal(&random);
    for (size_t k = 0; k < 2; k++) {
        mlp_layer_spec hidden[] = {{600, kinds[k], 0}, {530, kinds[k], 0}};
        mlp_network_spec spec = {37, 2, hidden, 21, MLP_OUTPUT_SOFTMAX,
                                 0,  0, NULL};
        mlp_network *network = create(&spec, 7);
        mlp_workspace *workspace;
        cr_assert_eq(mlp_workspace_create(network, 40, &workspace, NULL), 0);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            size_t n = numbers[i], bytes = n * 21 * sizeof *one;
            cr_assert_eq(mlp_workspace_use_threads(workspace, 1, NULL), 0);
            mlp_network_forward(network, workspace, x, n, one);
            for (size_t threads = 2; threads <= 8; threads += 2) {
                cr_assert_eq(
                    mlp_workspace_use_threads(workspace, threads, NULL), 0);
                mlp_network_forward(network, workspace, x, n, many);
                cr_expect_arr_eq(one, many, bytes, "%zu rows, %zu threads", n,
                                 threads);
            }
        }
        cr_expect_eq(mlp_workspace_use_threads(workspace, 0, NULL),
                     MLP_INVALID);
        cr_expect_eq(mlp_workspace_use_threads(workspace, 257, NULL),
                     MLP_INVALID);
        mlp_workspace_destroy(workspace);
        mlp_network_destroy(network);
    }
}

Test(network, softmax_outputs_are_probabilities)
{
    mlp_network_spec spec = lesson_spec();
    mlp_network *network = create(&spec, 5);
    mlp_real *x = calloc(N_ROWS * 784, sizeof *x), y[N_ROWS * 10];
    for (size_t i = 0; i < N_ROWS * 784; i++)
        x[i] = (mlp_real)(i % 17) - 8;
    forward(network, x, N_ROWS, y);
    for (size_t row = 0; row < N_ROWS; row++) {
        double sum = 0;
        for (size_t c = 0; c < 10; c++) {
            cr_expect_geq(y[row * 10 + c], 0);
            sum += (double)y[row * 10 + c];
        }
        cr_expect(near(sum, 1, 1e-6));
    }
    free(x);
    mlp_network_destroy(network);
}

Test(network, create_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_network_spec spec = lesson_spec();
    for (size_t n = 0;; n++) {
        mlp_network *network;
        allocation_watch(n);
        mlp_status status = mlp_network_create(&spec, 1, &network, NULL);
        struct allocation_report report = allocation_unwatch();
        if (!report.failed) {
            cr_expect_geq(n, 3);
            mlp_network_destroy(network);
            break;
        }
        cr_expect_eq(status, MLP_NOMEM);
        cr_expect_null(network);
        cr_expect_eq(report.n_left, 0);
    }
}

Test(workspace, of_no_rows_or_of_too_many_is_refused)
{
    mlp_network_spec spec = lesson_spec();
    mlp_network *network = create(&spec, 1);
    mlp_workspace *workspace;
    cr_expect_eq(mlp_workspace_create(network, 0, &workspace, NULL),
                 MLP_INVALID);
    cr_expect_eq(mlp_workspace_create(network, SIZE_MAX / 8, &workspace, NULL),
                 MLP_INVALID);
    cr_expect_null(workspace);
    mlp_network_destroy(network);
}

Test(workspace, create_without_memory_says_so)
{
    mlp_network_spec spec = lesson_spec();
    mlp_network *network = create(&spec, 1);
    mlp_workspace *workspace;
    allocation_watch(0);
    mlp_status status = mlp_workspace_create(network, 8, &workspace, NULL);
    struct allocation_report report = allocation_unwatch();
    cr_expect(report.failed);
    cr_expect_eq(status, MLP_NOMEM);
    cr_expect_null(workspace);
    cr_expect_eq(report.n_left, 0);
    mlp_network_destroy(network);
}

/* Alone, a row of zeros leaves the bias as it is; among others it adds -0 to
 * it. Which of both it was is not to be seen. */
Test(network, a_zero_that_it_answers_has_no_sign_alone_or_among_others)
{
    enum { INPUTS = 8, OUTPUTS = 16, ROWS = 5 };
    mlp_network_spec spec = {.n_inputs = INPUTS,
                             .n_outputs = OUTPUTS,
                             .output = MLP_OUTPUT_IDENTITY};
    mlp_network *network = create(&spec, 1);
    mlp_real weights[INPUTS * OUTPUTS], biases[OUTPUTS];
    mlp_real x[ROWS * INPUTS] = {0}, together[ROWS * OUTPUTS], alone[OUTPUTS];
    mlp_workspace *workspace;
    for (size_t i = 0; i < INPUTS * OUTPUTS; i++)
        weights[i] = -1;
    for (size_t i = 0; i < OUTPUTS; i++)
        biases[i] = -(mlp_real)0;
    mlp_network_set_layer(network, 0, weights, biases);
    cr_assert_eq(mlp_workspace_create(network, ROWS, &workspace, NULL), MLP_OK);
    mlp_network_forward(network, workspace, x, ROWS, together);
    mlp_network_forward(network, workspace, x, 1, alone);
    for (size_t i = 0; i < ROWS * OUTPUTS; i++)
        cr_expect(!signbit(together[i]), "%zu", i);
    cr_expect_arr_eq(alone, together, sizeof alone);
    mlp_workspace_destroy(workspace);
    mlp_network_destroy(network);
}

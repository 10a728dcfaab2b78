/* SPDX-License-Identifier: MIT
 *
 * What a trainer refuses, and how it says so. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "mlp/training.h"

static const mlp_real x[] = {0, 0, 0, 1, 1, 0, 1, 1}, values[] = {0, 1, 1, 0};
static const uint32_t classes[] = {0, 1, 1, 0};
static const mlp_matrix matrix = {x, 4, 2};

/* A proposal that would be accepted, to be spoilt in one place. */
struct proposal {
    mlp_network_spec network;
    mlp_training_spec training;
    mlp_examples examples;
    const uint32_t *train;
    size_t n_train;
};

static struct proposal good(void)
{
    return (struct proposal){
        .network = {.n_inputs = 2,
                    .n_outputs = 2,
                    .output = MLP_OUTPUT_SOFTMAX},
        .training = {.loss = MLP_LOSS_CROSS_ENTROPY,
                     .optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM),
                     .epochs = 1,
                     .batch_size = 2},
        .examples = mlp_examples_of(&matrix, classes, NULL),
    };
}

static mlp_status propose(const struct proposal *p, mlp_error *err)
{
    mlp_network *network;
    mlp_trainer *trainer;
    cr_assert_eq(mlp_network_create(&p->network, 1, &network, err), MLP_OK);
    mlp_status status =
        mlp_trainer_create(network, &p->training, &p->examples, p->train,
                           p->n_train, NULL, 0, &trainer, err);
    cr_expect_eq(status == MLP_OK, trainer != NULL);
    mlp_trainer_destroy(trainer);
    mlp_network_destroy(network);
    return status;
}

static void refused(struct proposal p, mlp_status expected, const char *place)
{
    mlp_error err = {0};
    cr_expect_eq(propose(&p, &err), expected, "%s", place);
    cr_expect_not_null(strstr(err.text, place), "%s: %s", place, err.text);
}

Test(settings, a_good_proposal_is_accepted)
{
    struct proposal p = good();
    cr_expect_eq(propose(&p, NULL), MLP_OK);
}

Test(settings, what_is_unresolved_is_refused)
{
    struct proposal p = good();
    p.training.loss = MLP_LOSS_AUTO;
    refused(p, MLP_INVALID, "loss");
    p = good();
    p.training.optimizer.kind = MLP_OPTIMIZER_AUTO;
    refused(p, MLP_INVALID, "optimizer");
    p = good();
    p.training.epochs = 0;
    refused(p, MLP_INVALID, "epochs");
    p = good();
    p.training.batch_size = 0;
    refused(p, MLP_INVALID, "batch_size");
}

#define SPOIL(field, value, place)                                             \
    do {                                                                       \
        struct proposal p = good();                                            \
        p.training.field = (value);                                            \
        refused(p, MLP_INVALID, place);                                        \
    } while (0)

Test(settings, numbers_out_of_range_are_refused_by_name)
{
    const double nan = (double)NAN, infinity = HUGE_VAL;
    SPOIL(learning_rate, -1, "learning_rate");
    SPOIL(learning_rate, nan, "learning_rate");
    SPOIL(learning_rate, infinity, "learning_rate");
    SPOIL(l1, -0.1, "l1");
    SPOIL(l2, nan, "l2");
    SPOIL(label_smoothing, 1, "label_smoothing");
    SPOIL(gradient_clip, -1, "gradient_clip");
    SPOIL(min_delta, nan, "min_delta");
    SPOIL(time_limit_s, -1, "time_limit_s");
    SPOIL(schedule.gamma, -0.5, "schedule.gamma");
    SPOIL(schedule.kind, (mlp_schedule)99, "schedule");
    SPOIL(loss, (mlp_loss)99, "loss");
    SPOIL(optimizer.kind, (mlp_optimizer)99, "optimizer");
    SPOIL(optimizer.beta1, 1, "optimizer.beta1");
    SPOIL(optimizer.beta2, -0.1, "optimizer.beta2");
    SPOIL(optimizer.epsilon, 0, "optimizer.epsilon");
    SPOIL(optimizer.weight_decay, infinity, "optimizer.weight_decay");
    SPOIL(early_stopping, true, "early_stopping");
}

Test(settings, numbers_that_the_optimizer_does_not_read_are_not_judged)
{
    struct proposal p = good();
    p.training.optimizer.momentum = 7;
    p.training.optimizer.rho = -1;
    cr_expect_eq(propose(&p, NULL), MLP_OK);
}

Test(settings, losses_that_do_not_go_with_output_or_targets_are_refused)
{
    struct proposal p = good();
    p.training.loss = MLP_LOSS_BINARY_CROSS_ENTROPY;
    refused(p, MLP_INVALID, "binary_cross_entropy does not go with a softmax");
    p = good();
    p.examples.classes = NULL;
    refused(p, MLP_INVALID, "neither");
    p.examples.values = values;
    refused(p, MLP_INVALID, "needs classes");
    p = good();
    p.training.loss = MLP_LOSS_MSE;
    p.training.label_smoothing = 0.1;
    refused(p, MLP_INVALID, "label_smoothing");
}

Test(settings, class_weights_must_be_numbers_that_weigh_something)
{
    static const mlp_real negative[] = {1, -1}, none[] = {0, 0},
                          fine[] = {0, 1};
    struct proposal p = good();
    p.training.class_weights = negative;
    refused(p, MLP_INVALID, "class_weights[1]");
    p.training.class_weights = none;
    refused(p, MLP_INVALID, "class_weights");
    p.training.class_weights = fine;
    cr_expect_eq(propose(&p, NULL), MLP_OK);
    p.network.output = MLP_OUTPUT_IDENTITY;
    p.training.loss = MLP_LOSS_MSE;
    p.examples.classes = NULL;
    p.examples.values = x;
    refused(p, MLP_INVALID, "class_weights");
}

Test(settings, rows_and_classes_out_of_range_are_refused_by_place)
{
    static const uint32_t rows[] = {0, 4}, bad_classes[] = {0, 1, 2, 0};
    struct proposal p = good();
    p.train = rows;
    p.n_train = 2;
    refused(p, MLP_SHAPE, "train[1]: row 4");
    p.n_train = 0;
    refused(p, MLP_SHAPE, "train: no rows");
    p = good();
    p.examples.classes = bad_classes;
    refused(p, MLP_SHAPE, "classes[2]");
    p = good();
    p.network.n_inputs = 3;
    refused(p, MLP_SHAPE, "2 inputs, but the network has 3");
}

Test(settings, row_weights_must_be_numbers_that_weigh_something)
{
    static const mlp_real negative[] = {1, 1, -1, 1}, none[] = {0, 0, 0, 1},
                          missing[] = {(mlp_real)NAN, 1, 1, 1};
    static const uint32_t rows[] = {0, 1, 2};
    struct proposal p = good();
    p.examples.weights = negative;
    refused(p, MLP_INVALID, "weights[2]: expected a finite number");
    p.examples.weights = missing;
    refused(p, MLP_INVALID, "weights[0]: expected a finite number");
    p.examples.weights = none;
    cr_expect_eq(propose(&p, NULL), MLP_OK);
    p.train = rows;
    p.n_train = 3;
    refused(p, MLP_INVALID, "weights: all those of train are 0");
}

Test(settings, a_batch_of_weight_nothing_does_not_diverge)
{
    static const mlp_real only_ones[] = {0, 1};
    struct proposal p = good();
    mlp_network *network;
    mlp_training_result result;
    p.training.class_weights = only_ones;
    p.training.batch_size = 1;
    cr_assert_eq(mlp_network_create(&p.network, 1, &network, NULL), MLP_OK);
    cr_expect_eq(
        mlp_train(network, &p.training, &p.examples, NULL, &result, NULL),
        MLP_OK);
    cr_expect(isfinite(result.last.loss));
    mlp_network_destroy(network);
}

/* SPDX-License-Identifier: MIT */
#include "nn/trainer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "base/random.h"
#include "near.h"

/* Rows, targets and a network to be trained on them. */
struct task {
    mlp_real *x;
    uint32_t *classes;
    mlp_matrix *matrix; /* the examples point to it */
    mlp_examples examples;
    mlp_network *network;
};

/* Two noisy classes of points in the plane: inside and outside of a ring. */
static void make_rings(struct task *task, size_t n)
{
    random_stream random;
    random_init(&random, 42, 0);
    task->x = calloc(2 * n, sizeof *task->x);
    task->classes = calloc(n, sizeof *task->classes);
    for (size_t i = 0; i < n; i++) {
        double u = random_normal(&random), v = random_normal(&random);
        double noise = 0.3 * random_normal(&random);
        task->x[2 * i] = (mlp_real)u;
        task->x[2 * i + 1] = (mlp_real)v;
        task->classes[i] = u * u + v * v + noise > 1.4;
    }
    task->matrix = calloc(1, sizeof *task->matrix);
    *task->matrix = (mlp_matrix){task->x, n, 2};
    task->examples = mlp_examples_of(task->matrix, task->classes, NULL);
}

static mlp_network *make_network(mlp_real dropout)
{
    mlp_layer_spec hidden[] = {{12, MLP_TANH, dropout}, {8, MLP_RELU, dropout}};
    mlp_network_spec spec = {.n_inputs = 2,
                             .n_hidden = 2,
                             .hidden = hidden,
                             .n_outputs = 2,
                             .output = MLP_OUTPUT_SOFTMAX};
    mlp_network *network;
    cr_assert_eq(mlp_network_create(&spec, 3, &network, NULL), MLP_OK);
    return network;
}

static struct task rings(size_t n, mlp_real dropout)
{
    struct task task;
    make_rings(&task, n);
    task.network = make_network(dropout);
    return task;
}

static void task_free(struct task *task)
{
    mlp_network_destroy(task->network);
    free(task->matrix);
    free(task->x);
    free(task->classes);
}

static mlp_training_spec plain_spec(void)
{
    return (mlp_training_spec){
        .loss = MLP_LOSS_CROSS_ENTROPY,
        .optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM),
        .epochs = 5,
        .batch_size = 16,
        .learning_rate = 0.01,
        .seed = 9,
    };
}

/* The first n_train rows learn, the others validate. */
static mlp_trainer *
create(struct task *task, const mlp_training_spec *spec, size_t n_train)
{
    size_t n = task->examples.n_rows;
    uint32_t *rows = calloc(n, sizeof *rows);
    for (uint32_t i = 0; i < n; i++)
        rows[i] = i;
    mlp_trainer *trainer;
    mlp_error err;
    cr_assert_eq(mlp_trainer_create(task->network, spec, &task->examples, rows,
                                    n_train, rows + n_train, n - n_train,
                                    &trainer, &err),
                 MLP_OK, "%s", err.text);
    free(rows);
    return trainer;
}

static bool same_bits(const struct task *a, const struct task *b)
{
    return memcmp(a->network->parameters, b->network->parameters,
                  a->network->n_parameters * sizeof(mlp_real)) == 0;
}

Test(trainer, learns_xor)
{
    static const mlp_real x[] = {0, 0, 0, 1, 1, 0, 1, 1};
    static const uint32_t classes[] = {0, 1, 1, 0};
    mlp_matrix matrix = {x, 4, 2};
    mlp_layer_spec hidden = {8, MLP_TANH, 0};
    mlp_network_spec shape = {.n_inputs = 2,
                              .n_hidden = 1,
                              .hidden = &hidden,
                              .n_outputs = 2,
                              .output = MLP_OUTPUT_SOFTMAX};
    mlp_examples examples = mlp_examples_of(&matrix, classes, NULL);
    mlp_training_spec spec = {.epochs = 400, .learning_rate = 0.05, .seed = 1};
    mlp_network *network;
    mlp_training_result result;
    mlp_error err;
    cr_assert_eq(mlp_network_create(&shape, 1, &network, &err), MLP_OK);
    cr_assert_eq(mlp_train(network, &spec, &examples, NULL, &result, &err),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(result.last.accuracy, 1);
    cr_expect_lt(result.last.loss, 0.05);
    cr_expect_eq(result.epochs_run, 400);
    cr_expect_eq(result.stop, MLP_STOP_EPOCHS);
    cr_expect(isnan(result.last.validation_loss));
    mlp_network_destroy(network);
}

Test(trainer, learns_with_every_optimizer)
{
    static const mlp_optimizer kinds[] = {
        MLP_OPTIMIZER_GD,       MLP_OPTIMIZER_SGD,     MLP_OPTIMIZER_MOMENTUM,
        MLP_OPTIMIZER_NESTEROV, MLP_OPTIMIZER_ADAGRAD, MLP_OPTIMIZER_RMSPROP,
        MLP_OPTIMIZER_ADAM,     MLP_OPTIMIZER_ADAMW};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct task task = rings(300, 0);
        mlp_training_spec spec = plain_spec();
        mlp_training_result result;
        spec.optimizer = mlp_optimizer_defaults(kinds[i]);
        spec.epochs = kinds[i] == MLP_OPTIMIZER_GD ? 1000 : 60;
        spec.learning_rate = 0;
        cr_assert_eq(
            mlp_train(task.network, &spec, &task.examples, NULL, &result, NULL),
            MLP_OK);
        cr_expect_gt(result.last.accuracy, 0.85, "%s: %g",
                     mlp_optimizer_name(kinds[i]), result.last.accuracy);
        task_free(&task);
    }
}

Test(trainer, the_same_seed_gives_the_same_bits_and_another_does_not)
{
    struct task a = rings(200, (mlp_real)0.2), b = rings(200, (mlp_real)0.2),
                c = rings(200, (mlp_real)0.2);
    mlp_training_spec spec = plain_spec();
    cr_assert_eq(mlp_train(a.network, &spec, &a.examples, NULL, NULL, NULL), 0);
    cr_assert_eq(mlp_train(b.network, &spec, &b.examples, NULL, NULL, NULL), 0);
    spec.seed++;
    cr_assert_eq(mlp_train(c.network, &spec, &c.examples, NULL, NULL, NULL), 0);
    cr_expect(same_bits(&a, &b));
    cr_expect_not(same_bits(&a, &c));
    task_free(&a);
    task_free(&b);
    task_free(&c);
}

Test(trainer, a_batch_of_all_rows_is_a_step_of_gd)
{
    struct task a = rings(500, 0), b = rings(500, 0), c = rings(500, 0);
    mlp_training_spec spec = plain_spec();
    spec.no_shuffle = true;
    spec.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD);
    spec.batch_size = 500;
    cr_assert_eq(mlp_train(a.network, &spec, &a.examples, NULL, NULL, NULL), 0);
    spec.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_GD);
    spec.batch_size = 7;
    cr_assert_eq(mlp_train(b.network, &spec, &b.examples, NULL, NULL, NULL), 0);
    spec.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD);
    spec.batch_size = SIZE_MAX;
    cr_assert_eq(mlp_train(c.network, &spec, &c.examples, NULL, NULL, NULL), 0);
    cr_expect(same_bits(&a, &b));
    cr_expect(same_bits(&a, &c));
    task_free(&a);
    task_free(&b);
    task_free(&c);
}

Test(trainer, slices_of_a_batch_change_no_bit)
{
    struct task a = rings(100, (mlp_real)0.3), b = rings(100, (mlp_real)0.3);
    mlp_training_spec spec = plain_spec();
    struct step whole, sliced;
    uint32_t rows[100];
    for (uint32_t i = 0; i < 100; i++)
        rows[i] = i;
    cr_assert_eq(step_init(&whole, a.network, &a.examples, &spec, 100, NULL),
                 0);
    cr_assert_eq(step_init(&sliced, b.network, &b.examples, &spec, 7, NULL), 0);
    struct score one = step_gradient(&whole, rows, 100, NULL, NULL);
    struct score other = step_gradient(&sliced, rows, 100, NULL, NULL);
    cr_expect_eq(one.loss_sum, other.loss_sum);
    cr_expect_eq(one.hits.right, other.hits.right);
    cr_expect_arr_eq(whole.gradient, sliced.gradient,
                     a.network->n_parameters * sizeof *whole.gradient);
    step_free(&whole);
    step_free(&sliced);
    task_free(&a);
    task_free(&b);
}

/* Three steps of a rule: parameters, and how far off the losses are. */
static void expect_learning(mlp_optimizer kind, size_t threads, size_t max_rows)
{
    struct task a = rings(300, (mlp_real)0.3), b = rings(300, (mlp_real)0.3);
    mlp_training_spec spec = plain_spec(), by_threads = plain_spec();
    struct step apart, fused;
    uint32_t rows[300];
    for (uint32_t i = 0; i < 300; i++)
        rows[i] = i;
    spec.optimizer = by_threads.optimizer = mlp_optimizer_defaults(kind);
    spec.l2 = by_threads.l2 = threads > 1 ? 0.01 : 0;
    by_threads.threads = threads;
    cr_assert_eq(step_init(&apart, a.network, &a.examples, &spec, 300, NULL),
                 0);
    cr_assert_eq(
        step_init(&fused, b.network, &b.examples, &by_threads, max_rows, NULL),
        0);
    for (size_t i = 0; i < 3; i++) {
        struct score one = step_gradient(&apart, rows, 300, NULL, NULL);
        step_update(&apart, 0.01);
        struct score other = step_learn(&fused, rows, 300, 0.01, NULL, NULL);
        cr_expect_eq(one.loss_sum, other.loss_sum);
    }
    cr_expect(same_bits(&a, &b), "rule %d, %zu threads, %zu rows", kind,
              threads, max_rows);
    step_free(&apart);
    step_free(&fused);
    task_free(&a);
    task_free(&b);
}

Test(trainer, a_gradient_and_its_update_at_once_have_the_bits_of_both)
{
    for (int kind = MLP_OPTIMIZER_GD; kind <= MLP_OPTIMIZER_ADAMW; kind++) {
        expect_learning((mlp_optimizer)kind, 1, 300);
        expect_learning((mlp_optimizer)kind, 3, 300);
        expect_learning((mlp_optimizer)kind, 1, 7);
    }
}

/* Layers from 256 outputs on copy their inputs in another order first, and a
 * team is at several of them at the same time. */
static void learn_wide(size_t threads, mlp_real *w, size_t n)
{
    struct task task = rings(300, 0);
    mlp_layer_spec hidden[] = {
        {300, MLP_RELU, 0}, {256, MLP_TANH, 0}, {330, MLP_RELU, 0}};
    mlp_network_spec shape = {2, 3, hidden, 2, MLP_OUTPUT_SOFTMAX, 0, 0, NULL};
    mlp_training_spec spec = plain_spec();
    mlp_network_destroy(task.network);
    cr_assert_eq(mlp_network_create(&shape, 5, &task.network, NULL), MLP_OK);
    cr_assert_eq(task.network->n_parameters, n);
    spec.threads = threads;
    spec.batch_size = 100;
    cr_assert_eq(
        mlp_train(task.network, &spec, &task.examples, NULL, NULL, NULL), 0);
    memcpy(w, task.network->parameters, n * sizeof *w);
    task_free(&task);
}

Test(trainer, wide_layers_have_the_same_bits_with_any_number_of_threads)
{
    enum { N = 3 * 300 + 301 * 256 + 257 * 330 + 331 * 2 };
    static mlp_real one[N], many[N];
    learn_wide(1, one, N);
    for (size_t threads = 2; threads <= 8; threads++) {
        learn_wide(threads, many, N);
        cr_expect_arr_eq(one, many, sizeof one, "%zu threads", threads);
    }
}

Test(trainer, order_is_a_pure_function_of_seed_and_epoch)
{
    uint32_t train[50], a[50], b[50], seen[150] = {0};
    for (uint32_t i = 0; i < 50; i++)
        train[i] = 3 * i;
    trainer_order(7, 4, train, 50, a);
    trainer_order(7, 4, train, 50, b);
    cr_expect_arr_eq(a, b, sizeof a);
    for (size_t i = 0; i < 50; i++)
        seen[a[i]]++;
    for (size_t i = 0; i < 50; i++)
        cr_expect_eq(seen[train[i]], 1, "each row comes once");
    trainer_order(7, 5, train, 50, b);
    cr_expect_neq(memcmp(a, b, sizeof a), 0);
    trainer_order(8, 4, train, 50, b);
    cr_expect_neq(memcmp(a, b, sizeof a), 0);
}

/* What the hooks saw. */
struct watcher {
    size_t n_batches, n_epochs, stop_at;
    double progress;
    mlp_epoch epochs[512];
};

static void on_epoch(void *context, const mlp_epoch *epoch)
{
    struct watcher *watcher = context;
    watcher->epochs[watcher->n_epochs++] = *epoch;
}

static void on_batch(void *context, double progress)
{
    struct watcher *watcher = context;
    cr_expect_gt(progress, watcher->progress);
    watcher->progress = progress;
    watcher->n_batches++;
}

static bool should_stop(void *context)
{
    struct watcher *watcher = context;
    return watcher->n_batches == watcher->stop_at;
}

static mlp_hooks hooks_of(struct watcher *watcher)
{
    return (mlp_hooks){.context = watcher,
                       .on_epoch = on_epoch,
                       .on_batch = on_batch,
                       .should_stop = should_stop};
}

Test(trainer, uses_the_last_partial_batch_and_tells_the_progress)
{
    struct task task = rings(100, 0);
    mlp_training_spec spec = plain_spec();
    struct watcher watcher = {.stop_at = SIZE_MAX};
    mlp_hooks hooks = hooks_of(&watcher);
    mlp_trainer *trainer = create(&task, &spec, 100);
    cr_assert_eq(mlp_trainer_run(trainer, &hooks, NULL, NULL), MLP_OK);
    cr_expect_eq(watcher.n_batches, 5 * 7);
    cr_expect_eq(watcher.n_epochs, 5);
    cr_expect_eq(watcher.epochs[4].epoch, 5);
    cr_expect_eq(watcher.epochs[4].n_epochs, 5);
    cr_expect_eq(watcher.progress, 1);
    cr_expect_eq(trainer->progress.rows, 500);
    cr_expect_eq(trainer->step.optimizer.n_steps, 35);
    mlp_trainer_destroy(trainer);
    task_free(&task);
}

Test(trainer, cancelled_it_stops_at_once_and_may_go_on_to_the_same_bits)
{
    struct task held = rings(100, (mlp_real)0.1),
                through = rings(100, (mlp_real)0.1);
    mlp_training_spec spec = plain_spec();
    struct watcher watcher = {.stop_at = 17};
    mlp_hooks hooks = hooks_of(&watcher);
    mlp_error err;
    mlp_trainer *a = create(&held, &spec, 80), *b = create(&through, &spec, 80);
    cr_expect_eq(mlp_trainer_run(a, &hooks, NULL, &err), MLP_CANCELLED);
    cr_expect_eq(watcher.n_batches, 17);
    cr_expect_not_null(strstr(err.text, "epoch 4 of 5"), "%s", err.text);
    cr_expect_eq(mlp_trainer_run(a, NULL, NULL, NULL), MLP_OK);
    cr_expect_eq(mlp_trainer_run(b, NULL, NULL, NULL), MLP_OK);
    cr_expect(same_bits(&held, &through));
    mlp_trainer_destroy(a);
    mlp_trainer_destroy(b);
    task_free(&held);
    task_free(&through);
}

Test(trainer, says_so_when_it_diverges)
{
    struct task task = rings(100, 0);
    mlp_training_spec spec = plain_spec();
    mlp_training_result result;
    mlp_error err;
    spec.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD);
    spec.learning_rate = 1e30;
    cr_expect_eq(
        mlp_train(task.network, &spec, &task.examples, NULL, &result, &err),
        MLP_DIVERGED);
    cr_expect_not_null(strstr(err.text, "epoch 1, batch"), "%s", err.text);
    cr_expect_not_null(strstr(err.text, "learning_rate"), "%s", err.text);
    task_free(&task);
}

Test(trainer, an_input_that_is_not_finite_is_divergence_in_the_first_batch)
{
    struct task task = rings(32, 0);
    mlp_training_spec spec = plain_spec();
    mlp_error err;
    task.x[5] = (mlp_real)NAN;
    spec.full_batch = true;
    cr_expect_eq(
        mlp_train(task.network, &spec, &task.examples, NULL, NULL, &err),
        MLP_DIVERGED);
    cr_expect_not_null(strstr(err.text, "epoch 1, batch 1 of 1"), "%s",
                       err.text);
    task_free(&task);
}

/* Far too many epochs on few rows, with validation rows whose loss rises. */
static mlp_training_spec overfitting_spec(void)
{
    mlp_training_spec spec = plain_spec();
    spec.epochs = 500;
    spec.learning_rate = 0.05;
    spec.early_stopping = true;
    spec.patience = 12;
    return spec;
}

static double validation_loss(struct mlp_trainer *trainer)
{
    struct score score = step_evaluate(&trainer->step, trainer->validation,
                                       trainer->n_validation, NULL, NULL);
    return score_loss(&score);
}

Test(trainer, early_stopping_waits_out_its_patience_and_restores_the_best)
{
    struct task task = rings(120, 0);
    mlp_training_spec spec = overfitting_spec();
    struct watcher watcher = {.stop_at = SIZE_MAX};
    mlp_hooks hooks = hooks_of(&watcher);
    mlp_training_result result;
    mlp_trainer *trainer = create(&task, &spec, 60);
    cr_assert_eq(mlp_trainer_run(trainer, &hooks, &result, NULL), MLP_OK);
    cr_expect_eq(result.stop, MLP_STOP_EARLY);
    cr_expect_eq(result.epochs_run, result.best_epoch + 12);
    cr_expect_lt(result.best.validation_loss, result.last.validation_loss);
    cr_expect_eq(validation_loss(trainer), result.best.validation_loss);
    for (size_t i = 0; i < watcher.n_epochs; i++)
        cr_expect_geq(watcher.epochs[i].validation_loss,
                      result.best.validation_loss);
    cr_expect(watcher.epochs[result.best_epoch - 1].best);
    mlp_trainer_destroy(trainer);
    task_free(&task);
}

Test(trainer, keep_last_keeps_the_last)
{
    struct task task = rings(120, 0);
    mlp_training_spec spec = overfitting_spec();
    mlp_training_result result;
    spec.keep_last = true;
    mlp_trainer *trainer = create(&task, &spec, 60);
    cr_assert_eq(mlp_trainer_run(trainer, NULL, &result, NULL), MLP_OK);
    cr_expect_eq(result.best_epoch, result.epochs_run);
    cr_expect_eq(validation_loss(trainer), result.last.validation_loss);
    mlp_trainer_destroy(trainer);
    task_free(&task);
}

Test(trainer, min_delta_makes_patience_stricter)
{
    struct task task = rings(120, 0);
    mlp_training_spec spec = overfitting_spec();
    mlp_training_result result;
    spec.min_delta = 1000;
    mlp_trainer *trainer = create(&task, &spec, 60);
    cr_assert_eq(mlp_trainer_run(trainer, NULL, &result, NULL), MLP_OK);
    cr_expect_eq(result.epochs_run, 13, "the first epoch and the patience");
    mlp_trainer_destroy(trainer);
    task_free(&task);
}

Test(trainer, a_schedule_goes_by_the_time_limit)
{
    struct task task = rings(200, 0);
    mlp_training_spec spec = plain_spec();
    mlp_training_result result;
    spec.epochs = 10000000;
    spec.schedule.kind = MLP_SCHEDULE_COSINE;
    spec.time_limit_s = 0.2;
    mlp_trainer *trainer = create(&task, &spec, 200);
    cr_assert_eq(mlp_trainer_run(trainer, NULL, &result, NULL), MLP_OK);
    cr_expect_eq(result.stop, MLP_STOP_TIME);
    cr_expect_lt(result.last.learning_rate, 0.5 * spec.learning_rate,
                 "of ten million epochs it is at the very first");
    mlp_trainer_destroy(trainer);
    task_free(&task);
}

Test(trainer, a_time_limit_ends_the_run_in_order)
{
    struct task task = rings(100, 0);
    mlp_training_spec spec = plain_spec();
    mlp_training_result result;
    spec.time_limit_s = 1e-9;
    mlp_trainer *trainer = create(&task, &spec, 80);
    cr_assert_eq(mlp_trainer_run(trainer, NULL, &result, NULL), MLP_OK);
    cr_expect_eq(result.stop, MLP_STOP_TIME);
    cr_expect_eq(result.epochs_run, 1);
    cr_expect_eq(trainer->progress.rows, 16, "one batch is always run");
    cr_expect(isfinite(result.last.validation_loss));
    mlp_trainer_destroy(trainer);
    task_free(&task);
}

Test(trainer, validation_is_without_dropout_smoothing_and_class_weights)
{
    struct task a = rings(120, (mlp_real)0.5), b = rings(120, 0);
    static const mlp_real class_weights[] = {1, 9};
    mlp_training_spec spec = plain_spec();
    mlp_trainer *plain = create(&b, &spec, 60);
    spec.label_smoothing = 0.3;
    spec.class_weights = class_weights;
    mlp_trainer *odd = create(&a, &spec, 60);
    cr_expect_eq(validation_loss(odd), validation_loss(plain));
    mlp_trainer_destroy(odd);
    mlp_trainer_destroy(plain);
    task_free(&a);
    task_free(&b);
}

Test(trainer, class_weights_are_as_good_as_repeated_rows)
{
    struct task task = rings(8, 0);
    static const mlp_real class_weights[] = {1, 3};
    uint32_t rows[32], repeated[32];
    size_t n = 0;
    for (uint32_t i = 0; i < 8; i++) {
        rows[i] = i;
        for (size_t k = 0; k < (task.classes[i] ? 3 : 1); k++)
            repeated[n++] = i;
    }
    mlp_training_spec spec = plain_spec();
    struct step plain, weighted;
    mlp_training_spec with_weights = spec;
    with_weights.class_weights = class_weights;
    cr_assert_eq(
        step_init(&plain, task.network, &task.examples, &spec, 32, NULL), 0);
    cr_assert_eq(step_init(&weighted, task.network, &task.examples,
                           &with_weights, 32, NULL),
                 0);
    struct score one = step_gradient(&plain, repeated, n, NULL, NULL);
    struct score other = step_gradient(&weighted, rows, 8, NULL, NULL);
    cr_expect(near(score_loss(&one), score_loss(&other), 1e-6));
    for (size_t i = 0; i < task.network->n_parameters; i++)
        cr_expect(near((double)plain.gradient[i], (double)weighted.gradient[i],
                       1e-6));
    step_free(&plain);
    step_free(&weighted);
    task_free(&task);
}

/* Each of 8 rows as often as it weighs. */
Test(trainer, row_weights_are_as_good_as_repeated_rows)
{
    static const mlp_real weights[] = {1, 2, 0, 1, 3, 0, 2, 1};
    struct task task = rings(8, 0);
    mlp_examples weighted_examples = task.examples;
    uint32_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7}, repeated[16];
    mlp_training_spec spec = plain_spec();
    struct step plain, weighted;
    size_t n = 0;
    weighted_examples.weights = weights;
    for (uint32_t i = 0; i < 8; i++)
        for (size_t k = 0; k < (size_t)weights[i]; k++)
            repeated[n++] = i;
    cr_assert_eq(
        step_init(&plain, task.network, &task.examples, &spec, 16, NULL), 0);
    cr_assert_eq(
        step_init(&weighted, task.network, &weighted_examples, &spec, 16, NULL),
        0);
    struct score one = step_gradient(&plain, repeated, n, NULL, NULL);
    struct score other = step_gradient(&weighted, rows, 8, NULL, NULL);
    cr_expect(near(score_loss(&one), score_loss(&other), 1e-6));
    for (size_t i = 0; i < task.network->n_parameters; i++)
        cr_expect(near((double)plain.gradient[i], (double)weighted.gradient[i],
                       1e-6));
    one = step_evaluate(&plain, repeated, n, NULL, NULL);
    other = step_evaluate(&weighted, rows, 8, NULL, NULL);
    cr_expect(near(score_loss(&one), score_loss(&other), 1e-6),
              "the validation loss has them, too");
    step_free(&plain);
    step_free(&weighted);
    task_free(&task);
}

/* A whole run of full batches: rows of weight 0 might as well not be there. */
Test(trainer, rows_without_weight_teach_nothing)
{
    struct task a = rings(40, 0), b = rings(40, 0);
    mlp_real weights[40];
    uint32_t rows[40];
    mlp_training_spec spec = plain_spec();
    mlp_trainer *some, *all;
    spec.full_batch = true;
    spec.epochs = 20;
    for (uint32_t i = 0; i < 40; i++) {
        weights[i] = i < 24;
        rows[i] = i;
    }
    b.examples.weights = weights;
    cr_assert_eq(mlp_trainer_create(a.network, &spec, &a.examples, rows, 24,
                                    NULL, 0, &some, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_trainer_create(b.network, &spec, &b.examples, rows, 40,
                                    NULL, 0, &all, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_trainer_run(some, NULL, NULL, NULL), MLP_OK);
    cr_assert_eq(mlp_trainer_run(all, NULL, NULL, NULL), MLP_OK);
    for (size_t i = 0; i < a.network->n_parameters; i++)
        cr_expect(near((double)a.network->parameters[i],
                       (double)b.network->parameters[i], 1e-4));
    mlp_trainer_destroy(some);
    mlp_trainer_destroy(all);
    task_free(&a);
    task_free(&b);
}

Test(trainer, clipping_bounds_the_norm_of_a_step)
{
    struct task task = rings(64, 0);
    mlp_training_spec spec = plain_spec();
    spec.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD);
    spec.gradient_clip = 1e-3;
    spec.full_batch = true;
    spec.epochs = 1;
    spec.learning_rate = 1;
    size_t n = task.network->n_parameters;
    mlp_real *before = calloc(n, sizeof *before);
    memcpy(before, task.network->parameters, n * sizeof *before);
    cr_assert_eq(
        mlp_train(task.network, &spec, &task.examples, NULL, NULL, NULL), 0);
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += pow((double)(task.network->parameters[i] - before[i]), 2);
    cr_expect(fabs(sqrt(square) / 1e-3 - 1) < 2e-2, "%g", sqrt(square));
    free(before);
    task_free(&task);
}

Test(trainer, dropout_zeroes_the_stated_share_and_scales_up_the_rest)
{
    mlp_layer_spec hidden = {1000, MLP_IDENTITY, (mlp_real)0.3};
    mlp_network_spec spec = {.n_inputs = 1,
                             .n_hidden = 1,
                             .hidden = &hidden,
                             .n_outputs = 1,
                             .output = MLP_OUTPUT_IDENTITY};
    mlp_network *network;
    struct pass pass;
    cr_assert_eq(mlp_network_create(&spec, 1, &network, NULL), MLP_OK);
    cr_assert_eq(pass_init(&pass, network, 10, NULL), MLP_OK);
    for (size_t i = 0; i < 10; i++)
        pass.x[i] = 1;
    pass_seed(&pass, 1, 0);
    pass_forward(&pass, (struct span){0, 10}, true);
    size_t n_zero = 0;
    for (size_t i = 0; i < 10000; i++) {
        n_zero += pass.traces[0].mask[i] == 0;
        cr_expect(pass.traces[0].mask[i] == 0 ||
                  near((double)pass.traces[0].mask[i], 1 / 0.7, 1e-6));
    }
    cr_expect(n_zero > 2800 && n_zero < 3200, "%zu", n_zero);
    pass_free(&pass);
    mlp_network_destroy(network);
}

Test(trainer, create_leaks_nothing_when_any_single_allocation_fails)
{
    struct task task = rings(20, (mlp_real)0.1);
    static const mlp_real class_weights[] = {1, 2};
    const uint32_t validation[] = {0, 1, 2};
    mlp_training_spec spec = plain_spec();
    spec.class_weights = class_weights;
    for (size_t n = 0;; n++) {
        mlp_trainer *trainer;
        allocation_watch(n);
        mlp_status status =
            mlp_trainer_create(task.network, &spec, &task.examples, NULL, 0,
                               validation, 3, &trainer, NULL);
        struct allocation_report report = allocation_unwatch();
        if (!report.failed) {
            cr_expect_gt(n, 8);
            mlp_trainer_destroy(trainer);
            break;
        }
        cr_expect_eq(status, MLP_NOMEM);
        cr_expect_null(trainer);
        cr_expect_eq(report.n_left, 0);
    }
    task_free(&task);
}

Test(trainer, run_allocates_nothing)
{
    struct task task = rings(100, (mlp_real)0.1);
    mlp_training_spec spec = plain_spec();
    mlp_trainer *trainer = create(&task, &spec, 80);
    allocation_watch(0);
    mlp_status status = mlp_trainer_run(trainer, NULL, NULL, NULL);
    struct allocation_report report = allocation_unwatch();
    cr_expect_eq(status, MLP_OK);
    cr_expect_not(report.failed, "there was nothing that could fail");
    mlp_trainer_destroy(trainer);
    task_free(&task);
}

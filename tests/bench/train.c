/* SPDX-License-Identifier: MIT
 *
 * How fast the engine learns MNIST, through the public headers alone: the
 * digits stay uint8 in memory and are gathered batch by batch, in a new order
 * each epoch.
 *
 *   echo "train 784-128-10 32 sgd 1 1 5" | train FOLDER THREADS
 *   echo "accuracy 784-128-10 128 adam 1 0 30" | train FOLDER THREADS
 *
 * train: whole epochs for MIN_S at least, cut at MAX_S. accuracy: seconds of
 * training until 97 % and 98 % of the test digits are right, looked at after
 * each epoch with the clock stopped. sgd has a learning rate of 0.1, adam
 * 0.001. One line of JSON a request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/forward.h"
#include "mlp/network.h"
#include "mlp/training.h"

#include "measure.h"

static const double WARM_UP_S = 0.05;

/* One call of the trainer and what its hooks have seen. */
struct run {
    mlp_network *network;
    const struct digits *test;
    double min_s, max_s;
    size_t n_rows, batch; /* of the training digits, of a batch */

    double began, apart_s; /* apart: spent in hooks, off the clock */
    double seconds;
    size_t epochs, batches; /* whole epochs; batches of the next one */
    size_t rows;
    bool epoch_ended;

    bool to_accuracy; /* look at the test digits after each epoch */
    double accuracy;
    double reached_s[2];      /* when 97 % and 98 % were; 0: not yet */
    size_t reached_epochs[2]; /* … and after how many epochs */
};

static const double GOALS[2] = {0.97, 0.98};

/* The share of the first `limit` test digits whose largest output is right. */
static double test_accuracy(const struct run *run, size_t limit)
{
    enum { ROWS = 250 };
    mlp_workspace *workspace;
    mlp_error err;
    if (mlp_workspace_create(run->network, ROWS, &workspace, &err) != MLP_OK)
        die("%s", err.text);
    static mlp_real x[ROWS * PIXELS], y[ROWS * N_CLASSES];
    size_t n = limit < run->test->n_rows ? limit : run->test->n_rows;
    size_t right = 0;
    for (size_t row = 0; row < n; row++) {
        size_t i = row % ROWS;
        digits_row(run->test, row, x + i * PIXELS);
        if (i + 1 < ROWS && row + 1 < n)
            continue;
        mlp_network_forward(run->network, workspace, x, i + 1, y);
        for (size_t j = 0; j <= i; j++) {
            const mlp_real *p = y + j * N_CLASSES;
            size_t best = 0;
            for (size_t k = 1; k < N_CLASSES; k++)
                best = p[k] > p[best] ? k : best;
            right += best == run->test->labels[row - i + j];
        }
    }
    mlp_workspace_destroy(workspace);
    return (double)right / (double)n;
}

static void read_clock(struct run *run)
{
    run->seconds = now_s() - run->began - run->apart_s;
}

static void on_batch(void *context, double progress)
{
    (void)progress;
    struct run *run = context;
    run->epoch_ended = false;
    size_t of_epoch = ++run->batches * run->batch;
    run->rows = run->epochs * run->n_rows +
                (of_epoch < run->n_rows ? of_epoch : run->n_rows);
    read_clock(run);
}

static void on_epoch(void *context, const mlp_epoch *epoch)
{
    (void)epoch;
    struct run *run = context;
    run->epochs++;
    run->batches = 0;
    run->epoch_ended = true;
    read_clock(run);
    if (!run->to_accuracy)
        return;
    double stopped = now_s();
    run->accuracy = test_accuracy(run, SIZE_MAX);
    for (size_t i = 0; i < 2; i++) {
        if (run->reached_s[i] == 0 && run->accuracy >= GOALS[i]) {
            run->reached_s[i] = run->seconds;
            run->reached_epochs[i] = run->epochs;
        }
    }
    run->apart_s += now_s() - stopped;
}

static bool is_over(void *context)
{
    const struct run *run = context;
    bool enough =
        run->to_accuracy ? run->reached_s[1] > 0 : run->seconds >= run->min_s;
    return run->seconds >= run->max_s || (run->epoch_ended && enough);
}

static mlp_training_spec training_of(const struct request *r, size_t threads)
{
    bool adam = strcmp(r->how, "adam") == 0;
    if (!adam && strcmp(r->how, "sgd") != 0)
        die("no optimizer here: %s", r->how);
    mlp_training_spec spec = {
        .loss = MLP_LOSS_CROSS_ENTROPY,
        .optimizer = mlp_optimizer_defaults(adam ? MLP_OPTIMIZER_ADAM
                                                 : MLP_OPTIMIZER_SGD),
        .epochs = 100000,
        .batch_size = r->batch,
        .learning_rate = adam ? 0.001 : 0.1,
        .keep_last = true,
        .seed = r->seed,
        .threads = threads,
    };
    return spec;
}

static mlp_network *network_of(const struct request *r)
{
    struct net net = net_parse(r->net);
    mlp_layer_spec hidden[MAX_WIDTHS] = {0};
    for (size_t i = 0; i + 2 < net.n_widths; i++)
        hidden[i] = (mlp_layer_spec){.n_units = net.widths[i + 1],
                                     .activation = MLP_RELU};
    mlp_network_spec spec = {
        .n_inputs = net.widths[0],
        .n_hidden = net.n_widths - 2,
        .hidden = hidden,
        .n_outputs = net.widths[net.n_widths - 1],
        .output = MLP_OUTPUT_SOFTMAX,
    };
    mlp_network *network;
    mlp_error err;
    if (mlp_network_create(&spec, r->seed, &network, &err) != MLP_OK)
        die("%s", err.text);
    return network;
}

/* Train a new network as `run` says; everything is allocated before the clock
 * starts. Its network is the caller's. */
static void train(struct run *run,
                  const struct request *request,
                  const mlp_examples *examples,
                  size_t threads)
{
    mlp_training_spec spec = training_of(request, threads);
    mlp_trainer *trainer;
    mlp_error err;
    run->network = network_of(request);
    run->n_rows = examples->n_rows;
    run->batch = request->batch;
    if (mlp_trainer_create(run->network, &spec, examples, NULL, 0, NULL, 0,
                           &trainer, &err) != MLP_OK)
        die("%s", err.text);
    mlp_hooks hooks = {.context = run,
                       .on_epoch = on_epoch,
                       .on_batch = on_batch,
                       .should_stop = is_over};
    run->began = now_s();
    if (mlp_trainer_run(trainer, &hooks, NULL, &err) != MLP_CANCELLED)
        die("%s", err.text);
    mlp_trainer_destroy(trainer);
}

static void answer(const struct request *request,
                   const mlp_examples *examples,
                   const struct digits *test,
                   size_t threads)
{
    struct run warm_up = {.test = test, .max_s = WARM_UP_S};
    train(&warm_up, request, examples, threads);
    mlp_network_destroy(warm_up.network);

    struct run run = {
        .test = test,
        .min_s = request->min_s,
        .max_s = request->max_s,
        .to_accuracy = request_is(request, "accuracy"),
    };
    train(&run, request, examples, threads);
    if (!run.to_accuracy)
        run.accuracy = test_accuracy(&run, 2000);
    mlp_network_destroy(run.network);
    printf("{\"samples_per_s\": %.1f, \"rows\": %zu, \"seconds\": %.4f, "
           "\"threads\": %zu, \"accuracy\": %.4f",
           (double)run.rows / run.seconds, run.rows, run.seconds, threads,
           run.accuracy);
    if (run.to_accuracy)
        printf(", \"s97\": %.4f, \"epochs97\": %zu, \"s98\": %.4f, "
               "\"epochs98\": %zu",
               run.reached_s[0], run.reached_epochs[0], run.reached_s[1],
               run.reached_epochs[1]);
    puts("}");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        die("usage: train FOLDER THREADS, requests on stdin");
    struct digits learned = digits_load(argv[1], "train");
    struct digits test = digits_load(argv[1], "t10k");
    size_t threads = strtoul(argv[2], NULL, 10);
    uint32_t *classes = memory(learned.n_rows, sizeof *classes);
    for (size_t i = 0; i < learned.n_rows; i++)
        classes[i] = learned.labels[i];
    mlp_bytes pixels = {learned.images, learned.n_rows, PIXELS,
                        (mlp_real)(1.0 / 255)};
    mlp_examples examples = mlp_examples_of_bytes(&pixels, classes, NULL);
    printf("{\"version\": \"%s\", \"rows\": %zu}\n", MLPD_VERSION,
           learned.n_rows);
    fflush(stdout);
    struct request request;
    while (request_read(&request))
        answer(&request, &examples, &test, threads);
    free(classes);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * FANN learning MNIST. It knows no batches of its own choice: a step is one
 * digit, whatever batch is asked for, and its units are sigmoids with a
 * squared error. Rows are taken in a new order each time around.
 *
 *   echo "train 784-128-10 1 sgd 1 1 5" | fann FOLDER */
#include <floatfann.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../measure.h"

static struct fann *network_of(const struct request *request)
{
    struct net net = net_parse(request->net);
    unsigned widths[MAX_WIDTHS];
    for (size_t i = 0; i < net.n_widths; i++)
        widths[i] = (unsigned)net.widths[i];
    struct fann *fann =
        fann_create_standard_array((unsigned)net.n_widths, widths);
    if (fann == NULL)
        die("fann: no network");
    fann_set_activation_function_hidden(fann, FANN_SIGMOID_SYMMETRIC);
    fann_set_activation_function_output(fann, FANN_SIGMOID);
    fann_set_training_algorithm(fann, FANN_TRAIN_INCREMENTAL);
    fann_set_learning_rate(fann, 0.1f);
    return fann;
}

/* A stride coprime to the number of rows visits each of them once a round. */
static size_t next_row(size_t row, size_t n_rows)
{
    return (row + 7919) % n_rows;
}

static size_t train(struct fann *fann,
                    const struct digits *digits,
                    double seconds,
                    double *spent)
{
    float x[PIXELS];
    float target[N_CLASSES] = {0};
    size_t rows = 0;
    size_t row = 0;
    double began = now_s();
    do {
        for (size_t i = 0; i < 16; i++) {
            row = next_row(row, digits->n_rows);
            digits_row(digits, row, x);
            target[digits->labels[row]] = 1;
            fann_train(fann, x, target);
            target[digits->labels[row]] = 0;
            rows++;
        }
        *spent = now_s() - began;
    } while (*spent < seconds);
    return rows;
}

static double test_accuracy(struct fann *fann, const struct digits *test)
{
    enum { ROWS = 500 };
    float x[PIXELS];
    size_t right = 0;
    for (size_t row = 0; row < ROWS; row++) {
        digits_row(test, row, x);
        const float *y = fann_run(fann, x);
        size_t best = 0;
        for (size_t k = 1; k < N_CLASSES; k++)
            best = y[k] > y[best] ? k : best;
        right += best == test->labels[row];
    }
    return (double)right / ROWS;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: fann FOLDER, requests on stdin");
    struct digits learned = digits_load(argv[1], "train");
    struct digits test = digits_load(argv[1], "t10k");
    puts("{\"version\": \"\"}");
    fflush(stdout);
    struct request request;
    while (request_read(&request)) {
        struct fann *fann = network_of(&request);
        double spent;
        train(fann, &learned, 0.02, &spent);
        size_t rows = train(fann, &learned, request.max_s, &spent);
        printf("{\"samples_per_s\": %.1f, \"rows\": %zu, \"seconds\": %.4f, "
               "\"accuracy\": %.4f}\n",
               (double)rows / spent, rows, spent, test_accuracy(fann, &test));
        fflush(stdout);
        fann_destroy(fann);
    }
    return 0;
}

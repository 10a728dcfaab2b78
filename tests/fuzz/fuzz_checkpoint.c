/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a checkpoint of a small run: refused, and then nothing has
 * changed; or taken, and then saved as the same bytes, and the run goes on to
 * an end. Unless the first byte says so, the checksum is made to hold, or
 * nothing behind it would ever be read. */
#include "check.h"

#include "base/checksum.h"
#include "mlp/checkpoint.h"
#include "mlp/optimizer.h"

enum { N_ROWS = 6, N_INPUTS = 2, RAW = 1, PATCHED = 2, WORD = 8 };

static const mlp_real inputs[N_ROWS * N_INPUTS] = {0, 1, 1, 0,  1, 1,
                                                   0, 0, 2, -1, 3, 1};
static const uint32_t classes[N_ROWS] = {0, 1, 1, 0, 1, 0};
static const uint32_t rows[N_ROWS] = {0, 1, 2, 3, 4, 5};

struct run {
    mlp_matrix matrix;
    mlp_network *network;
    mlp_trainer *trainer;
};

/* *run must stay where it is. */
static void run_init(struct run *run)
{
    const mlp_layer_spec hidden[] = {{3, MLP_TANH, 0}};
    const mlp_network_spec shape = {N_INPUTS,           1, hidden, 2,
                                    MLP_OUTPUT_SOFTMAX, 0};
    const mlp_training_spec spec = {
        .loss = MLP_LOSS_CROSS_ENTROPY,
        .optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM),
        .epochs = 3,
        .batch_size = 2,
        .learning_rate = 0.01,
        .seed = 1};
    run->matrix = (mlp_matrix){inputs, N_ROWS, N_INPUTS};
    mlp_examples examples = mlp_examples_of(&run->matrix, classes, NULL);
    CHECK(mlp_network_create(&shape, 1, &run->network, NULL) == MLP_OK);
    CHECK(mlp_trainer_create(run->network, &spec, &examples, rows, 4, rows + 4,
                             2, &run->trainer, NULL) == MLP_OK);
}

static void run_free(struct run *run)
{
    mlp_trainer_destroy(run->trainer);
    mlp_network_destroy(run->network);
}

static mlp_buffer save(struct run *run)
{
    mlp_buffer out;
    mlp_buffer_init(&out, SIZE_MAX - 1);
    CHECK(mlp_trainer_save(run->trainer, mlp_buffer_sink(&out), NULL) ==
          MLP_OK);
    return out;
}

static bool same(const mlp_buffer *a, const void *bytes, size_t n)
{
    return a->length == n && memcmp(a->data, bytes, n) == 0;
}

static void seal(char *bytes, size_t n)
{
    struct checksum sum;
    if (n < WORD)
        return;
    checksum_init(&sum);
    checksum_add(&sum, bytes, n - WORD);
    memcpy(bytes + n - WORD, &(uint64_t){checksum_value(&sum)}, WORD);
}

/* A real checkpoint with the input laid over it, from a place that its first
 * two bytes tell. */
static void patch(char *bytes, size_t n, const uint8_t *data, size_t size)
{
    size_t at = fuzz_take(&data, &size);
    at = (at << 8 | fuzz_take(&data, &size)) % n;
    memcpy(bytes + at, data, size < n - at ? size : n - at);
}

static void try_checkpoint(struct run *run, const char *bytes, size_t n)
{
    mlp_error err;
    mlp_buffer before = save(run);
    mlp_status status = mlp_trainer_restore(run->trainer, bytes, n, &err);
    mlp_buffer after = save(run);
    if (status == MLP_OK) {
        CHECK(same(&after, bytes, n));
        status = mlp_trainer_run(run->trainer, NULL, NULL, NULL);
        CHECK(status == MLP_OK || status == MLP_DIVERGED);
    } else {
        CHECK(status == MLP_FORMAT && err.text[0] != '\0');
        CHECK(same(&before, after.data, after.length));
    }
    mlp_buffer_free(&before);
    mlp_buffer_free(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run;
    uint8_t choice = fuzz_take(&data, &size);
    run_init(&run);
    mlp_buffer real = save(&run);
    char *given = fuzz_text(data, size);
    char *bytes = choice & PATCHED ? real.data : given;
    size_t n = choice & PATCHED ? real.length : size;
    if (choice & PATCHED)
        patch(bytes, n, data, size);
    if (!(choice & RAW))
        seal(bytes, n);
    try_checkpoint(&run, bytes, n);
    free(given);
    mlp_buffer_free(&real);
    run_free(&run);
    return 0;
}

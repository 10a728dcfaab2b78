/* SPDX-License-Identifier: MIT
 *
 * How fast the engine predicts in process. The weights are those that
 * onnx_models.py wrote for onnxruntime, too; the first row of the output goes
 * into the answer, so that table.py can see that both computed the same.
 *
 *   echo "forward 784-128-10 256 - 0 0.5 0.5" | infer FOLDER THREADS MODELS
 *
 * With two threads a batch is cut into as many runs of rows, one workspace
 * each; a batch of one is not cut. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "mlp/network.h"

#include "measure.h"

enum { MAX_THREADS = 64, SPINS = 2000 };

/* One thread's run of rows. `asked` counts the calls, `done` those that were
 * answered; each is written by one side alone. */
struct part {
    const mlp_network *network;
    mlp_workspace *workspace;
    const mlp_real *x;
    mlp_real *y;
    size_t n_rows;
    atomic_size_t asked, done;
    atomic_bool over;
    pthread_t thread;
};

struct team {
    size_t n_parts; /* the first one is the caller's */
    struct part parts[MAX_THREADS];
};

static void forward(struct part *part)
{
    mlp_network_forward(part->network, part->workspace, part->x, part->n_rows,
                        part->y);
}

/* Look again and again, and let others run now and then. */
static void
wait_beyond(const atomic_size_t *counter, size_t known, const atomic_bool *over)
{
    size_t spins = 0;
    while (atomic_load_explicit(counter, memory_order_acquire) == known &&
           !atomic_load_explicit(over, memory_order_relaxed)) {
        if (++spins % SPINS == 0)
            sched_yield();
    }
}

static void *serve(void *context)
{
    struct part *part = context;
    for (size_t n = 0;; n++) {
        wait_beyond(&part->asked, n, &part->over);
        if (atomic_load(&part->over))
            return NULL;
        forward(part);
        atomic_store_explicit(&part->done, n + 1, memory_order_release);
    }
}

static void call(void *context)
{
    struct team *team = context;
    for (size_t i = 1; i < team->n_parts; i++)
        atomic_fetch_add_explicit(&team->parts[i].asked, 1,
                                  memory_order_release);
    forward(&team->parts[0]);
    for (size_t i = 1; i < team->n_parts; i++) {
        struct part *part = &team->parts[i];
        wait_beyond(&part->done, atomic_load(&part->asked) - 1, &part->over);
    }
}

/* weights and biases of each layer in turn, float32, as onnx_models.py wrote
 * them. */
static mlp_network *network_load(const char *folder, const char *name)
{
    struct net net = net_parse(name);
    mlp_layer_spec hidden[MAX_WIDTHS] = {0};
    for (size_t i = 0; i + 2 < net.n_widths; i++)
        hidden[i] = (mlp_layer_spec){.n_units = net.widths[i + 1],
                                     .activation = MLP_RELU};
    mlp_network_spec spec = {.n_inputs = net.widths[0],
                             .n_hidden = net.n_widths - 2,
                             .hidden = hidden,
                             .n_outputs = net.widths[net.n_widths - 1],
                             .output = MLP_OUTPUT_SOFTMAX};
    mlp_network *network;
    mlp_error err;
    if (mlp_network_create(&spec, 0, &network, &err) != MLP_OK)
        die("%s", err.text);
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.f32", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die("%s cannot be opened", path);
    for (size_t i = 0; i + 1 < net.n_widths; i++) {
        size_t n_biases = net.widths[i + 1];
        size_t n_weights = net.widths[i] * n_biases;
        float *layer = memory(n_weights + n_biases, sizeof *layer);
        if (fread(layer, sizeof *layer, n_weights + n_biases, file) !=
            n_weights + n_biases)
            die("%s: too short", path);
        mlp_network_set_layer(network, i, layer, layer + n_weights);
        free(layer);
    }
    fclose(file);
    return network;
}

static void team_start(struct team *team,
                       const mlp_network *network,
                       size_t threads,
                       size_t batch,
                       const mlp_real *x,
                       mlp_real *y)
{
    team->n_parts = batch < 2 * threads ? 1 : threads;
    for (size_t i = 0; i < team->n_parts; i++) {
        size_t first = batch * i / team->n_parts;
        struct part *part = &team->parts[i];
        *part = (struct part){
            .network = network,
            .x = x + first * PIXELS,
            .y = y + first * N_CLASSES,
            .n_rows = batch * (i + 1) / team->n_parts - first,
        };
        mlp_error err;
        if (mlp_workspace_create(network, part->n_rows, &part->workspace,
                                 &err) != MLP_OK)
            die("%s", err.text);
        if (i > 0 && pthread_create(&part->thread, NULL, serve, part) != 0)
            die("no thread to be had");
    }
}

static void team_stop(struct team *team)
{
    for (size_t i = 0; i < team->n_parts; i++) {
        struct part *part = &team->parts[i];
        atomic_store(&part->over, true);
        if (i > 0)
            pthread_join(part->thread, NULL);
        mlp_workspace_destroy(part->workspace);
    }
}

static void answer(const struct request *request,
                   const struct digits *test,
                   const char *models,
                   size_t threads)
{
    static struct team team;
    size_t batch = request->batch;
    if (batch == 0 || batch > test->n_rows)
        die("a batch of 1 to %zu rows, not %zu", test->n_rows, batch);
    mlp_network *network = network_load(models, request->net);
    mlp_real *x = memory(batch * PIXELS, sizeof *x);
    mlp_real *y = memory(batch * N_CLASSES, sizeof *y);
    for (size_t i = 0; i < batch; i++)
        digits_row(test, i, x + i * PIXELS);

    team_start(&team, network, threads, batch, x, y);
    double call_s = median_call_s(call, &team, request->min_s);
    team_stop(&team);

    printf("{\"samples_per_s\": %.1f, \"call_us\": %.3f, \"threads\": %zu, "
           "\"first\": [",
           (double)batch / call_s, call_s * 1e6, team.n_parts);
    for (size_t i = 0; i < N_CLASSES; i++)
        printf("%s%.6f", i == 0 ? "" : ", ", (double)y[i]);
    puts("]}");
    fflush(stdout);
    free(x);
    free(y);
    mlp_network_destroy(network);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        die("usage: infer FOLDER THREADS MODELS, requests on stdin");
    struct digits test = digits_load(argv[1], "t10k");
    size_t threads = strtoul(argv[2], NULL, 10);
    if (threads == 0 || threads > MAX_THREADS)
        die("1 to %d threads, not %s", MAX_THREADS, argv[2]);
    printf("{\"version\": \"%s\"}\n", MLPD_VERSION);
    fflush(stdout);
    struct request request;
    while (request_read(&request))
        answer(&request, &test, argv[3], threads);
    return 0;
}

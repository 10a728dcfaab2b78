/* SPDX-License-Identifier: MIT
 *
 * How fast the engine predicts in process. The weights are those that
 * onnx_models.py wrote for onnxruntime, too; the first row of the output goes
 * into the answer, so that table.py can see that both computed the same.
 *
 *   echo "forward 784-128-10 256 - 0 0.5 0.5" | infer FOLDER THREADS MODELS
 *
 * How a batch is divided between threads is the workspace's business. */
#include <stdio.h>
#include <stdlib.h>

#include "mlp/forward.h"

#include "measure.h"

enum { MAX_THREADS = 64 };

struct task {
    const mlp_network *network;
    mlp_workspace *workspace;
    size_t batch;
    mlp_real *x, *y;
};

static void call(void *context)
{
    const struct task *task = context;
    mlp_network_forward(task->network, task->workspace, task->x, task->batch,
                        task->y);
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

static mlp_workspace *
workspace_for(const mlp_network *network, size_t batch, size_t threads)
{
    mlp_workspace *workspace;
    mlp_error err;
    if (mlp_workspace_create(network, batch, &workspace, &err) != MLP_OK ||
        mlp_workspace_use_threads(workspace, threads, &err) != MLP_OK)
        die("%s", err.text);
    return workspace;
}

static void answer(const struct request *request,
                   const struct digits *test,
                   const char *models,
                   size_t threads)
{
    size_t batch = request->batch;
    if (batch == 0 || batch > test->n_rows)
        die("a batch of 1 to %zu rows, not %zu", test->n_rows, batch);
    mlp_network *network = network_load(models, request->net);
    struct task task = {
        .network = network,
        .workspace = workspace_for(network, batch, threads),
        .batch = batch,
        .x = memory(batch * PIXELS, sizeof *task.x),
        .y = memory(batch * N_CLASSES, sizeof *task.y),
    };
    for (size_t i = 0; i < batch; i++)
        digits_row(test, i, task.x + i * PIXELS);

    double call_s = median_call_s(call, &task, request->min_s);

    printf("{\"samples_per_s\": %.1f, \"call_us\": %.3f, \"threads\": %zu, "
           "\"first\": [",
           (double)batch / call_s, call_s * 1e6, threads);
    for (size_t i = 0; i < N_CLASSES; i++)
        printf("%s%.6f", i == 0 ? "" : ", ", (double)task.y[i]);
    puts("]}");
    fflush(stdout);
    free(task.x);
    free(task.y);
    mlp_workspace_destroy(task.workspace);
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

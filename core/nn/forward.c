/* SPDX-License-Identifier: MIT
 *
 * Prediction: rows through a network that nobody writes to. Nothing is kept
 * for a backward pass; two buffers take turns. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "math/activation.h"
#include "math/gemm.h"
#include "math/softmax.h"
#include "nn/network.h"

struct mlp_workspace {
    size_t max_rows;
    size_t width;        /* of the network's widest layer */
    mlp_real *halves[2]; /* [max_rows, width] each */
    mlp_real *memory;
};

mlp_status mlp_workspace_create(const mlp_network *network,
                                size_t max_rows,
                                mlp_workspace **out,
                                mlp_error *err)
{
    *out = NULL;
    size_t width = network_widest(network), half, both, bytes;
    if (max_rows == 0 || !size_mul(max_rows, width, &half) ||
        !size_mul(half, 2, &both) || !size_mul(both, sizeof(mlp_real), &bytes))
        return mlp_fail(err, MLP_INVALID,
                        "workspace: %zu rows of %zu are out of range", max_rows,
                        width);
    mlp_workspace *workspace = alloc_array(1, sizeof *workspace);
    mlp_real *memory = alloc_aligned(both, sizeof *memory);
    if (!workspace || !memory) {
        free(workspace);
        free(memory);
        return mlp_fail(err, MLP_NOMEM, "workspace: no memory for %zu bytes",
                        bytes);
    }
    *workspace =
        (mlp_workspace){max_rows, width, {memory, memory + half}, memory};
    *out = workspace;
    return MLP_OK;
}

void mlp_workspace_destroy(mlp_workspace *workspace)
{
    if (!workspace)
        return;
    free(workspace->memory);
    free(workspace);
}

void network_output(mlp_output output,
                    size_t n,
                    size_t width,
                    const mlp_real *z,
                    mlp_real *y)
{
    assert(output != MLP_OUTPUT_AUTO);
    switch (output) {
    case MLP_OUTPUT_SOFTMAX:
        softmax(n, width, z, y);
        return;
    case MLP_OUTPUT_SIGMOID:
        activation_apply(MLP_SIGMOID, z, n * width, y);
        return;
    case MLP_OUTPUT_IDENTITY:
    case MLP_OUTPUT_AUTO:
        activation_apply(MLP_IDENTITY, z, n * width, y);
        return;
    }
}

static void forward_slice(const mlp_network *network,
                          mlp_workspace *workspace,
                          const mlp_real *x,
                          size_t n,
                          mlp_real *y)
{
    size_t last = network->n_layers - 1;
    for (size_t i = 0; i <= last; i++) {
        const struct layer *layer = &network->layers[i];
        mlp_real *z = i == last ? y : workspace->halves[i % 2];
        bool relu = layer->activation == MLP_RELU;
        gemm_forward((struct gemm){n, layer->n_in, layer->n_out}, x,
                     network->parameters + layer->weights,
                     network->parameters + layer->biases, relu,
                     (struct span){0, layer->n_out}, z);
        if (!relu)
            activation_apply(layer->activation, z, n * layer->n_out, z);
        x = z;
    }
    network_output(network->spec.output, n, network->spec.n_outputs, y, y);
}

void mlp_network_forward(const mlp_network *network,
                         mlp_workspace *workspace,
                         const mlp_real *x,
                         size_t n_rows,
                         mlp_real *y)
{
    assert(workspace->width >= network_widest(network));
    for (size_t done = 0; done < n_rows; done += workspace->max_rows) {
        size_t n = n_rows - done;
        if (n > workspace->max_rows)
            n = workspace->max_rows;
        forward_slice(network, workspace, x + done * network->spec.n_inputs, n,
                      y + done * network->spec.n_outputs);
    }
}

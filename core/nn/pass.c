/* SPDX-License-Identifier: MIT
 *
 * Backpropagation. For each layer x -> z = W x + b -> a = f(z) -> out = a m:
 *
 *     dL/da = dL/dout m     dL/dz = dL/da f'(z)
 *     dL/dW, dL/db, dL/dx   by the chain rule in gemm.h
 *
 * and dL/dx is dL/dout of the layer below. */
#include "nn/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "math/activation.h"
#include "math/gemm.h"
#include "nn/streams.h"

enum {
    ROWS_MAX = 256,        /* beyond, a pass leaves the caches */
    NUMBERS_MAX = 1 << 23, /* some 32 MiB of floats */
    LINE = ALLOC_ALIGNMENT / sizeof(mlp_real),
};

/* Numbers in a matrix of `rows`, up to a whole cache line. */
static size_t matrix(size_t rows, size_t columns)
{
    return (rows * columns + LINE - 1) / LINE * LINE;
}

static bool drops(const struct layer *layer)
{
    return layer->dropout > 0;
}

static bool is_identity(const struct layer *layer)
{
    return layer->activation == MLP_IDENTITY;
}

static size_t widest_input(const mlp_network *network)
{
    size_t widest = network_widest(network);
    return widest > network->spec.n_inputs ? widest : network->spec.n_inputs;
}

/* Cannot overflow: rows, widths and layers are small by the limits. */
static size_t numbers(const mlp_network *network, size_t rows)
{
    size_t n = matrix(rows, network->spec.n_inputs) +
               2 * matrix(rows, network_widest(network)) +
               matrix(rows, widest_input(network));
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        n += matrix(rows, layer->n_out) *
             ((is_identity(layer) ? 1u : 2u) + (drops(layer) ? 2u : 0u));
    }
    return n;
}

size_t pass_rows(const mlp_network *network, size_t wanted)
{
    size_t rows = NUMBERS_MAX / numbers(network, 1);
    if (rows > ROWS_MAX)
        rows = ROWS_MAX;
    if (rows > wanted)
        rows = wanted;
    return rows > 0 ? rows : 1;
}

/* Cut the next matrix off the memory. */
static mlp_real *cut(mlp_real **memory, size_t rows, size_t columns)
{
    mlp_real *m = *memory;
    *memory += matrix(rows, columns);
    return m;
}

static void place(struct pass *pass)
{
    const mlp_network *network = pass->network;
    size_t rows = pass->max_rows;
    mlp_real *rest = pass->memory;
    pass->x = cut(&rest, rows, network->spec.n_inputs);
    pass->d = cut(&rest, rows, network_widest(network));
    pass->next = cut(&rest, rows, network_widest(network));
    pass->scratch = cut(&rest, rows, widest_input(network));
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        struct trace *trace = &pass->traces[i];
        trace->z = trace->a = cut(&rest, rows, layer->n_out);
        if (!is_identity(layer))
            trace->a = cut(&rest, rows, layer->n_out);
        trace->out = trace->a;
        if (drops(layer)) {
            trace->mask = cut(&rest, rows, layer->n_out);
            trace->out = cut(&rest, rows, layer->n_out);
        }
    }
}

mlp_status pass_init(struct pass *pass,
                     const mlp_network *network,
                     size_t max_rows,
                     mlp_error *err)
{
    size_t n = numbers(network, max_rows);
    *pass = (struct pass){
        .network = network,
        .max_rows = max_rows,
        .traces = alloc_array(network->n_layers, sizeof(struct trace)),
        .memory = alloc_aligned(n, sizeof(mlp_real)),
    };
    if (pass->traces && pass->memory) {
        place(pass);
        return MLP_OK;
    }
    pass_free(pass);
    return mlp_fail(err, MLP_NOMEM,
                    "training: no memory to push %zu rows through the network",
                    max_rows);
}

void pass_free(struct pass *pass)
{
    free(pass->traces);
    free(pass->memory);
    *pass = (struct pass){0};
}

void pass_seed(struct pass *pass, uint64_t seed, uint64_t step)
{
    for (size_t i = 0; i < pass->network->n_layers; i++) {
        if (drops(&pass->network->layers[i]))
            random_init(&pass->traces[i].dropout, seed,
                        stream_id(STREAM_DROPOUT, step * MLP_MAX_LAYERS + i));
    }
}

/* Inverted dropout (Srivastava et al. 2014): what stays is scaled up, so that
 * prediction needs no scaling. */
static void
drop(const struct layer *layer, struct trace *trace, size_t n, bool training)
{
    if (!training) {
        memcpy(trace->out, trace->a, n * sizeof *trace->out);
        return;
    }
    float p = (float)layer->dropout;
    mlp_real kept = 1 / (1 - layer->dropout);
    for (size_t i = 0; i < n; i++)
        trace->mask[i] = random_float(&trace->dropout) < p ? 0 : kept;
    for (size_t i = 0; i < n; i++)
        trace->out[i] = trace->a[i] * trace->mask[i];
}

static void forward(const mlp_network *network,
                    const struct layer *layer,
                    const struct trace *trace,
                    size_t n,
                    const mlp_real *x)
{
    gemm_forward((struct gemm){n, layer->n_in, layer->n_out}, x,
                 network->parameters + layer->weights,
                 network->parameters + layer->biases, false,
                 (struct span){0, layer->n_out}, trace->z);
    if (!is_identity(layer))
        activation_apply(layer->activation, trace->z, n * layer->n_out,
                         trace->a);
}

const mlp_real *pass_forward(struct pass *pass, size_t n, bool training)
{
    const mlp_network *network = pass->network;
    const mlp_real *x = pass->x;
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        struct trace *trace = &pass->traces[i];
        forward(network, layer, trace, n, x);
        if (drops(layer))
            drop(layer, trace, n * layer->n_out, training);
        x = trace->out;
    }
    return pass->traces[network->n_layers - 1].z;
}

/* d, dL/dout, becomes dL/dz. */
static void chain(const struct layer *layer,
                  const struct trace *trace,
                  size_t n,
                  mlp_real *d)
{
    if (drops(layer)) {
        for (size_t i = 0; i < n; i++)
            d[i] *= trace->mask[i];
    }
    activation_chain(layer->activation, trace->z, trace->a, n, d);
}

static void swap(mlp_real **a, mlp_real **b)
{
    mlp_real *first = *a;
    *a = *b;
    *b = first;
}

void pass_backward(struct pass *pass, size_t n, bool add, mlp_real *gradient)
{
    const mlp_network *network = pass->network;
    for (size_t i = network->n_layers; i-- > 0;) {
        const struct layer *layer = &network->layers[i];
        const mlp_real *x = i > 0 ? pass->traces[i - 1].out : pass->x;
        struct gemm size = {n, layer->n_in, layer->n_out};
        struct span inputs = {0, layer->n_in};
        gemm_gradient(size, x, pass->d, add, inputs, pass->scratch,
                      gradient + layer->weights, gradient + layer->biases);
        if (i == 0)
            break;
        gemm_backward(size, pass->d, network->parameters + layer->weights,
                      inputs, pass->next);
        chain(&network->layers[i - 1], &pass->traces[i - 1], n * layer->n_in,
              pass->next);
        swap(&pass->d, &pass->next);
    }
}

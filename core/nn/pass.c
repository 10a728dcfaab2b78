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
#include "base/random.h"
#include "base/team.h"
#include "math/activation.h"
#include "math/gemm.h"
#include "nn/embedding.h"
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

static bool is_relu(const struct layer *layer)
{
    return layer->activation == MLP_RELU;
}

/* Of most activations the way back needs z, too. */
static bool keeps_z(const struct layer *layer)
{
    return layer->activation != MLP_IDENTITY && !is_relu(layer);
}

/* In whole panels, so that every member's part of any layer fits its part of
 * the widest one. */
static size_t widest_input(const mlp_network *network)
{
    size_t widest = network_widest(network);
    if (widest < network->n_embedded)
        widest = network->n_embedded;
    return (widest + GEMM_PANEL - 1) / GEMM_PANEL * GEMM_PANEL;
}

/* Cannot overflow: rows, widths and layers are small by the limits. */
static size_t numbers(const mlp_network *network, size_t rows)
{
    size_t n = matrix(rows, network->spec.n_inputs) +
               matrix(rows, widest_input(network));
    if (network->spec.n_embeddings > 0)
        n += 2 * matrix(rows, network->n_embedded);
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        n += matrix(rows, layer->n_out) *
             ((keeps_z(layer) ? 3u : 2u) + (drops(layer) ? 2u : 0u));
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
    pass->x = pass->h = cut(&rest, rows, network->spec.n_inputs);
    if (network->spec.n_embeddings > 0) {
        pass->h = cut(&rest, rows, network->n_embedded);
        pass->dh = cut(&rest, rows, network->n_embedded);
    }
    pass->scratch = cut(&rest, rows, widest_input(network));
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        struct trace *trace = &pass->traces[i];
        trace->z = trace->a = cut(&rest, rows, layer->n_out);
        if (keeps_z(layer))
            trace->a = cut(&rest, rows, layer->n_out);
        trace->out = trace->a;
        trace->d = cut(&rest, rows, layer->n_out);
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
    pass->n_before = 0;
    for (size_t i = 0; i < pass->network->n_layers; i++) {
        random_stream random;
        const struct layer *layer = &pass->network->layers[i];
        if (!drops(layer))
            continue;
        random_init(&random, seed,
                    stream_id(STREAM_DROPOUT, step * MLP_MAX_LAYERS + i));
        pass->traces[i].dropout =
            (struct dropout){{random.key[0], random.key[1]},
                             {random.stream[0], random.stream[1]},
                             layer->dropout};
    }
}

/* Numbers [first, end) of a matrix. */
static struct span numbers_of(struct span rows, size_t width)
{
    return (struct span){rows.first * width, rows.end * width};
}

static void drop(const struct layer *layer,
                 const struct trace *trace,
                 size_t n_before,
                 struct span rows,
                 bool training)
{
    struct span part = numbers_of(rows, layer->n_out);
    if (!training) {
        memcpy(trace->out + part.first, trace->a + part.first,
               (part.end - part.first) * sizeof *trace->out);
        return;
    }
    drop_apply(&trace->dropout, n_before * layer->n_out + part.first,
               part.end - part.first, trace->a + part.first,
               trace->mask + part.first, trace->out + part.first);
}

static void forward(const mlp_network *network,
                    const struct layer *layer,
                    const struct trace *trace,
                    struct span rows,
                    const mlp_real *x)
{
    size_t n = rows.end - rows.first, first = rows.first * layer->n_out;
    gemm_forward((struct gemm){n, layer->n_in, layer->n_out},
                 x + rows.first * layer->n_in,
                 network->parameters + layer->weights,
                 network->parameters + layer->biases, is_relu(layer),
                 (struct span){0, layer->n_out}, trace->z + first);
    if (keeps_z(layer))
        activation_apply(layer->activation, trace->z + first, n * layer->n_out,
                         trace->a + first);
}

const mlp_real *pass_layers(struct pass *pass, struct span rows, bool training)
{
    const mlp_network *network = pass->network;
    const mlp_real *x = pass->h;
    for (size_t i = 0; i < network->n_layers && rows.first < rows.end; i++) {
        const struct layer *layer = &network->layers[i];
        const struct trace *trace = &pass->traces[i];
        forward(network, layer, trace, rows, x);
        if (drops(layer))
            drop(layer, trace, pass->n_before, rows, training);
        x = trace->out;
    }
    return pass->traces[network->n_layers - 1].z;
}

const mlp_real *pass_forward(struct pass *pass, struct span rows, bool training)
{
    const mlp_network *network = pass->network;
    if (network->spec.n_embeddings > 0)
        embeddings_forward(network, rows.end - rows.first,
                           pass->x + rows.first * network->spec.n_inputs,
                           pass->h + rows.first * network->n_embedded);
    return pass_layers(pass, rows, training);
}

mlp_real *pass_logits_d(struct pass *pass)
{
    return pass->traces[pass->network->n_layers - 1].d;
}

/* d, dL/dout, becomes dL/dz. */
static void
chain(const struct layer *layer, const struct trace *trace, struct span rows)
{
    struct span part = numbers_of(rows, layer->n_out);
    if (drops(layer)) {
        for (size_t i = part.first; i < part.end; i++)
            trace->d[i] *= trace->mask[i];
    }
    activation_chain(layer->activation, trace->z + part.first,
                     trace->a + part.first, part.end - part.first,
                     trace->d + part.first);
}

/* dL/dz of layer i to dL/dx of its inputs. */
static void
back(const struct pass *pass, size_t i, struct span rows, mlp_real *dx)
{
    const struct layer *layer = &pass->network->layers[i];
    struct gemm size = {rows.end - rows.first, layer->n_in, layer->n_out};
    gemm_backward(size, pass->traces[i].d + rows.first * layer->n_out,
                  pass->network->parameters + layer->weights,
                  (struct span){0, layer->n_in}, dx + rows.first * layer->n_in);
}

void pass_back(struct pass *pass, struct span rows)
{
    const mlp_network *network = pass->network;
    if (rows.first == rows.end)
        return;
    for (size_t i = network->n_layers - 1; i > 0; i--) {
        back(pass, i, rows, pass->traces[i - 1].d);
        chain(&network->layers[i - 1], &pass->traces[i - 1], rows);
    }
    if (pass->dh != NULL)
        back(pass, 0, rows, pass->dh);
}

void pass_gradient(struct pass *pass,
                   size_t n,
                   bool add,
                   size_t member,
                   size_t n_members,
                   mlp_real *gradient,
                   const struct descent *then)
{
    const mlp_network *network = pass->network;
    /* Members are at different layers at the same time: each packs into a part
     * of the scratch that is its own whatever the layer's width. */
    struct span own;
    team_share(widest_input(network), GEMM_PANEL, member, n_members, &own.first,
               &own.end);
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        const mlp_real *x = i > 0 ? pass->traces[i - 1].out : pass->h;
        struct span inputs;
        team_share(layer->n_in, GEMM_PANEL, member, n_members, &inputs.first,
                   &inputs.end);
        if (inputs.first == inputs.end)
            continue;
        gemm_gradient((struct gemm){n, layer->n_in, layer->n_out}, x,
                      pass->traces[i].d, add, inputs,
                      pass->scratch + own.first * n, gradient + layer->weights,
                      gradient + layer->biases, then ? &then[i] : NULL);
    }
    embeddings_gradient(network, n, pass->x, pass->dh, add, member, n_members,
                        gradient, then ? then + network->n_layers : NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Building a network, and its parameters in and out. Computing with it is in
 * forward.c and pass.c. */
#include "nn/network.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "math/gemm.h"
#include "nn/embedding_shape.h"
#include "nn/initializer.h"
#include "nn/names.h"

/* The width of level i: 0 is what the first layer sees, n_hidden + 1 the
 * output. */
static size_t width(const mlp_network_spec *spec, size_t i)
{
    size_t n_embedded, n_parameters;
    if (i == 0)
        return embeddings_count(spec, &n_embedded, &n_parameters) ? n_embedded
                                                                  : SIZE_MAX;
    return i <= spec->n_hidden ? spec->hidden[i - 1].n_units : spec->n_outputs;
}

static mlp_status check_width(size_t n, const char *what, mlp_error *err)
{
    if (n >= 1 && n <= MLP_MAX_WIDTH)
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID, "%s: expected 1 to %d, got %zu", what,
                    MLP_MAX_WIDTH, n);
}

static mlp_status check_shape(const mlp_network_spec *spec, mlp_error *err)
{
    mlp_status status = check_width(spec->n_inputs, "n_inputs", err);
    if (status == MLP_OK)
        status = check_width(spec->n_outputs, "n_outputs", err);
    if (status == MLP_OK && spec->n_hidden >= MLP_MAX_LAYERS)
        status = mlp_fail(err, MLP_INVALID,
                          "n_hidden: expected at most %d layers, got %zu",
                          MLP_MAX_LAYERS - 1, spec->n_hidden);
    for (size_t i = 0; status == MLP_OK && i < spec->n_hidden; i++) {
        char what[40];
        snprintf(what, sizeof what, "hidden[%zu].n_units", i);
        status = check_width(spec->hidden[i].n_units, what, err);
    }
    if (status == MLP_OK)
        status = embeddings_check(spec, err);
    if (status == MLP_OK && spec->n_embeddings > 0)
        status = check_width(width(spec, 0), "embedded inputs", err);
    return status;
}

static mlp_status
check_layer(const mlp_layer_spec *layer, size_t i, mlp_error *err)
{
    if ((size_t)layer->activation >= N_ACTIVATIONS)
        return mlp_fail(err, MLP_INVALID,
                        "hidden[%zu].activation: no such activation", i);
    if (!(layer->dropout >= 0 && layer->dropout < 1))
        return mlp_fail(err, MLP_INVALID,
                        "hidden[%zu].dropout: expected 0 or more and below 1, "
                        "got %g",
                        i, (double)layer->dropout);
    return MLP_OK;
}

static mlp_status check_kinds(const mlp_network_spec *spec, mlp_error *err)
{
    if (spec->output == MLP_OUTPUT_AUTO || (size_t)spec->output >= N_OUTPUTS)
        return mlp_fail(err, MLP_INVALID,
                        "output: expected softmax, sigmoid or identity");
    if ((size_t)spec->initializer >= N_INITIALIZERS)
        return mlp_fail(err, MLP_INVALID, "initializer: no such initializer");
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < spec->n_hidden; i++)
        status = check_layer(&spec->hidden[i], i, err);
    return status;
}

mlp_status mlp_network_count(const mlp_network_spec *spec,
                             size_t *n_weights,
                             size_t *n_biases,
                             mlp_error *err)
{
    *n_weights = *n_biases = 0;
    mlp_status status = check_shape(spec, err);
    if (status != MLP_OK)
        return status;
    size_t weights = 0, biases = 0, total, embedded;
    bool fits = embeddings_count(spec, &embedded, &weights);
    for (size_t i = 0; i <= spec->n_hidden; i++) {
        size_t n;
        fits = fits && size_mul(width(spec, i), width(spec, i + 1), &n) &&
               size_add(weights, n, &weights) &&
               size_add(biases, width(spec, i + 1), &biases);
    }
    if (!fits || !size_add(weights, biases, &total))
        return mlp_fail(err, MLP_INVALID, "network: too many parameters");
    *n_weights = weights;
    *n_biases = biases;
    return MLP_OK;
}

static void place_layers(mlp_network *network)
{
    const mlp_network_spec *spec = &network->spec;
    size_t weights = 0, biases = network->n_weights;
    for (size_t i = 0; i < network->n_layers; i++) {
        bool hidden = i < spec->n_hidden;
        network->layers[i] = (struct layer){
            .n_in = width(spec, i),
            .n_out = width(spec, i + 1),
            .weights = weights,
            .biases = biases,
            .activation = hidden ? spec->hidden[i].activation : MLP_IDENTITY,
            .dropout = hidden ? spec->hidden[i].dropout : 0,
        };
        weights += width(spec, i) * width(spec, i + 1);
        biases += width(spec, i + 1);
    }
}

static mlp_status
allocate(mlp_network *network, size_t n_biases, mlp_error *err)
{
    size_t n_embedding, n = network->spec.n_embeddings;
    embeddings_count(&network->spec, &network->n_embedded, &n_embedding);
    network->n_weights -= n_embedding;
    network->n_layered = network->n_weights + n_biases;
    network->n_parameters = network->n_layered + n_embedding;
    network->embeddings = alloc_array(n, sizeof *network->embeddings);
    network->embedding_specs = alloc_array(n, sizeof(mlp_embedding_spec));
    network->hidden =
        alloc_array(network->spec.n_hidden, sizeof(mlp_layer_spec));
    network->layers = alloc_array(network->n_layers, sizeof(struct layer));
    network->parameters =
        alloc_aligned(network->n_parameters, sizeof(mlp_real));
    if (network->hidden && network->layers && network->parameters &&
        network->embeddings && network->embedding_specs)
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM, "network: no memory for %zu parameters",
                    network->n_parameters);
}

static void draw_weights(mlp_network *network, uint64_t seed)
{
    mlp_initializer kind = network->spec.initializer;
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        mlp_initializer of =
            kind == MLP_INIT_AUTO ? initializer_for(layer->activation) : kind;
        if (kind == MLP_INIT_NTK && i + 1 == network->n_layers)
            of = MLP_INIT_ZEROS;
        if (of != MLP_INIT_ZEROS) /* they are, as they come */
            initializer_draw(of, seed, i, layer->n_in, layer->n_out,
                             network->parameters + layer->weights);
        initializer_draw_biases(of, seed, i, layer->n_out,
                                network->parameters + layer->biases);
    }
}

static mlp_status
build(mlp_network *network, uint64_t seed, size_t n_biases, mlp_error *err)
{
    const mlp_layer_spec *hidden = network->spec.hidden;
    mlp_status status = allocate(network, n_biases, err);
    if (status != MLP_OK)
        return status;
    if (network->spec.n_hidden > 0)
        memcpy(network->hidden, hidden,
               network->spec.n_hidden * sizeof *hidden);
    network->spec.hidden = network->hidden;
    if (network->spec.n_embeddings > 0)
        memcpy(network->embedding_specs, network->spec.embeddings,
               network->spec.n_embeddings * sizeof *network->embedding_specs);
    network->spec.embeddings = network->embedding_specs;
    place_layers(network);
    embeddings_place(&network->spec, network->n_layered, network->embeddings);
    draw_weights(network, seed);
    embeddings_draw(network->embeddings, network->spec.n_embeddings, seed,
                    network->parameters);
    return MLP_OK;
}

mlp_status mlp_network_create(const mlp_network_spec *spec,
                              uint64_t seed,
                              mlp_network **out,
                              mlp_error *err)
{
    size_t n_weights, n_biases;
    *out = NULL;
    mlp_status status = mlp_network_count(spec, &n_weights, &n_biases, err);
    if (status == MLP_OK)
        status = check_kinds(spec, err);
    if (status != MLP_OK)
        return status;
    mlp_network *network = alloc_array(1, sizeof *network);
    if (!network)
        return mlp_fail(err, MLP_NOMEM, "network: out of memory");
    network->spec = *spec;
    network->n_layers = spec->n_hidden + 1;
    network->n_weights = n_weights;
    status = build(network, seed, n_biases, err);
    if (status != MLP_OK) {
        mlp_network_destroy(network);
        return status;
    }
    *out = network;
    return MLP_OK;
}

void mlp_network_destroy(mlp_network *network)
{
    if (!network)
        return;
    free(network->parameters);
    free(network->layers);
    free(network->hidden);
    free(network->embeddings);
    free(network->embedding_specs);
    free(network);
}

const mlp_network_spec *mlp_network_shape(const mlp_network *network)
{
    return &network->spec;
}

size_t mlp_network_n_layers(const mlp_network *network)
{
    return network->n_layers;
}

size_t mlp_network_layer_inputs(const mlp_network *network, size_t layer)
{
    assert(layer < network->n_layers);
    return network->layers[layer].n_in;
}

size_t mlp_network_layer_outputs(const mlp_network *network, size_t layer)
{
    assert(layer < network->n_layers);
    return network->layers[layer].n_out;
}

size_t network_widest(const mlp_network *network)
{
    size_t widest = 0;
    for (size_t i = 0; i < network->n_layers; i++) {
        if (network->layers[i].n_out > widest)
            widest = network->layers[i].n_out;
    }
    return widest;
}

void mlp_network_get_layer(const mlp_network *network,
                           size_t layer,
                           mlp_real *weights,
                           mlp_real *biases)
{
    assert(layer < network->n_layers);
    const struct layer *l = &network->layers[layer];
    const mlp_real *w = network->parameters + l->weights;
    for (size_t o = 0; o < l->n_out; o++) {
        for (size_t k = 0; k < l->n_in; k++)
            weights[o * l->n_in + k] = w[gemm_at(l->n_in, l->n_out, k, o)];
    }
    memcpy(biases, network->parameters + l->biases, l->n_out * sizeof *biases);
}

void mlp_network_set_layer(mlp_network *network,
                           size_t layer,
                           const mlp_real *weights,
                           const mlp_real *biases)
{
    assert(layer < network->n_layers);
    const struct layer *l = &network->layers[layer];
    mlp_real *w = network->parameters + l->weights;
    for (size_t o = 0; o < l->n_out; o++) {
        for (size_t k = 0; k < l->n_in; k++)
            w[gemm_at(l->n_in, l->n_out, k, o)] = weights[o * l->n_in + k];
    }
    memcpy(network->parameters + l->biases, biases, l->n_out * sizeof *biases);
}

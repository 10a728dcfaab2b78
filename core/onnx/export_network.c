/* SPDX-License-Identifier: MIT
 *
 * Embeddings, layers, activations, outputs. */
#include "onnx/export_network.h"

#include <string.h>

#include "onnx/export_levels.h"

enum { WAVES = MLP_PERIODIC_WAVES, MIXED = MLP_PERIODIC_UNITS - 1 };
static const double two_pi = 6.283185307179586477;
static const double sqrt_half = 0.7071067811865475244;

/* --- activations ---------------------------------------------------------- */

static const char *leaky(struct graph *g, const char *x)
{
    const char *y = graph_unary(g, "LeakyRelu", x);
    graph_set_float(g, "alpha", 0.01F);
    return y;
}

/* x * Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2. */
static const char *gelu(struct graph *g, const char *x)
{
    const char *scaled =
        graph_binary(g, "Mul", x, graph_number(g, GRAPH_FLOAT, sqrt_half));
    const char *sum = graph_binary(g, "Add", graph_unary(g, "Erf", scaled),
                                   graph_number(g, GRAPH_FLOAT, 1));
    const char *phi =
        graph_binary(g, "Mul", sum, graph_number(g, GRAPH_FLOAT, 0.5));
    return graph_binary(g, "Mul", x, phi);
}

static const char *silu(struct graph *g, const char *x)
{
    return graph_binary(g, "Mul", x, graph_unary(g, "Sigmoid", x));
}

static const char *mish(struct graph *g, const char *x)
{
    const char *soft = graph_unary(g, "Softplus", x);
    return graph_binary(g, "Mul", x, graph_unary(g, "Tanh", soft));
}

/* An operator of that name, or several. */
static const struct {
    const char *op;
    const char *(*several)(struct graph *g, const char *x);
} activations[] = {
    [MLP_SIGMOID] = {"Sigmoid", NULL}, [MLP_TANH] = {"Tanh", NULL},
    [MLP_RELU] = {"Relu", NULL},       [MLP_LEAKY_RELU] = {NULL, leaky},
    [MLP_ELU] = {"Elu", NULL},         [MLP_SELU] = {"Selu", NULL},
    [MLP_GELU] = {NULL, gelu},         [MLP_SILU] = {NULL, silu},
    [MLP_MISH] = {NULL, mish},         [MLP_SOFTPLUS] = {"Softplus", NULL},
    [MLP_IDENTITY] = {NULL, NULL},
};

static const char *
activate(struct graph *g, mlp_activation activation, const char *x)
{
    if (activations[activation].several != NULL)
        return activations[activation].several(g, x);
    return activations[activation].op != NULL
               ? graph_unary(g, activations[activation].op, x)
               : x;
}

/* --- periodic embeddings ---------------------------------------------------
 */

/* Of P columns, one after the other: f [P, WAVES], p / 2 pi likewise,
 * C [P, WAVES, MIXED] and c [1, P * MIXED]. */
struct waves {
    size_t n;
    int64_t *columns; /* in x */
    float *f, *turns, *mix, *shift;
    const char *f_name, *turns_name, *mix_name, *shift_name;
};

static bool waves_make(struct graph *g, size_t n, struct waves *w)
{
    const size_t flat[] = {n, WAVES}, deep[] = {n, WAVES, MIXED},
                 row[] = {1, n * MIXED};
    w->columns = graph_alloc(g, n, sizeof *w->columns);
    w->f = graph_constant(g, GRAPH_FLOAT, 2, flat, &w->f_name);
    w->turns = graph_constant(g, GRAPH_FLOAT, 2, flat, &w->turns_name);
    w->mix = graph_constant(g, GRAPH_FLOAT, 3, deep, &w->mix_name);
    w->shift = graph_constant(g, GRAPH_FLOAT, 2, row, &w->shift_name);
    return g->status == MLP_OK;
}

static void waves_fill(struct waves *w, const float *parameters, size_t column)
{
    const float *phase = parameters + WAVES, *mix = phase + WAVES,
                *shift = mix + (size_t)MIXED * WAVES;
    size_t at = w->n++;
    w->columns[at] = (int64_t)column;
    for (size_t j = 0; j < WAVES; j++) {
        w->f[at * WAVES + j] = parameters[j];
        w->turns[at * WAVES + j] = (float)((double)phase[j] / two_pi);
        for (size_t k = 0; k < MIXED; k++)
            w->mix[(at * WAVES + j) * MIXED + k] = mix[k * WAVES + j];
    }
    memcpy(w->shift + at * MIXED, shift, MIXED * sizeof *shift);
}

/* C cos(2 pi (f x + p / 2 pi)) + c, the whole turns taken off before. */
static const char *
waves_write(struct graph *g, const struct waves *w, const char *x)
{
    static const int64_t last = 2;
    const int64_t shape[] = {0, (int64_t)(w->n * MIXED)};
    const char *axis = graph_ints(g, &last, 1);
    const char *cells = graph_gather(g, x, graph_ints(g, w->columns, w->n), 1);
    const char *deep = graph_binary(g, "Unsqueeze", cells, axis);
    const char *turns = graph_binary(
        g, "Add", graph_binary(g, "Mul", deep, w->f_name), w->turns_name);
    const char *part =
        graph_binary(g, "Sub", turns, graph_unary(g, "Round", turns));
    const char *angle =
        graph_binary(g, "Mul", part, graph_number(g, GRAPH_FLOAT, two_pi));
    const char *wave = graph_unary(g, "Cos", angle);
    const char *mixed = graph_binary(
        g, "MatMul", graph_binary(g, "Unsqueeze", wave, axis), w->mix_name);
    const char *flat =
        graph_binary(g, "Reshape", mixed, graph_ints(g, shape, 2));
    return graph_binary(g, "Add", flat, w->shift_name);
}

/* --- the first layer's inputs -----------------------------------------------
 */

struct inputs {
    struct graph *g;
    const mlp_network *network;
    const struct encoder *encoder;
    const struct export_columns *columns;
    struct export_parts parts;
    size_t *from; /* where each number that the first layer sees is in them */
};

static size_t column_at(const struct encoder *encoder, size_t input)
{
    size_t j = 0;
    while (encoder->columns[j].input != input ||
           encoder->columns[j].n_inputs == 0)
        j++;
    return j;
}

static size_t count_waves(const mlp_network_spec *spec)
{
    size_t n = 0;
    for (size_t i = 0; i < spec->n_embeddings; i++)
        n += spec->embeddings[i].kind == MLP_EMBEDDING_PERIODIC;
    return n;
}

static void add_waves(struct inputs *in)
{
    const mlp_network_spec *spec = mlp_network_shape(in->network);
    float parameters[MLP_PERIODIC_PARAMETERS];
    struct waves w = {0};
    size_t n = count_waves(spec);
    if (n == 0 || !waves_make(in->g, n, &w))
        return;
    for (size_t i = 0; i < spec->n_embeddings; i++) {
        const mlp_embedding_spec *e = &spec->embeddings[i];
        if (e->kind != MLP_EMBEDDING_PERIODIC)
            continue;
        mlp_network_get_embedding(in->network, i, parameters);
        waves_fill(&w, parameters, in->columns->at[e->input]);
    }
    export_parts_add(&in->parts, waves_write(in->g, &w, in->columns->x),
                     n * MIXED);
}

static void add_tables(struct inputs *in)
{
    const mlp_network_spec *spec = mlp_network_shape(in->network);
    for (size_t i = 0; i < spec->n_embeddings; i++) {
        const mlp_embedding_spec *e = &spec->embeddings[i];
        if (e->kind != MLP_EMBEDDING_LEVELS)
            continue;
        size_t j = column_at(in->encoder, e->input);
        const char *table = export_embedding_table(
            in->g, &in->encoder->columns[j], in->network, i);
        export_parts_add(&in->parts,
                         graph_gather(in->g, table, in->columns->levels[j], 0),
                         e->n_units);
    }
}

/* The network sees its inputs in order, each with its embedding in its place;
 * the graph has all of x, then all waves, then all rows of tables. */
static void place_inputs(struct inputs *in)
{
    const mlp_network_spec *spec = mlp_network_shape(in->network);
    size_t waves = in->columns->width;
    size_t tables = waves + count_waves(spec) * MIXED;
    for (size_t i = 0, e = 0, k = 0; i < spec->n_inputs; i++) {
        const mlp_embedding_spec *embedding = &spec->embeddings[e];
        if (e == spec->n_embeddings || embedding->input != i) {
            in->from[k++] = in->columns->at[i];
            continue;
        }
        bool periodic = embedding->kind == MLP_EMBEDDING_PERIODIC;
        if (periodic)
            in->from[k++] = in->columns->at[i];
        for (size_t u = periodic; u < embedding->n_units; u++)
            in->from[k++] = periodic ? waves++ : tables++;
        e++;
    }
}

/* --- layers -----------------------------------------------------------------
 */

/* [outputs, width]: weights whose columns go where `from` says. */
static void spread(const float *weights,
                   size_t n_out,
                   size_t n_in,
                   const size_t *from,
                   size_t width,
                   float *out)
{
    for (size_t o = 0; o < n_out; o++)
        for (size_t k = 0; k < n_in; k++)
            out[o * width + from[k]] = weights[o * n_in + k];
}

static const char *layer(struct inputs *in, size_t l, const char *x)
{
    struct graph *g = in->g;
    size_t n_in = mlp_network_layer_inputs(in->network, l);
    size_t n_out = mlp_network_layer_outputs(in->network, l);
    size_t width = l == 0 ? in->parts.width : n_in;
    const char *w_name, *b_name;
    float *w = graph_constant(g, GRAPH_FLOAT, 2, (const size_t[]){n_out, width},
                              &w_name);
    float *b = graph_constant(g, GRAPH_FLOAT, 1, &n_out, &b_name);
    if (w == NULL || b == NULL)
        return "";
    if (l > 0) {
        mlp_network_get_layer(in->network, l, w, b);
    } else {
        float *ordered = graph_alloc(g, n_out * n_in, sizeof *ordered);
        if (ordered == NULL)
            return "";
        mlp_network_get_layer(in->network, l, ordered, b);
        spread(ordered, n_out, n_in, in->from, width, w);
    }
    const char *z =
        graph_node(g, "Gemm", (const char *const[]){x, w_name, b_name}, 3);
    graph_set_int(g, "transB", 1);
    return z;
}

static const char *output_of(struct graph *g, mlp_output output, const char *z)
{
    if (output == MLP_OUTPUT_IDENTITY)
        return z;
    const char *y =
        graph_unary(g, output == MLP_OUTPUT_SOFTMAX ? "Softmax" : "Sigmoid", z);
    if (output == MLP_OUTPUT_SOFTMAX)
        graph_set_int(g, "axis", 1);
    return y;
}

const char *export_network(struct graph *g,
                           const mlp_model *model,
                           size_t member,
                           const struct export_columns *columns)
{
    const mlp_network *network = model->networks[member];
    const mlp_network_spec *spec = mlp_network_shape(network);
    struct inputs in = {.g = g,
                        .network = network,
                        .encoder = &model->encoder,
                        .columns = columns};
    in.parts.names =
        graph_alloc(g, spec->n_embeddings + 2, sizeof *in.parts.names);
    in.from =
        graph_alloc(g, mlp_network_layer_inputs(network, 0), sizeof *in.from);
    if (in.from == NULL || in.parts.names == NULL)
        return "";
    if (columns->x != NULL)
        export_parts_add(&in.parts, columns->x, columns->width);
    add_waves(&in);
    add_tables(&in);
    place_inputs(&in);
    if (g->status != MLP_OK)
        return "";
    const char *x = graph_concat(g, in.parts.names, in.parts.n);
    for (size_t l = 0; l < spec->n_hidden; l++)
        x = activate(g, spec->hidden[l].activation, layer(&in, l, x));
    return output_of(g, spec->output, layer(&in, spec->n_hidden, x));
}

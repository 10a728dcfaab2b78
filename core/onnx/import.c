/* SPDX-License-Identifier: MIT
 *
 * An ONNX file as a model: its outputs (ending.h), the way from the inputs to
 * them (steps.h), that as layers (layers.h), and what they mean (outputs.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "mlp/fit.h"
#include "mlp/json.h"
#include "mlp/onnx.h"
#include "model/bundle.h"
#include "model/metadata_check.h"
#include "onnx/ending.h"
#include "onnx/layers.h"
#include "onnx/outputs.h"

struct import {
    struct wire wire;
    struct lookup graph;
    struct ending ending;
    struct steps steps;
    struct layers layers;
    struct label_list features, targets; /* names that the file tells */
    struct outputs outputs;
    mlp_model *model;
};

static void import_free(struct import *in)
{
    outputs_free(&in->outputs);
    labels_free(&in->features);
    labels_free(&in->targets);
    layers_free(&in->layers);
    steps_free(&in->steps);
    ending_free(&in->ending);
    lookup_free(&in->graph);
    wire_free(&in->wire);
    mlp_model_destroy(in->model);
}

/* --- names
 * ---------------------------------------------------------------------- */

/* The list of texts under `key` of the metadata, if there is such a one. */
static mlp_status read_list(const Onnx__ModelProto *model,
                            const char *key,
                            struct label_list *out,
                            mlp_error *err)
{
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const Onnx__StringStringEntryProto *entry = model->metadata_props[i];
        if (entry->key == NULL || entry->value == NULL ||
            strcmp(entry->key, key) != 0)
            continue;
        mlp_status status = labels_read(out, entry->value, strlen(entry->value),
                                        MLP_MAX_WIDTH, NULL);
        bool texts = status == MLP_OK;
        for (size_t k = 0; texts && k < out->n; k++)
            texts = out->items[k].kind == MLP_CELL_TEXT;
        if (status == MLP_NOMEM)
            return mlp_fail(err, status, "out of memory for names");
        if (!texts) /* somebody else's key of that name */
            labels_free(out);
        return MLP_OK;
    }
    return MLP_OK;
}

/* The graph's own inputs, where it has one a column. */
static mlp_status take_inputs(struct import *in, mlp_error *err)
{
    mlp_status status = MLP_OK;
    labels_free(&in->features);
    if (in->steps.n_inputs != in->layers.n_inputs)
        return mlp_fail(err, MLP_INVALID,
                        "the graph has %zu inputs side by side for %zu "
                        "numbers: expected one each",
                        in->steps.n_inputs, in->layers.n_inputs);
    for (size_t i = 0; status == MLP_OK && i < in->steps.n_inputs; i++)
        status = ending_add_text(&in->features, in->steps.columns[i],
                                 strlen(in->steps.columns[i]), err);
    return status;
}

static mlp_status name_features(struct import *in, mlp_error *err)
{
    size_t n = in->layers.n_inputs;
    mlp_status status =
        read_list(in->wire.model, "features", &in->features, err);
    if (status == MLP_OK)
        status = read_list(in->wire.model, "targets", &in->targets, err);
    if (status == MLP_OK && in->steps.columns != NULL)
        return take_inputs(in, err);
    if (status != MLP_OK || in->features.n == n)
        return status;
    labels_free(&in->features);
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "x%zu", i);
        status = labels_add_text(&in->features, name, err);
    }
    return status;
}

/* --- numbers
 * ---------------------------------------------------------------------- */

static mlp_status round_to(const double *from,
                           size_t n,
                           float *to,
                           const char *what,
                           mlp_error *err)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (float)from[i];
        if (!isfinite(to[i]))
            return mlp_fail(err, MLP_INVALID,
                            "%s: number %zu is %g, expected one that a float "
                            "can hold",
                            what, i, from[i]);
    }
    return MLP_OK;
}

static mlp_status set_encoder(struct import *in, mlp_error *err)
{
    struct encoder *encoder = &in->model->encoder;
    size_t n = in->layers.n_inputs;
    mlp_status status = encoder_init(encoder, n, err);
    encoder->scaling =
        in->layers.scaled ? MLP_SCALING_STANDARD : MLP_SCALING_NONE;
    if (status == MLP_OK)
        status = encoder_place(encoder, err);
    if (status == MLP_OK)
        status = round_to(in->layers.shift, n, encoder->shift,
                          "scaling of the inputs", err);
    if (status == MLP_OK)
        status = round_to(in->layers.scale, n, encoder->scale,
                          "scaling of the inputs", err);
    return status;
}

static mlp_status set_layer(mlp_network *network,
                            size_t i,
                            const struct dense *dense,
                            mlp_error *err)
{
    char what[32];
    size_t n = dense->n_in * dense->n_out;
    float *w = alloc_array(n, sizeof *w);
    float *b = alloc_array(dense->n_out, sizeof *b);
    (void)snprintf(what, sizeof what, "layer %zu", i);
    mlp_status status = w != NULL && b != NULL
                            ? round_to(dense->w, n, w, what, err)
                            : mlp_fail(err, MLP_NOMEM, "out of memory");
    if (status == MLP_OK)
        status = round_to(dense->b, dense->n_out, b, what, err);
    if (status == MLP_OK)
        mlp_network_set_layer(network, i, w, b);
    free(w);
    free(b);
    return status;
}

static mlp_status set_network(struct import *in, mlp_error *err)
{
    mlp_layer_spec hidden[MLP_MAX_LAYERS] = {{0}};
    const struct layers *layers = &in->layers;
    mlp_model *model = in->model;
    for (size_t i = 0; i + 1 < layers->n; i++)
        hidden[i] = (mlp_layer_spec){.n_units = layers->items[i].n_out,
                                     .activation = layers->items[i].activation};
    const mlp_network_spec spec = {
        .n_inputs = layers->n_inputs,
        .n_hidden = layers->n - 1,
        .hidden = hidden,
        .n_outputs = layers->items[layers->n - 1].n_out,
        .output = in->outputs.output,
        .initializer = MLP_INIT_ZEROS,
    };
    model->networks = alloc_array(1, sizeof *model->networks);
    if (model->networks == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a model");
    model->n_networks = 1;
    mlp_status status = mlp_network_create(&spec, 0, &model->networks[0], err);
    for (size_t i = 0; status == MLP_OK && i < layers->n; i++)
        status = set_layer(model->networks[0], i, &layers->items[i], err);
    return status;
}

/* --- the record
 * --------------------------------------------------------------------- */

/* As much of a text as is UTF-8. */
static void write_text(mlp_buffer *out, const char *text)
{
    enum { MAX_BYTES = 200 };
    size_t length = text != NULL ? strnlen(text, MAX_BYTES) : 0;
    mlp_json_write_string(out, text != NULL ? text : "", length);
}

static mlp_status set_record(struct import *in, mlp_error *err)
{
    mlp_buffer text;
    const char *before = "";
    const struct {
        bool holds;
        const char *text;
    } warnings[] = {
        {in->layers.doubles, "weights were float64 and are rounded to float32"},
        {in->outputs.added, "the graph ends in logits: softmax or sigmoid is "
                            "added"},
        {in->steps.logarithm, "the graph ends in logarithms of probabilities; "
                              "predictions are probabilities"},
    };
    mlp_buffer_init(&text, SIZE_MAX / 2);
    mlp_buffer_text(&text, "{\"imported\":{\"format\":\"onnx\",\"producer\":");
    write_text(&text, in->wire.model->producer_name);
    mlp_buffer_text(&text, ",\"producer_version\":");
    write_text(&text, in->wire.model->producer_version);
    mlp_buffer_text(&text, ",\"warnings\":[");
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        if (!warnings[i].holds)
            continue;
        mlp_buffer_text(&text, before);
        write_text(&text, warnings[i].text);
        before = ",";
    }
    mlp_buffer_text(&text, "]}}");
    mlp_status status =
        text.status == MLP_OK
            ? mlp_model_set_record(in->model, text.data, text.length, err)
            : mlp_fail(err, text.status, "out of memory for a record");
    mlp_buffer_free(&text);
    return status;
}

/* --- all of it
 * ------------------------------------------------------------------------ */

static mlp_status set_meaning(struct import *in, mlp_error *err)
{
    mlp_model *model = in->model;
    mlp_status status = labels_copy(&model->features, &in->features, err);
    if (status == MLP_OK)
        status = labels_copy(&model->targets, &in->outputs.targets, err);
    if (status == MLP_OK)
        status = labels_copy(&model->classes, &in->outputs.classes, err);
    if (status == MLP_OK)
        status = model_allocate_targets(model, err);
    for (size_t i = 0; status == MLP_OK && model->target_scale != NULL &&
                       i < model->targets.n;
         i++)
        model->target_scale[i] = 1;
    return status;
}

static mlp_status make_model(struct import *in, mlp_error *err)
{
    mlp_status status = model_create(in->outputs.task, &in->model, err);
    if (status == MLP_OK)
        status = set_meaning(in, err);
    if (status == MLP_OK)
        status = set_encoder(in, err);
    if (status == MLP_OK)
        status = set_network(in, err);
    if (status == MLP_OK)
        status = set_record(in, err);
    if (status == MLP_OK)
        status = metadata_check(in->model, in->outputs.output, err);
    return status;
}

static mlp_status read_graph(struct import *in, mlp_error *err)
{
    mlp_status status = lookup_init(&in->graph, in->wire.model->graph, err);
    if (status == MLP_OK)
        status = ending_find(&in->ending, &in->graph, err);
    if (status == MLP_OK)
        status = steps_walk(&in->steps, &in->graph, in->ending.data, err);
    if (status == MLP_OK && in->ending.label != NULL &&
        !steps_pass(&in->steps, in->ending.label))
        status = mlp_fail(err, MLP_INVALID,
                          "the label is taken from '%.64s', which is not on "
                          "the way to '%.64s'",
                          in->ending.label, in->ending.data);
    if (status == MLP_OK)
        status = layers_make(&in->layers, &in->steps, err);
    return status == MLP_OK ? name_features(in, err) : status;
}

mlp_status mlp_model_read_onnx(const void *bytes,
                               size_t length,
                               const mlp_onnx_options *options,
                               mlp_model **out,
                               mlp_error *err)
{
    static const mlp_onnx_options none = {0};
    struct import in = {0};
    *out = NULL;
    mlp_status status = wire_read(&in.wire, bytes, length, err);
    if (status == MLP_OK)
        status = read_graph(&in, err);
    if (status == MLP_OK)
        status = outputs_decide(&in.outputs, &in.layers, &in.ending,
                                &in.targets, options ? options : &none, err);
    if (status == MLP_OK)
        status = make_model(&in, err);
    if (status == MLP_OK) {
        *out = in.model;
        in.model = NULL;
    }
    import_free(&in);
    return status;
}

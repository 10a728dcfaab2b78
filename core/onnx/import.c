/* SPDX-License-Identifier: MIT
 *
 * An ONNX file as a model: its outputs (ending.h), the way from the inputs to
 * them (steps.h), that as layers (fold.h), and what they mean (outputs.h). */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "import/build.h"
#include "mlp/onnx.h"
#include "onnx/ending.h"
#include "onnx/fold.h"

struct import {
    struct wire wire;
    struct lookup graph;
    struct ending ending;
    struct steps steps;
    struct layers layers;
    struct label_list features, targets; /* names that the file tells */
    struct outputs outputs;
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
        status = outputs_add_text(&in->features, in->steps.columns[i],
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

/* --- all of it
 * ------------------------------------------------------------------------ */

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
        status = fold_steps(&in->layers, &in->steps, err);
    return status == MLP_OK ? name_features(in, err) : status;
}

static mlp_status
decide(struct import *in, const mlp_onnx_options *options, mlp_error *err)
{
    const struct outputs_told told = {.argmax = in->ending.argmax,
                                      .threshold =
                                          in->ending.comparison != NULL,
                                      .classes = &in->ending.classes,
                                      .targets = &in->targets};
    struct outputs_asked asked = {MLP_TASK_AUTO, NULL, 0};
    if (options != NULL)
        asked = (struct outputs_asked){options->task, options->labels,
                                       options->n_labels};
    return outputs_decide(&in->outputs, &in->layers, &told, &asked, err);
}

static mlp_status
make_model(const struct import *in, mlp_model **out, mlp_error *err)
{
    const struct {
        bool holds;
        const char *text;
    } all[] = {
        {in->layers.doubles, "weights were float64 and are rounded to float32"},
        {in->outputs.added, "the graph ends in logits: softmax or sigmoid is "
                            "added"},
        {in->steps.logarithm, "the graph ends in logarithms of probabilities; "
                              "predictions are probabilities"},
    };
    enum { N_ALL = sizeof all / sizeof *all };
    const char *warnings[N_ALL];
    struct build_origin origin = {.format = "onnx",
                                  .producer = in->wire.model->producer_name,
                                  .producer_version =
                                      in->wire.model->producer_version,
                                  .warnings = warnings};
    for (size_t i = 0; i < N_ALL; i++)
        if (all[i].holds)
            warnings[origin.n_warnings++] = all[i].text;
    return build_model(&in->layers, &in->outputs, &in->features, &origin, out,
                       err);
}

mlp_status mlp_model_read_onnx(const void *bytes,
                               size_t length,
                               const mlp_onnx_options *options,
                               mlp_model **out,
                               mlp_error *err)
{
    struct import in = {0};
    *out = NULL;
    mlp_status status = wire_read(&in.wire, bytes, length, err);
    if (status == MLP_OK)
        status = read_graph(&in, err);
    if (status == MLP_OK)
        status = decide(&in, options, err);
    if (status == MLP_OK)
        status = make_model(&in, out, err);
    import_free(&in);
    return status;
}

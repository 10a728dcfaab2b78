/* SPDX-License-Identifier: MIT */
#include "import/build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/buffer.h"
#include "mlp/json.h"
#include "model/bundle.h"
#include "model/metadata_check.h"

struct builder {
    const struct layers *layers;
    const struct outputs *outputs;
    const struct label_list *features;
    const struct build_origin *origin;
    mlp_model *model;
};

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

static mlp_status set_encoder(struct builder *in, mlp_error *err)
{
    struct encoder *encoder = &in->model->encoder;
    size_t n = in->layers->n_inputs;
    mlp_status status = encoder_init(encoder, n, err);
    encoder->scaling =
        in->layers->scaled ? MLP_SCALING_STANDARD : MLP_SCALING_NONE;
    if (status == MLP_OK)
        status = encoder_place(encoder, err);
    if (status == MLP_OK)
        status = round_to(in->layers->shift, n, encoder->shift,
                          "scaling of the inputs", err);
    if (status == MLP_OK)
        status = round_to(in->layers->scale, n, encoder->scale,
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

static mlp_status set_network(struct builder *in, mlp_error *err)
{
    mlp_layer_spec hidden[MLP_MAX_LAYERS] = {{0}};
    const struct layers *layers = in->layers;
    mlp_model *model = in->model;
    for (size_t i = 0; i + 1 < layers->n; i++)
        hidden[i] = (mlp_layer_spec){.n_units = layers->items[i].n_out,
                                     .activation = layers->items[i].activation};
    const mlp_network_spec spec = {
        .n_inputs = layers->n_inputs,
        .n_hidden = layers->n - 1,
        .hidden = hidden,
        .n_outputs = layers->items[layers->n - 1].n_out,
        .output = in->outputs->output,
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

static mlp_status set_record(struct builder *in, mlp_error *err)
{
    const struct build_origin *origin = in->origin;
    mlp_buffer text;
    mlp_buffer_init(&text, SIZE_MAX / 2);
    mlp_buffer_text(&text, "{\"imported\":{\"format\":");
    write_text(&text, origin->format);
    if (origin->producer != NULL || origin->producer_version != NULL) {
        mlp_buffer_text(&text, ",\"producer\":");
        write_text(&text, origin->producer);
        mlp_buffer_text(&text, ",\"producer_version\":");
        write_text(&text, origin->producer_version);
    }
    mlp_buffer_text(&text, ",\"warnings\":[");
    for (size_t i = 0; i < origin->n_warnings; i++) {
        mlp_buffer_text(&text, i > 0 ? "," : "");
        write_text(&text, origin->warnings[i]);
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

static mlp_status set_meaning(struct builder *in, mlp_error *err)
{
    mlp_model *model = in->model;
    mlp_status status = labels_copy(&model->features, in->features, err);
    if (status == MLP_OK)
        status = labels_copy(&model->targets, &in->outputs->targets, err);
    if (status == MLP_OK)
        status = labels_copy(&model->classes, &in->outputs->classes, err);
    if (status == MLP_OK)
        status = model_allocate_targets(model, err);
    for (size_t i = 0; status == MLP_OK && model->target_scale != NULL &&
                       i < model->targets.n;
         i++)
        model->target_scale[i] = 1;
    return status;
}

static mlp_status fill_model(struct builder *in, mlp_error *err)
{
    mlp_status status = model_create(in->outputs->task, &in->model, err);
    if (status == MLP_OK)
        status = set_meaning(in, err);
    if (status == MLP_OK)
        status = set_encoder(in, err);
    if (status == MLP_OK)
        status = set_network(in, err);
    if (status == MLP_OK)
        status = set_record(in, err);
    if (status == MLP_OK)
        status = metadata_check(in->model, in->outputs->output, err);
    return status;
}

mlp_status build_model(const struct layers *layers,
                       const struct outputs *outputs,
                       const struct label_list *features,
                       const struct build_origin *origin,
                       mlp_model **out,
                       mlp_error *err)
{
    struct builder in = {layers, outputs, features, origin, NULL};
    *out = NULL;
    mlp_status status = fill_model(&in, err);
    if (status == MLP_OK) {
        *out = in.model;
        in.model = NULL;
    }
    mlp_model_destroy(in.model);
    return status;
}

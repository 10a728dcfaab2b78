/* SPDX-License-Identifier: MIT
 *
 * The member "network" of a spec: hidden layers by their widths, or one by
 * one. */
#include <stdio.h>
#include <stdlib.h>

#include "training/spec_parts.h"

/* What a layer is that does not say it itself. */
static mlp_layer_spec default_layer(const mlp_fit_spec *fit)
{
    return (mlp_layer_spec){
        .activation =
            fit->default_activation_given ? fit->default_activation : MLP_RELU,
        .dropout = (mlp_real)fit->dropout,
    };
}

/* Room for the layers of the list at `key`; NULL with a problem, or when it is
 * absent. */
static const json_t *
open_layers(struct json_place *place, const char *key, struct spec *spec)
{
    const json_t *list;

    if (!json_get_list(place, key, 0, MLP_MAX_LAYERS - 1, &list))
        return NULL;
    if (spec->fit.hidden_given) {
        spec_refuse(place, key, "expected hidden or layers, got both");
        return NULL;
    }
    size_t n = json_array_size(list);
    spec->layers = calloc(n + 1, sizeof *spec->layers);
    if (spec->layers == NULL) {
        spec_refuse_memory(place);
        return NULL;
    }
    spec->fit.hidden_given = true;
    spec->fit.network.hidden = spec->layers;
    spec->fit.network.n_hidden = n;
    return list;
}

static void refuse_width(struct json_place *place, size_t i)
{
    struct json_place list = json_root(NULL, place->problem);
    char index[24];

    json_pointer(place, "hidden", list.pointer, sizeof list.pointer);
    snprintf(index, sizeof index, "%zu", i);
    spec_refuse(&list, index, "expected a whole number from 1 to %d",
                MLP_MAX_WIDTH);
}

static void read_hidden(struct json_place *place, struct spec *spec)
{
    const json_t *widths = open_layers(place, "hidden", spec);

    for (size_t i = 0; widths != NULL && i < json_array_size(widths); i++) {
        json_int_t n = json_integer_value(json_array_get(widths, i));
        if (n < 1 || n > MLP_MAX_WIDTH) {
            refuse_width(place, i);
            return;
        }
        spec->layers[i] = default_layer(&spec->fit);
        spec->layers[i].n_units = (size_t)n;
    }
}

static void
read_layer(struct json_place *place, mlp_layer_spec layer, mlp_layer_spec *out)
{
    int64_t units = 0;
    int activation;
    double dropout;

    if (!json_get_integer(place, "units", 1, MLP_MAX_WIDTH, &units))
        spec_refuse(place, "units", "expected the layer's width, got none");
    layer.n_units = (size_t)units;
    if (spec_get_name(place, "activation", spec_activations, &activation))
        layer.activation = (mlp_activation)activation;
    if (spec_get_dropout(place, &dropout))
        layer.dropout = (mlp_real)dropout;
    json_close(place);
    *out = layer;
}

static void read_layers(struct json_place *place, struct spec *spec)
{
    const json_t *layers = open_layers(place, "layers", spec);
    struct json_place at;

    for (size_t i = 0; layers != NULL && i < json_array_size(layers); i++)
        if (json_item_object(place, "layers", layers, i, &at))
            read_layer(&at, default_layer(&spec->fit), &spec->layers[i]);
}

void spec_read_network(struct json_place *root, struct spec *spec)
{
    struct json_place network;
    mlp_fit_spec *fit = &spec->fit;
    int choice;

    if (!json_get_object(root, "network", &network))
        return;
    if (spec_get_name(&network, "activation", spec_activations, &choice)) {
        fit->default_activation = (mlp_activation)choice;
        fit->default_activation_given = true;
    }
    if (spec_get_name(&network, "output", spec_outputs, &choice))
        fit->network.output = (mlp_output)choice;
    if (spec_get_name(&network, "init", spec_initializers, &choice))
        fit->network.initializer = (mlp_initializer)choice;
    if (spec_get_name(&network, "numeric_embedding", spec_numeric_embeddings,
                      &choice))
        fit->numeric_embedding = (mlp_numeric_embedding)choice;
    read_hidden(&network, spec);
    read_layers(&network, spec);
    json_close(&network);
}

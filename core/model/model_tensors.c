/* SPDX-License-Identifier: MIT */
#include "model/model_tensors.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { MOST_FIXED = 9 };

static void add_tensor(struct tensor_list *list,
                       const char *name,
                       size_t rank,
                       size_t n_rows,
                       size_t n_columns)
{
    struct safetensors_tensor *tensor = &list->items[list->n];
    snprintf(list->names[list->n], MODEL_TENSOR_NAME_BYTES, "%s", name);
    *tensor = (struct safetensors_tensor){.name = list->names[list->n],
                                          .dtype = "F32",
                                          .rank = rank,
                                          .shape = {n_rows, n_columns}};
    list->n++;
}

/* One of the model's own arrays; NULL: this model has it not. */
static void
add_fixed(struct tensor_list *list, const char *name, size_t n, float *place)
{
    if (place == NULL)
        return;
    list->places[list->n] = place;
    add_tensor(list, name, 1, n, 0);
}

static void add_all_fixed(struct tensor_list *list, const mlp_model *model)
{
    const struct encoder *encoder = &model->encoder;
    size_t n_targets = model->targets.n;
    bool ranges = encoder->scaling == MLP_SCALING_ROBUST;
    add_fixed(list, "inputs.shift", encoder->n_inputs, encoder->shift);
    add_fixed(list, "inputs.scale", encoder->n_inputs, encoder->scale);
    add_fixed(list, "columns.low", encoder->n, ranges ? encoder->low : NULL);
    add_fixed(list, "columns.high", encoder->n, ranges ? encoder->high : NULL);
    add_fixed(list, "targets.shift", n_targets, model->target_shift);
    add_fixed(list, "targets.scale", n_targets, model->target_scale);
    add_fixed(list, "targets.low", n_targets, model->target_low);
    add_fixed(list, "targets.high", n_targets, model->target_high);
    if (model->residuals != NULL) {
        list->places[list->n] = model->residuals;
        add_tensor(list, "targets.residuals", 2, model->n_residuals, n_targets);
    }
    list->n_fixed = list->n;
}

/* Numbers that the first layer sees. */
static size_t first_width(const mlp_network_spec *spec)
{
    size_t n = spec->n_inputs;
    for (size_t i = 0; i < spec->n_embeddings; i++)
        n += spec->embeddings[i].n_units - 1;
    return n;
}

static void add_network(struct tensor_list *list,
                        const mlp_network_spec *spec,
                        const char *prefix)
{
    char name[MODEL_TENSOR_NAME_BYTES];
    size_t n_in = first_width(spec);
    for (size_t i = 0; i <= spec->n_hidden; i++) {
        size_t n_out =
            i < spec->n_hidden ? spec->hidden[i].n_units : spec->n_outputs;
        snprintf(name, sizeof name, "%slayers.%zu.weight", prefix, i);
        add_tensor(list, name, 2, n_out, n_in);
        snprintf(name, sizeof name, "%slayers.%zu.bias", prefix, i);
        add_tensor(list, name, 1, n_out, 0);
        n_in = n_out;
    }
    for (size_t i = 0; i < spec->n_embeddings; i++) {
        const mlp_embedding_spec *e = &spec->embeddings[i];
        bool waves = e->kind == MLP_EMBEDDING_PERIODIC;
        snprintf(name, sizeof name, "%sembeddings.%zu.%s", prefix, i,
                 waves ? "waves" : "table");
        if (waves)
            add_tensor(list, name, 1, MLP_PERIODIC_PARAMETERS, 0);
        else
            add_tensor(list, name, 2, e->n_levels, e->n_units);
    }
}

mlp_status tensors_list(struct tensor_list *list,
                        const mlp_model *model,
                        const mlp_network_spec *spec,
                        size_t n_networks,
                        mlp_error *err)
{
    size_t n_of_network = 2 * (spec->n_hidden + 1) + spec->n_embeddings;
    size_t most = MOST_FIXED + n_networks * n_of_network;
    *list = (struct tensor_list){
        .items = alloc_array(most, sizeof *list->items),
        .names = alloc_array(most, sizeof *list->names),
        .places = alloc_array(MOST_FIXED, sizeof *list->places),
        .n_of_network = n_of_network,
    };
    if (!list->items || !list->names || !list->places) {
        tensors_free(list);
        return mlp_fail(err, MLP_NOMEM, "out of memory for a model file");
    }
    add_all_fixed(list, model);
    for (size_t i = 0; i < n_networks; i++) {
        char prefix[32] = "";
        if (n_networks > 1)
            snprintf(prefix, sizeof prefix, "members.%zu.", i);
        add_network(list, spec, prefix);
    }
    return MLP_OK;
}

void tensors_free(struct tensor_list *list)
{
    free(list->items);
    free(list->names);
    free(list->places);
    *list = (struct tensor_list){0};
}

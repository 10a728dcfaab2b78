/* SPDX-License-Identifier: MIT
 *
 * The network's shape: as asked for, as the model before had it, or chosen. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/plan.h"
#include "nn/initializer.h"
#include "nn/names.h"

/* What is chosen: one wide layer for many inputs, such as pictures, two
 * smaller ones for tables. */
enum { MANY_FEATURES = 100, WIDE = 128, NARROW = 64, MAX_CHOSEN = 2 };

static size_t choose_hidden(const mlp_fit_spec *spec, mlp_layer_spec *hidden)
{
    bool wide = spec->n_features >= MANY_FEATURES;
    for (size_t i = 0; i < MAX_CHOSEN; i++)
        hidden[i] =
            (mlp_layer_spec){.n_units = wide ? WIDE : NARROW,
                             .activation = spec->default_activation_given
                                               ? spec->default_activation
                                               : MLP_RELU,
                             .dropout = (mlp_real)spec->dropout};
    return wide ? 1 : MAX_CHOSEN;
}

/* The layers of the model before, with this training's dropout. */
static size_t copy_hidden(const mlp_fit_spec *spec,
                          const mlp_network_spec *from,
                          mlp_layer_spec *hidden)
{
    for (size_t i = 0; i < from->n_hidden; i++) {
        hidden[i] = from->hidden[i];
        hidden[i].dropout = (mlp_real)spec->dropout;
    }
    return from->n_hidden;
}

static mlp_status set_hidden(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    mlp_network_spec *network = &spec->network;
    const mlp_model *from = spec->from;
    if (spec->hidden_given && network->n_hidden >= MLP_MAX_LAYERS)
        return mlp_fail(err, MLP_INVALID,
                        "hidden: expected at most %d layers, got %zu",
                        MLP_MAX_LAYERS - 1, network->n_hidden);
    plan->hidden = alloc_array(MLP_MAX_LAYERS, sizeof *plan->hidden);
    if (plan->hidden == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for layers");
    if (spec->hidden_given && network->n_hidden > 0)
        memcpy(plan->hidden, network->hidden,
               network->n_hidden * sizeof *plan->hidden);
    else if (!spec->hidden_given && from != NULL)
        network->n_hidden = copy_hidden(
            spec, mlp_network_shape(mlp_model_network(from)), plan->hidden);
    else if (!spec->hidden_given)
        network->n_hidden = choose_hidden(spec, plan->hidden);
    network->hidden = plan->hidden;
    spec->hidden_given = true;
    return MLP_OK;
}

static mlp_status check_layers(const mlp_network_spec *network, mlp_error *err)
{
    for (size_t i = 0; i < network->n_hidden; i++) {
        const mlp_layer_spec *layer = &network->hidden[i];
        if ((size_t)layer->activation >= N_ACTIVATIONS)
            return mlp_fail(err, MLP_INVALID,
                            "hidden[%zu].activation: no such activation", i);
        if (!(layer->dropout >= 0 && layer->dropout < 1))
            return mlp_fail(err, MLP_INVALID,
                            "hidden[%zu].dropout: expected 0 or more and below "
                            "1, got %g",
                            i, (double)layer->dropout);
    }
    if ((size_t)network->initializer >= N_INITIALIZERS)
        return mlp_fail(err, MLP_INVALID, "init: no such initializer");
    return MLP_OK;
}

static mlp_status set_output(mlp_plan *plan, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    mlp_output *output = &plan->spec.network.output;
    if (*output == MLP_OUTPUT_AUTO && spec->from != NULL)
        *output = mlp_network_shape(mlp_model_network(spec->from))->output;
    else if (*output == MLP_OUTPUT_AUTO)
        *output = model_output_for(spec->task);
    if ((size_t)*output < N_OUTPUTS && model_output_fits(spec->task, *output))
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID, "output: %s needs %s, not %s",
                    mlp_task_name(spec->task),
                    mlp_output_name(model_output_for(spec->task)),
                    (size_t)*output < N_OUTPUTS ? mlp_output_name(*output)
                                                : "another");
}

/* What "auto" comes to, if it is the same for every layer; else it stays. */
static void resolve_initializer(mlp_network_spec *network)
{
    mlp_initializer last = initializer_for(MLP_IDENTITY); /* the outputs' */
    if (network->initializer != MLP_INIT_AUTO)
        return;
    for (size_t i = 0; i < network->n_hidden; i++)
        if (initializer_for(network->hidden[i].activation) != last)
            return;
    network->initializer = last;
}

/* Weights can only go where they came from. */
static mlp_status check_from(const mlp_fit_spec *spec, mlp_error *err)
{
    const mlp_network_spec *from =
        mlp_network_shape(mlp_model_network(spec->from));
    const mlp_network_spec *network = &spec->network;
    bool same = from->n_hidden == network->n_hidden &&
                from->n_inputs == network->n_inputs &&
                from->n_outputs == network->n_outputs &&
                from->output == network->output;
    for (size_t i = 0; same && i < from->n_hidden; i++)
        same = from->hidden[i].n_units == network->hidden[i].n_units &&
               from->hidden[i].activation == network->hidden[i].activation;
    if (same)
        return MLP_OK;
    return mlp_fail(err, MLP_SHAPE,
                    "from: its network has other layers; leave the network "
                    "out to take them over");
}

static mlp_status set_embeddings(mlp_plan *plan, mlp_error *err)
{
    mlp_network_spec *network = &plan->spec.network;
    plan->embeddings = alloc_array(plan->encoder.n, sizeof *plan->embeddings);
    if (plan->embeddings == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for embeddings");
    network->n_embeddings =
        encoder_embeddings(&plan->encoder, plan->embeddings);
    network->embeddings = plan->embeddings;
    return MLP_OK;
}

mlp_status plan_network(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    mlp_status status = set_hidden(plan, err);
    if (status == MLP_OK)
        status = check_layers(&spec->network, err);
    if (status == MLP_OK)
        status = set_output(plan, err);
    if (status == MLP_OK)
        resolve_initializer(&spec->network);
    if (status == MLP_OK)
        status = set_embeddings(plan, err);
    spec->network.n_inputs = plan->encoder.n_inputs;
    spec->network.n_outputs =
        model_n_outputs(spec->task, spec->n_targets, plan->classes.n);
    if (status == MLP_OK)
        status = mlp_network_count(&spec->network, &plan->n_weights,
                                   &plan->n_biases, err);
    if (status == MLP_OK && spec->from != NULL)
        status = check_from(spec, err);
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * A resolved spec as JSON, in one order and one spelling, so that equal specs
 * are equal bytes. Reading it gives the same spec again. */
#include <string.h>

#include "mlp/json.h"
#include "training/spec.h"
#include "training/spec_tables.h"

/* Begin a member; the comma goes by what stands before. */
static void key(mlp_buffer *out, const char *name)
{
    if (out->length > 0 && strchr("{[", out->data[out->length - 1]) == NULL)
        mlp_buffer_text(out, ",");
    mlp_json_write_string(out, name, strlen(name));
    mlp_buffer_text(out, ":");
}

static void text(mlp_buffer *out, const char *name, const char *value)
{
    key(out, name);
    mlp_json_write_string(out, value, strlen(value));
}

static void number(mlp_buffer *out, const char *name, double value)
{
    key(out, name);
    mlp_json_write_double(out, value);
}

static void boolean(mlp_buffer *out, const char *name, bool value)
{
    key(out, name);
    mlp_buffer_text(out, value ? "true" : "false");
}

static void open_object(mlp_buffer *out, const char *name)
{
    key(out, name);
    mlp_buffer_text(out, "{");
}

static void close_object(mlp_buffer *out)
{
    mlp_buffer_text(out, "}");
}

static void fields(mlp_buffer *out,
                   const struct spec_field *table,
                   unsigned owner,
                   const void *base)
{
    for (const struct spec_field *field = table; field->key; field++) {
        const char *source = (const char *)base + field->offset;
        double value;
        if (field->kind == SPEC_COUNT) {
            size_t count;
            memcpy(&count, source, sizeof count);
            value = (double)count;
        } else {
            memcpy(&value, source, sizeof value);
        }
        if (spec_field_has_owner(field, owner) &&
            spec_field_allows(field, value))
            number(out, field->key, value);
    }
}

static void
columns(mlp_buffer *out, const char *name, const char *const *names, size_t n)
{
    key(out, name);
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        mlp_buffer_text(out, i == 0 ? "" : ",");
        mlp_json_write_string(out, names[i], strlen(names[i]));
    }
    mlp_buffer_text(out, "]");
}

static void declarations(mlp_buffer *out, const mlp_fit_spec *fit)
{
    open_object(out, "columns");
    for (size_t i = 0; i < fit->n_columns; i++)
        text(out, fit->columns[i].column,
             mlp_column_kind_name(fit->columns[i].kind));
    close_object(out);
}

static void target(mlp_buffer *out, const mlp_fit_spec *fit)
{
    if (fit->n_targets == 1)
        text(out, "target", fit->targets[0]);
    else
        columns(out, "target", fit->targets, fit->n_targets);
}

static void from(mlp_buffer *out, const struct spec *spec)
{
    key(out, "from");
    mlp_buffer_format(out, "\"%s", spec->from);
    if (spec->from_version != 0)
        mlp_buffer_format(out, "@%u", (unsigned)spec->from_version);
    else if (spec->from_alias[0] != '\0')
        mlp_buffer_format(out, "@%s", spec->from_alias);
    mlp_buffer_text(out, "\"");
}

/* Do all hidden layers differ in nothing but their width? */
static bool is_uniform(const mlp_network_spec *network)
{
    const mlp_layer_spec *layers = network->hidden;

    for (size_t i = 1; i < network->n_hidden; i++) {
        if (layers[i].activation != layers[0].activation ||
            layers[i].dropout > layers[0].dropout ||
            layers[i].dropout < layers[0].dropout)
            return false;
    }
    return true;
}

static void widths(mlp_buffer *out, const mlp_network_spec *network)
{
    key(out, "hidden");
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < network->n_hidden; i++)
        mlp_buffer_format(out, "%s%zu", i == 0 ? "" : ",",
                          network->hidden[i].n_units);
    mlp_buffer_text(out, "]");
    if (network->n_hidden > 0)
        text(out, "activation",
             mlp_activation_name(network->hidden[0].activation));
}

static void dropout(mlp_buffer *out, mlp_real value)
{
    key(out, "dropout");
    mlp_json_write_float(out, (float)value);
}

static void layers(mlp_buffer *out, const mlp_network_spec *network)
{
    key(out, "layers");
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < network->n_hidden; i++) {
        const mlp_layer_spec *layer = &network->hidden[i];
        mlp_buffer_text(out, i == 0 ? "{" : ",{");
        number(out, "units", (double)layer->n_units);
        text(out, "activation", mlp_activation_name(layer->activation));
        dropout(out, layer->dropout);
        close_object(out);
    }
    mlp_buffer_text(out, "]");
}

static void network_part(mlp_buffer *out, const mlp_fit_spec *fit)
{
    const mlp_network_spec *network = &fit->network;

    open_object(out, "network");
    if (is_uniform(network))
        widths(out, network);
    else
        layers(out, network);
    text(out, "output", mlp_output_name(network->output));
    text(out, "init", mlp_initializer_name(network->initializer));
    text(out, "numeric_embedding",
         mlp_numeric_embedding_name(fit->numeric_embedding));
    close_object(out);
}

static void optimizer(mlp_buffer *out, const mlp_optimizer_spec *spec)
{
    open_object(out, "optimizer");
    text(out, "name", mlp_optimizer_name(spec->kind));
    fields(out, spec_optimizer_fields, (unsigned)spec->kind, spec);
    close_object(out);
}

static void schedule(mlp_buffer *out, const mlp_schedule_spec *spec)
{
    open_object(out, "schedule");
    text(out, "name", mlp_schedule_name(spec->kind));
    fields(out, spec_schedule_fields, (unsigned)spec->kind, spec);
    close_object(out);
}

static void batch_size(mlp_buffer *out, const mlp_training_spec *training)
{
    if (training->full_batch)
        text(out, "batch_size", "full");
    else
        number(out, "batch_size", (double)training->batch_size);
}

static void class_weight(mlp_buffer *out, const mlp_fit_spec *fit)
{
    if (fit->balanced) {
        text(out, "class_weight", "balanced");
        return;
    }
    if (fit->n_class_weights == 0) {
        key(out, "class_weight");
        mlp_buffer_text(out, "null");
        return;
    }
    open_object(out, "class_weight");
    for (size_t i = 0; i < fit->n_class_weights; i++)
        number(out, fit->class_weights[i].label, fit->class_weights[i].weight);
    close_object(out);
}

static void validation(mlp_buffer *out, const mlp_fit_spec *fit)
{
    if (fit->validation_group == NULL && fit->validation_time == NULL) {
        number(out, "validation", fit->validation);
        return;
    }
    open_object(out, "validation");
    number(out, "fraction", fit->validation);
    if (fit->validation_group != NULL)
        text(out, "group", fit->validation_group);
    if (fit->validation_time != NULL)
        text(out, "time", fit->validation_time);
    close_object(out);
}

static void early_stopping(mlp_buffer *out, const mlp_training_spec *training)
{
    if (!training->early_stopping) {
        boolean(out, "early_stopping", false);
        if (training->keep_last)
            boolean(out, "restore_best", false);
        return;
    }
    open_object(out, "early_stopping");
    fields(out, spec_stopping_fields, 0, training);
    boolean(out, "restore_best", !training->keep_last);
    close_object(out);
}

static void seed(mlp_buffer *out, uint64_t value)
{
    key(out, "seed");
    mlp_buffer_format(out, "%llu", (unsigned long long)value);
}

static void ensemble(mlp_buffer *out, const mlp_fit_spec *fit)
{
    text(out, "parametrization",
         mlp_parametrization_name(fit->training.parametrization));
    number(out, "ensemble", (double)fit->n_members);
    if (fit->task == MLP_TASK_CLASSIFICATION)
        boolean(out, "calibrate", fit->calibrate);
    if (fit->task == MLP_TASK_REGRESSION)
        boolean(out, "clamp", fit->clamp);
}

static void training_part(mlp_buffer *out, const mlp_fit_spec *fit)
{
    const mlp_training_spec *training = &fit->training;
    const mlp_network_spec *network = &fit->network;

    open_object(out, "training");
    text(out, "loss", mlp_loss_name(training->loss));
    optimizer(out, &training->optimizer);
    schedule(out, &training->schedule);
    batch_size(out, training);
    fields(out, spec_training_fields, 0, training);
    if (is_uniform(network))
        dropout(out, network->n_hidden > 0 ? network->hidden[0].dropout : 0);
    class_weight(out, fit);
    ensemble(out, fit);
    validation(out, fit);
    early_stopping(out, training);
    boolean(out, "shuffle", !training->no_shuffle);
    seed(out, training->seed);
    close_object(out);
}

static void promotion(mlp_buffer *out, const struct spec_promotion *of)
{
    open_object(out, "promote");
    text(out, "alias", of->alias);
    if (of->score != NULL) {
        key(out, "if");
        mlp_buffer_format(out, "\"%s%s\"", of->held_out ? "validation_" : "",
                          of->score->key);
        if (of->better_than != NULL)
            text(out, "better_than", of->better_than);
        else
            number(out, "better_than", of->bound);
        if (of->min_delta > 0)
            number(out, "min_delta", of->min_delta);
    }
    close_object(out);
}

void spec_write(const struct spec *spec, mlp_buffer *out)
{
    const mlp_fit_spec *fit = &spec->fit;

    mlp_buffer_text(out, "{");
    text(out, "model", spec->model);
    if (spec->dataset != NULL)
        text(out, "dataset", spec->dataset);
    if (spec->target_dataset != NULL)
        text(out, "target_dataset", spec->target_dataset);
    target(out, fit);
    if (fit->features != NULL)
        columns(out, "features", fit->features, fit->n_features);
    if (fit->features == NULL && fit->n_exclude > 0)
        columns(out, "exclude", fit->exclude, fit->n_exclude);
    if (fit->weight != NULL)
        text(out, "weight", fit->weight);
    if (fit->n_columns > 0)
        declarations(out, fit);
    text(out, "task", mlp_task_name(fit->task));
    text(out, "scaling", mlp_scaling_name(fit->scaling));
    if (fit->quality != MLP_QUALITY_AUTO)
        text(out, "quality", mlp_quality_name(fit->quality));
    network_part(out, fit);
    training_part(out, fit);
    if (spec->from[0] != '\0')
        from(out, spec);
    if (spec->promotion.alias != NULL)
        promotion(out, &spec->promotion);
    close_object(out);
}

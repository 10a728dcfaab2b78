/* SPDX-License-Identifier: MIT
 *
 * The texts of a model file: one table of keys for writing and for reading. */
#include "model/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/fit.h"
#include "model/encoder_text.h"
#include "model/metadata_check.h"

static const char format_name[] = "mlpd";
static const char format_version[] = "1";

/* A model on its way in. */
struct metadata_reader {
    mlp_model *model;
    struct metadata_shape *shape;
    size_t n_activations;
};

/* --- one key after the other ---------------------------------------------- */

static mlp_status expect(const struct safetensors_pair *pair,
                         const char *expected,
                         mlp_error *err)
{
    if (strcmp(pair->value, expected) == 0)
        return MLP_OK;
    return mlp_fail(err, MLP_FORMAT, "expected '%s', got '%.32s'", expected,
                    pair->value);
}

static mlp_status unknown(const struct safetensors_pair *pair, mlp_error *err)
{
    return mlp_fail(err, MLP_FORMAT, "no such value: '%.32s'", pair->value);
}

static void write_format(const mlp_model *model, mlp_buffer *out)
{
    (void)model;
    mlp_buffer_text(out, format_name);
}

static mlp_status read_format(struct metadata_reader *reader,
                              const struct safetensors_pair *pair,
                              mlp_error *err)
{
    (void)reader;
    return expect(pair, format_name, err);
}

static void write_version(const mlp_model *model, mlp_buffer *out)
{
    (void)model;
    mlp_buffer_text(out, format_version);
}

static mlp_status read_version(struct metadata_reader *reader,
                               const struct safetensors_pair *pair,
                               mlp_error *err)
{
    (void)reader;
    return expect(pair, format_version, err);
}

static void write_task(const mlp_model *model, mlp_buffer *out)
{
    mlp_buffer_text(out, mlp_task_name(model->task));
}

static mlp_status read_task(struct metadata_reader *reader,
                            const struct safetensors_pair *pair,
                            mlp_error *err)
{
    if (mlp_task_parse(pair->value, &reader->model->task) &&
        reader->model->task != MLP_TASK_AUTO)
        return MLP_OK;
    return unknown(pair, err);
}

static void write_scaling(const mlp_model *model, mlp_buffer *out)
{
    mlp_buffer_text(out, mlp_scaling_name(model->encoder.scaling));
}

static mlp_status read_scaling(struct metadata_reader *reader,
                               const struct safetensors_pair *pair,
                               mlp_error *err)
{
    mlp_scaling *scaling = &reader->model->encoder.scaling;
    if (mlp_scaling_parse(pair->value, scaling) && *scaling != MLP_SCALING_AUTO)
        return MLP_OK;
    return unknown(pair, err);
}

static void write_features(const mlp_model *model, mlp_buffer *out)
{
    labels_write(&model->features, out);
}

static mlp_status read_features(struct metadata_reader *reader,
                                const struct safetensors_pair *pair,
                                mlp_error *err)
{
    mlp_model *model = reader->model;
    mlp_scaling scaling = model->encoder.scaling;
    mlp_status status = labels_read(&model->features, pair->value, pair->length,
                                    MLP_MAX_WIDTH, err);
    if (status == MLP_OK)
        status = encoder_init(&model->encoder, model->features.n, err);
    model->encoder.scaling = scaling;
    return status;
}

#define ENCODER_TEXT(name)                                                     \
    static void write_##name(const mlp_model *model, mlp_buffer *out)          \
    {                                                                          \
        encoder_write_##name(&model->encoder, out);                            \
    }                                                                          \
    static mlp_status read_##name(struct metadata_reader *reader,              \
                                  const struct safetensors_pair *pair,         \
                                  mlp_error *err)                              \
    {                                                                          \
        return encoder_read_##name(&reader->model->encoder, pair->value,       \
                                   pair->length, err);                         \
    }
ENCODER_TEXT(kinds)
ENCODER_TEXT(flags)
ENCODER_TEXT(levels)
#undef ENCODER_TEXT

static void write_targets(const mlp_model *model, mlp_buffer *out)
{
    labels_write(&model->targets, out);
}

static mlp_status read_targets(struct metadata_reader *reader,
                               const struct safetensors_pair *pair,
                               mlp_error *err)
{
    return labels_read(&reader->model->targets, pair->value, pair->length,
                       MLP_MAX_WIDTH, err);
}

static void write_ignored(const mlp_model *model, mlp_buffer *out)
{
    if (model->ignored.n > 0)
        labels_write(&model->ignored, out);
}

/* An empty list would not be written again. */
static mlp_status read_ignored(struct metadata_reader *reader,
                               const struct safetensors_pair *pair,
                               mlp_error *err)
{
    mlp_status status = labels_read(&reader->model->ignored, pair->value,
                                    pair->length, MODEL_MAX_IGNORED, err);
    if (status == MLP_OK && reader->model->ignored.n == 0)
        return mlp_fail(err, MLP_FORMAT, "expected at least one column");
    return status;
}

static void write_classes(const mlp_model *model, mlp_buffer *out)
{
    if (model->classes.n > 0)
        labels_write(&model->classes, out);
}

static mlp_status read_classes(struct metadata_reader *reader,
                               const struct safetensors_pair *pair,
                               mlp_error *err)
{
    return labels_read(&reader->model->classes, pair->value, pair->length,
                       MLP_MAX_WIDTH, err);
}

static void write_units(const mlp_model *model, mlp_buffer *out)
{
    const mlp_network_spec *spec = mlp_network_shape(mlp_model_network(model));
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < spec->n_hidden; i++)
        mlp_buffer_format(out, i == 0 ? "%zu" : ",%zu",
                          spec->hidden[i].n_units);
    mlp_buffer_text(out, "]");
}

/* A width as JSON spells it: digits alone, none of them a leading 0. */
static mlp_status
read_width(const mlp_label *label, size_t *out, mlp_error *err)
{
    size_t width = 0;
    bool plain = label->kind == MLP_CELL_NUMBER && label->length <= 5;
    for (size_t i = 0; plain && i < label->length; i++) {
        plain = label->text[i] >= '0' && label->text[i] <= '9';
        width = 10 * width + (size_t)(label->text[i] - '0');
    }
    *out = width;
    if (plain && width >= 1 && width <= MLP_MAX_WIDTH)
        return MLP_OK;
    return mlp_fail(err, MLP_FORMAT, "expected 1 to %d, got '%.16s'",
                    MLP_MAX_WIDTH, label->text);
}

static mlp_status read_units(struct metadata_reader *reader,
                             const struct safetensors_pair *pair,
                             mlp_error *err)
{
    struct label_list units = {0};
    mlp_network_spec *spec = &reader->shape->spec;
    mlp_status status =
        labels_read(&units, pair->value, pair->length, MLP_MAX_LAYERS - 1, err);
    for (size_t i = 0; status == MLP_OK && i < units.n; i++)
        status =
            read_width(&units.items[i], &reader->shape->hidden[i].n_units, err);
    spec->n_hidden = units.n;
    labels_free(&units);
    return status;
}

static void write_activations(const mlp_model *model, mlp_buffer *out)
{
    const mlp_network_spec *spec = mlp_network_shape(mlp_model_network(model));
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < spec->n_hidden; i++)
        mlp_buffer_format(out, i == 0 ? "\"%s\"" : ",\"%s\"",
                          mlp_activation_name(spec->hidden[i].activation));
    mlp_buffer_text(out, "]");
}

static mlp_status read_activations(struct metadata_reader *reader,
                                   const struct safetensors_pair *pair,
                                   mlp_error *err)
{
    struct label_list names = {0};
    mlp_status status =
        labels_read(&names, pair->value, pair->length, MLP_MAX_LAYERS - 1, err);
    for (size_t i = 0; status == MLP_OK && i < names.n; i++)
        if (names.items[i].kind != MLP_CELL_TEXT ||
            !mlp_activation_parse(names.items[i].text,
                                  &reader->shape->hidden[i].activation))
            status = mlp_fail(err, MLP_FORMAT, "no such activation: '%.32s'",
                              names.items[i].text);
    reader->n_activations = names.n;
    labels_free(&names);
    return status;
}

static void write_output(const mlp_model *model, mlp_buffer *out)
{
    const mlp_network_spec *spec = mlp_network_shape(mlp_model_network(model));
    mlp_buffer_text(out, mlp_output_name(spec->output));
}

static mlp_status read_output(struct metadata_reader *reader,
                              const struct safetensors_pair *pair,
                              mlp_error *err)
{
    if (mlp_output_parse(pair->value, &reader->shape->spec.output))
        return MLP_OK;
    return unknown(pair, err);
}

static void write_members(const mlp_model *model, mlp_buffer *out)
{
    if (model->n_networks > 1)
        mlp_buffer_format(out, "%zu", model->n_networks);
}

/* As it is written: 2 and more, no leading 0. */
static mlp_status read_members(struct metadata_reader *reader,
                               const struct safetensors_pair *pair,
                               mlp_error *err)
{
    size_t n = 0;
    bool plain = pair->length <= 2 && pair->value[0] != '0';
    for (size_t i = 0; plain && i < pair->length; i++) {
        plain = pair->value[i] >= '0' && pair->value[i] <= '9';
        n = 10 * n + (size_t)(pair->value[i] - '0');
    }
    reader->shape->n_networks = n;
    if (plain && n >= 2 && n <= MLP_MAX_MEMBERS)
        return MLP_OK;
    return mlp_fail(err, MLP_FORMAT, "expected 2 to %d, got '%.16s'",
                    MLP_MAX_MEMBERS, pair->value);
}

static void write_record(const mlp_model *model, mlp_buffer *out)
{
    mlp_buffer_text(out, mlp_model_record(model));
}

static mlp_status read_record(struct metadata_reader *reader,
                              const struct safetensors_pair *pair,
                              mlp_error *err)
{
    return mlp_model_set_record(reader->model, pair->value, pair->length, err);
}

/* write: nothing written, no pair. */
static const struct {
    const char *key;
    bool optional;
    void (*write)(const mlp_model *model, mlp_buffer *out);
    mlp_status (*read)(struct metadata_reader *reader,
                       const struct safetensors_pair *pair,
                       mlp_error *err);
} keys[] = {
    {"format", false, write_format, read_format},
    {"format_version", false, write_version, read_version},
    {"task", false, write_task, read_task},
    {"scaling", false, write_scaling, read_scaling},
    {"features", false, write_features, read_features},
    {"kinds", true, write_kinds, read_kinds},
    {"encodings", true, write_flags, read_flags},
    {"levels", true, write_levels, read_levels},
    {"targets", false, write_targets, read_targets},
    {"ignored", true, write_ignored, read_ignored},
    {"classes", true, write_classes, read_classes},
    {"hidden_units", false, write_units, read_units},
    {"hidden_activations", false, write_activations, read_activations},
    {"output", false, write_output, read_output},
    {"members", true, write_members, read_members},
    {"record", true, write_record, read_record},
};
enum { N_KEYS = sizeof keys / sizeof *keys };
_Static_assert((int)N_KEYS <= (int)METADATA_MAX_PAIRS, "room for every key");

/* --- writing ------------------------------------------------------------- */

mlp_status metadata_write(const mlp_model *model,
                          struct metadata_texts *out,
                          mlp_error *err)
{
    out->n_pairs = 0;
    for (size_t i = 0; i < METADATA_MAX_PAIRS; i++)
        mlp_buffer_init(&out->values[i], SAFETENSORS_MAX_HEADER);
    for (size_t i = 0; i < N_KEYS; i++) {
        mlp_buffer *value = &out->values[i];
        keys[i].write(model, value);
        if (value->status != MLP_OK)
            return mlp_fail(err, value->status, "model file: %s: %s",
                            keys[i].key, mlp_status_text(value->status));
        if (value->length > 0)
            out->pairs[out->n_pairs++] = (struct safetensors_pair){
                keys[i].key, value->data, value->length};
    }
    return MLP_OK;
}

void metadata_free(struct metadata_texts *texts)
{
    for (size_t i = 0; i < METADATA_MAX_PAIRS; i++)
        mlp_buffer_free(&texts->values[i]);
}

/* --- reading ------------------------------------------------------------- */

static mlp_status refuse_unknown_keys(const struct safetensors *file,
                                      mlp_error *err)
{
    for (size_t i = 0; i < file->n_pairs; i++) {
        size_t k = 0;
        while (k < N_KEYS && strcmp(keys[k].key, file->pairs[i].key) != 0)
            k++;
        if (k == N_KEYS)
            return mlp_fail(err, MLP_FORMAT, "metadata: unknown key '%.64s'",
                            file->pairs[i].key);
    }
    return MLP_OK;
}

static mlp_status read_keys(const struct safetensors *file,
                            struct metadata_reader *reader,
                            mlp_error *err)
{
    for (size_t i = 0; i < N_KEYS; i++) {
        const struct safetensors_pair *pair =
            safetensors_pair_of(file, keys[i].key);
        if (pair == NULL && keys[i].optional)
            continue;
        if (pair == NULL)
            return mlp_fail(err, MLP_FORMAT, "metadata: '%s' is missing",
                            keys[i].key);
        mlp_error inner = {0};
        mlp_status status = keys[i].read(reader, pair, &inner);
        if (status == MLP_INVALID)
            status = MLP_FORMAT;
        if (status != MLP_OK)
            return mlp_fail(err, status, "metadata: %s: %s", keys[i].key,
                            inner.text);
    }
    return MLP_OK;
}

void metadata_shape_free(struct metadata_shape *shape)
{
    free(shape->embeddings);
    shape->embeddings = NULL;
}

/* What the encoder makes of the columns, and which embeddings that takes. */
static mlp_status
read_encoder(mlp_model *model, struct metadata_shape *shape, mlp_error *err)
{
    struct encoder *encoder = &model->encoder;
    mlp_error inner = {0};
    mlp_status status = encoder_check(encoder, err);
    if (status != MLP_OK)
        return status;
    status = encoder_place(encoder, &inner);
    if (status != MLP_OK)
        return mlp_fail(err, status == MLP_INVALID ? MLP_FORMAT : status,
                        "metadata: %s", inner.text);
    shape->embeddings = alloc_array(encoder->n, sizeof *shape->embeddings);
    if (shape->embeddings == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a model");
    shape->spec.n_embeddings = encoder_embeddings(encoder, shape->embeddings);
    return MLP_OK;
}

mlp_status metadata_read(const struct safetensors *file,
                         mlp_model *model,
                         struct metadata_shape *shape,
                         mlp_error *err)
{
    struct metadata_reader reader = {.model = model, .shape = shape};
    *shape = (struct metadata_shape){.n_networks = 1};
    mlp_status status = refuse_unknown_keys(file, err);
    if (status == MLP_OK)
        status = read_keys(file, &reader, err);
    if (status == MLP_OK && reader.n_activations != shape->spec.n_hidden)
        status = mlp_fail(err, MLP_FORMAT,
                          "metadata: %zu hidden_units, %zu hidden_activations",
                          shape->spec.n_hidden, reader.n_activations);
    if (status == MLP_OK)
        status = metadata_check(model, shape->spec.output, err);
    if (status == MLP_OK)
        status = read_encoder(model, shape, err);
    shape->spec.hidden = shape->hidden;
    shape->spec.embeddings = shape->embeddings;
    shape->spec.initializer = MLP_INIT_ZEROS;
    shape->spec.n_inputs = model->encoder.n_inputs;
    shape->spec.n_outputs =
        model_n_outputs(model->task, model->targets.n, model->classes.n);
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * Arrays as a model: their members (zip.h), which layer each is of (naming.h),
 * their numbers (weights.h), and what was said of the network. */
#include "mlp/npz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "import/build.h"
#include "npz/naming.h"
#include "npz/weights.h"

/* Weights hardly get smaller by packing; those of a small file may. */
enum { MAX_RATIO = 8, MAX_SMALL_BYTES = 4 << 20 };

struct npz {
    const mlp_npz_options *options;
    struct zip zip;
    struct naming naming;
    struct layers layers;
    struct label_list features, targets;
    struct outputs outputs;
};

static void npz_free(struct npz *npz)
{
    outputs_free(&npz->outputs);
    labels_free(&npz->features);
    labels_free(&npz->targets);
    layers_free(&npz->layers);
    naming_free(&npz->naming);
    zip_free(&npz->zip);
}

/* --- layers -------------------------------------------------------------- */

/* As many inputs as the layer before has outputs. */
static mlp_status add_layer(struct npz *npz,
                            const struct weights *w,
                            const struct zip_member *member,
                            mlp_error *err)
{
    struct layers *layers = &npz->layers;
    bool by_outputs = npz->naming.by_outputs;
    size_t n_in = by_outputs ? w->columns : w->rows;
    size_t n_out = by_outputs ? w->rows : w->columns;
    size_t before = layers->n > 0 ? layers->items[layers->n - 1].n_out : n_in;
    char why[128];
    if (w->layout.n_axes != 2)
        return weights_refuse(member, "expected a matrix of weights", err);
    if (n_in > MLP_MAX_WIDTH || n_out > MLP_MAX_WIDTH)
        return weights_refuse(member, "expected at most 65536 units a layer",
                              err);
    (void)snprintf(why, sizeof why,
                   "expected [%s] with %zu inputs, got the shape [%zu, %zu]",
                   by_outputs ? "outputs, inputs" : "inputs, outputs", before,
                   w->rows, w->columns);
    if (n_in != before)
        return weights_refuse(member, why, err);
    if (layers->n == 0) {
        mlp_status status = layers_init(layers, n_in, err);
        if (status != MLP_OK)
            return status;
    }
    return layers_add(layers, n_out, err);
}

/* Numbers that a float can hold. */
static mlp_status check_numbers(const double *numbers,
                                size_t n,
                                const struct zip_member *member,
                                mlp_error *err)
{
    char why[96];
    for (size_t i = 0; i < n; i++)
        if (!isfinite((float)numbers[i])) {
            (void)snprintf(why, sizeof why,
                           "expected numbers that a float can hold, got %g",
                           numbers[i]);
            return weights_refuse(member, why, err);
        }
    return MLP_OK;
}

static mlp_status
read_weights(struct npz *npz, const struct zip_member *member, mlp_error *err)
{
    struct weights w;
    mlp_status status = weights_open(&w, member, err);
    if (status == MLP_OK)
        status = add_layer(npz, &w, member, err);
    if (status == MLP_OK) {
        struct dense *dense = &npz->layers.items[npz->layers.n - 1];
        bool by_outputs = npz->naming.by_outputs;
        for (size_t i = 0; i < dense->n_out; i++)
            for (size_t k = 0; k < dense->n_in; k++)
                dense->w[i * dense->n_in + k] =
                    by_outputs ? weights_at(&w, i, k) : weights_at(&w, k, i);
        npz->layers.doubles = npz->layers.doubles || weights_are_double(&w);
        status =
            check_numbers(dense->w, dense->n_in * dense->n_out, member, err);
    }
    weights_free(&w);
    return status;
}

/* [n_out] or [1, n_out]: a column is of another way to multiply. */
static mlp_status
read_biases(struct npz *npz, const struct zip_member *member, mlp_error *err)
{
    struct dense *dense = &npz->layers.items[npz->layers.n - 1];
    struct weights b;
    char why[96];
    if (member == NULL)
        return MLP_OK;
    mlp_status status = weights_open(&b, member, err);
    if (status == MLP_OK && (b.rows != 1 || b.columns != dense->n_out)) {
        (void)snprintf(why, sizeof why,
                       "expected the shape [%zu], as its layer has outputs",
                       dense->n_out);
        status = weights_refuse(member, why, err);
    }
    for (size_t i = 0; status == MLP_OK && i < dense->n_out; i++)
        dense->b[i] = weights_at(&b, 0, i);
    npz->layers.doubles =
        npz->layers.doubles || (status == MLP_OK && weights_are_double(&b));
    if (status == MLP_OK)
        status = check_numbers(dense->b, dense->n_out, member, err);
    weights_free(&b);
    return status;
}

static mlp_status read_layers(struct npz *npz, mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < npz->naming.n; i++) {
        const struct naming_layer *layer = &npz->naming.layers[i];
        status = read_weights(npz, layer->weights, err);
        if (status == MLP_OK)
            status = read_biases(npz, layer->biases, err);
    }
    return status;
}

/* --- what was said ------------------------------------------------------- */

static mlp_status set_activations(struct npz *npz, mlp_error *err)
{
    const mlp_npz_options *options = npz->options;
    size_t hidden = npz->layers.n - 1, n = options->n_activations;
    if (n == 0 && hidden > 0)
        return mlp_fail(err, MLP_INVALID,
                        "activation: expected that of the %zu hidden layers, "
                        "which the file does not tell",
                        hidden);
    if (n > 1 && n != hidden)
        return mlp_fail(err, MLP_INVALID,
                        "activation: expected one, or one for each of the %zu "
                        "hidden layers, got %zu",
                        hidden, n);
    for (size_t i = 0; i < hidden; i++) {
        npz->layers.items[i].activation = options->activations[n > 1 ? i : 0];
        npz->layers.items[i].closed = true;
    }
    return MLP_OK;
}

static mlp_status set_output(struct npz *npz, mlp_error *err)
{
    const mlp_npz_options *options = npz->options;
    struct dense *last = &npz->layers.items[npz->layers.n - 1];
    if (options->output == MLP_OUTPUT_AUTO && options->task == MLP_TASK_AUTO)
        return mlp_fail(err, MLP_INVALID,
                        "output: expected softmax, sigmoid or identity, or a "
                        "task: the file does not tell it");
    npz->layers.softmax = options->output == MLP_OUTPUT_SOFTMAX;
    if (options->output == MLP_OUTPUT_SIGMOID) {
        last->activation = MLP_SIGMOID;
        last->closed = true;
    }
    return MLP_OK;
}

static mlp_status add_names(struct label_list *list,
                            const char *parameter,
                            const char *const *names,
                            size_t n,
                            mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        mlp_error inner = {0};
        status = outputs_add_text(list, names[i], strlen(names[i]), &inner);
        if (status == MLP_INVALID)
            return mlp_fail(err, status,
                            "%s: name %zu: expected UTF-8 text that is not "
                            "empty",
                            parameter, i);
        if (status != MLP_OK)
            return mlp_fail(err, status, "%s", inner.text);
    }
    return status;
}

static mlp_status name_features(struct npz *npz, mlp_error *err)
{
    const mlp_npz_options *options = npz->options;
    mlp_status status = MLP_OK;
    size_t n = npz->layers.n_inputs;
    if (options->n_features > 0 && options->n_features != n)
        return mlp_fail(err, MLP_INVALID,
                        "inputs: expected %zu names, one a column, got %zu", n,
                        options->n_features);
    if (options->n_features > 0)
        return add_names(&npz->features, "inputs", options->features, n, err);
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "x%zu", i);
        status = labels_add_text(&npz->features, name, err);
    }
    return status;
}

static mlp_status decide(struct npz *npz, mlp_error *err)
{
    static const struct label_list none = {0};
    const mlp_npz_options *options = npz->options;
    const struct outputs_told told = {.classes = &none,
                                      .targets = &npz->targets};
    const struct outputs_asked asked = {options->task, options->labels,
                                        options->n_labels};
    mlp_status status = add_names(&npz->targets, "target", options->targets,
                                  options->n_targets, err);
    if (status == MLP_OK)
        status =
            outputs_decide(&npz->outputs, &npz->layers, &told, &asked, err);
    if (status != MLP_OK || options->n_targets == 0)
        return status;
    if (npz->outputs.targets.n != options->n_targets)
        return mlp_fail(err, MLP_INVALID, "target: expected %zu, got %zu",
                        npz->outputs.targets.n, options->n_targets);
    if (npz->outputs.task != MLP_TASK_CLASSIFICATION && options->n_labels > 0)
        return mlp_fail(err, MLP_INVALID,
                        "labels: target names the outputs, and %s has no "
                        "classes",
                        mlp_task_name(npz->outputs.task));
    return MLP_OK;
}

/* --- all of it ----------------------------------------------------------- */

static mlp_status
make_model(const struct npz *npz, mlp_model **out, mlp_error *err)
{
    bool logits =
        npz->outputs.added && npz->options->output == MLP_OUTPUT_IDENTITY;
    const char *warnings[2];
    struct build_origin origin = {.format = "npz", .warnings = warnings};
    if (npz->layers.doubles)
        warnings[origin.n_warnings++] =
            "weights were float64 and are rounded to float32";
    if (logits)
        warnings[origin.n_warnings++] =
            "the network ends in logits: softmax or sigmoid is added";
    return build_model(&npz->layers, &npz->outputs, &npz->features, &origin,
                       out, err);
}

static mlp_status
read_archive(struct npz *npz, const void *bytes, size_t length, mlp_error *err)
{
    uint64_t most = (uint64_t)length * MAX_RATIO + MAX_SMALL_BYTES;
    mlp_status status = zip_open(&npz->zip, bytes, length, most, err);
    if (status == MLP_OK)
        status = naming_find(&npz->naming, &npz->zip, err);
    return status == MLP_OK ? read_layers(npz, err) : status;
}

mlp_status mlp_model_read_npz(const void *bytes,
                              size_t length,
                              const mlp_npz_options *options,
                              mlp_model **out,
                              mlp_error *err)
{
    static const mlp_npz_options none = {.output = MLP_OUTPUT_AUTO};
    struct npz npz = {.options = options != NULL ? options : &none};
    *out = NULL;
    mlp_status status = read_archive(&npz, bytes, length, err);
    if (status == MLP_OK)
        status = set_activations(&npz, err);
    if (status == MLP_OK)
        status = set_output(&npz, err);
    if (status == MLP_OK)
        status = name_features(&npz, err);
    if (status == MLP_OK)
        status = decide(&npz, err);
    if (status == MLP_OK)
        status = make_model(&npz, out, err);
    npz_free(&npz);
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * Reading tests/reference; its README.md describes the fields. */
#include "reference_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count(const json_t *nested)
{
    if (!json_is_array(nested))
        return 1;
    size_t n = 0, i;
    json_t *item;
    json_array_foreach(nested, i, item) n += count(item);
    return n;
}

static double *flatten(const json_t *nested, double *out)
{
    if (!json_is_array(nested)) {
        *out = json_number_value(nested);
        return out + 1;
    }
    size_t i;
    json_t *item;
    json_array_foreach(nested, i, item) out = flatten(item, out);
    return out;
}

struct numbers numbers_of(const json_t *nested)
{
    cr_assert_not_null(nested, "a reference file lacks a field");
    struct numbers numbers = {.n = count(nested)};
    numbers.at = calloc(numbers.n + 1, sizeof *numbers.at);
    cr_assert_not_null(numbers.at);
    flatten(nested, numbers.at);
    return numbers;
}

mlp_real *reals_of(const json_t *nested)
{
    struct numbers numbers = numbers_of(nested);
    mlp_real *reals = calloc(numbers.n + 1, sizeof *reals);
    cr_assert_not_null(reals);
    for (size_t i = 0; i < numbers.n; i++)
        reals[i] = (mlp_real)numbers.at[i];
    free(numbers.at);
    return reals;
}

json_t *reference_load(const char *name)
{
    char path[128];
    json_error_t err;
    snprintf(path, sizeof path, "tests/reference/%s.json", name);
    json_t *json = json_load_file(path, JSON_DECODE_INT_AS_REAL, &err);
    cr_assert_not_null(json, "%s: %s", path, err.text);
    return json;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    cr_assert_not_null(value, "a reference file lacks %s", key);
    return value;
}

static double number(const json_t *object, const char *key, double otherwise)
{
    json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static const struct {
    const char *name;
    mlp_loss loss;
    mlp_output output;
} losses[] = {
    {"softmax_ce", MLP_LOSS_CROSS_ENTROPY, MLP_OUTPUT_SOFTMAX},
    {"bce_logits", MLP_LOSS_BINARY_CROSS_ENTROPY, MLP_OUTPUT_SIGMOID},
    {"mse", MLP_LOSS_MSE, MLP_OUTPUT_IDENTITY},
    {"mae", MLP_LOSS_MAE, MLP_OUTPUT_IDENTITY},
    {"huber", MLP_LOSS_HUBER, MLP_OUTPUT_IDENTITY},
};

static size_t find_loss(const char *name)
{
    size_t i = 0, n = sizeof losses / sizeof *losses;
    while (i < n && strcmp(losses[i].name, name) != 0)
        i++;
    cr_assert_lt(i, n, "loss %s is unknown", name);
    return i;
}

static void read_spec(struct reference_case *c)
{
    const json_t *options = json_object_get(c->json, "optimizer_options");
    const json_t *betas = json_object_get(options, "betas");
    mlp_optimizer kind;
    cr_assert(mlp_optimizer_parse(text(c->json, "optimizer"), &kind));
    mlp_optimizer_spec o = mlp_optimizer_defaults(kind);
    o.momentum = number(options, "momentum", o.momentum);
    o.rho = number(options, "alpha", o.rho);
    o.epsilon = number(options, "eps", o.epsilon);
    o.weight_decay = number(options, "weight_decay", 0);
    if (betas) {
        o.beta1 = json_number_value(json_array_get(betas, 0));
        o.beta2 = json_number_value(json_array_get(betas, 1));
    }
    c->spec = (mlp_training_spec){
        .loss = losses[find_loss(text(c->json, "loss"))].loss,
        .optimizer = o,
        .epochs = 1,
        .batch_size = c->batch,
        .learning_rate = number(options, "lr", 0),
        .l2 = number(options, "l2", 0),
        .gradient_clip = number(c->json, "grad_clip_norm", 0),
        .label_smoothing = number(json_object_get(c->json, "loss_options"),
                                  "label_smoothing", 0),
    };
    c->decay_biases =
        strcmp(text(options, "decay_applies_to"), "weights+biases") == 0;
}

static void read_network(struct reference_case *c)
{
    mlp_layer_spec hidden[MLP_MAX_LAYERS] = {0};
    const json_t *sizes = json_object_get(c->json, "sizes");
    const json_t *names = json_object_get(c->json, "hidden_activations");
    struct numbers widths = numbers_of(sizes);
    for (size_t i = 0; i + 2 < widths.n; i++) {
        hidden[i].n_units = (size_t)widths.at[i + 1];
        cr_assert(
            mlp_activation_parse(json_string_value(json_array_get(names, i)),
                                 &hidden[i].activation));
    }
    mlp_network_spec spec = {
        .n_inputs = (size_t)widths.at[0],
        .n_hidden = widths.n - 2,
        .hidden = hidden,
        .n_outputs = (size_t)widths.at[widths.n - 1],
        .output = losses[find_loss(text(c->json, "loss"))].output,
        .initializer = MLP_INIT_ZEROS,
    };
    mlp_error err;
    cr_assert_eq(mlp_network_create(&spec, 0, &c->network, &err), MLP_OK, "%s",
                 err.text);
    const json_t *init = json_object_get(c->json, "init");
    for (size_t i = 0; i < mlp_network_n_layers(c->network); i++) {
        mlp_real *w = reals_of(json_array_get(json_object_get(init, "W"), i));
        mlp_real *b = reals_of(json_array_get(json_object_get(init, "b"), i));
        mlp_network_set_layer(c->network, i, w, b);
        free(w);
        free(b);
    }
    free(widths.at);
}

static void read_examples(struct reference_case *c)
{
    size_t n = c->n_steps * c->batch;
    c->x_data = reals_of(json_object_get(c->json, "x"));
    c->x = (mlp_matrix){c->x_data, n, mlp_network_shape(c->network)->n_inputs};
    c->rows = calloc(n, sizeof *c->rows);
    cr_assert_not_null(c->rows);
    for (size_t i = 0; i < n; i++)
        c->rows[i] = (uint32_t)i;
    struct numbers y = numbers_of(json_object_get(c->json, "y"));
    if (c->spec.loss == MLP_LOSS_CROSS_ENTROPY) {
        c->classes = calloc(n, sizeof *c->classes);
        cr_assert_not_null(c->classes);
        for (size_t i = 0; i < n; i++)
            c->classes[i] = (uint32_t)y.at[i];
    } else {
        c->values = reals_of(json_object_get(c->json, "y"));
    }
    free(y.at);
    c->examples = mlp_examples_of(&c->x, c->classes, c->values);
}

struct reference_case *reference_case_load(const char *name)
{
    struct reference_case *c = calloc(1, sizeof *c);
    cr_assert_not_null(c);
    c->json = reference_load(name);
    c->n_steps = (size_t)number(c->json, "steps", 0);
    c->batch = (size_t)number(c->json, "batch", 0);
    read_spec(c);
    read_network(c);
    read_examples(c);
    return c;
}

void reference_case_free(struct reference_case *reference)
{
    json_decref(reference->json);
    mlp_network_destroy(reference->network);
    free(reference->x_data);
    free(reference->values);
    free(reference->classes);
    free(reference->rows);
    free(reference);
}

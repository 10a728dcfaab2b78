/* SPDX-License-Identifier: MIT
 *
 * The engine against tests/reference, in whichever arithmetic it was built:
 * the build runs this file in float and in double. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "math/activation.h"
#include "math/reference.h"
#include "near.h"
#include "nn/network.h"
#include "nn/step.h"
#include "reference_case.h"

static const double AT_STEP_0 = IN_DOUBLE ? 1e-9 : 1e-4;
static const double AFTER_STEPS = IN_DOUBLE ? 1e-7 : 1e-3;

/* got[0..n) agrees with the numbers at `expected`. */
static void agree(const char *name,
                  const char *what,
                  const mlp_real *got,
                  const json_t *expected,
                  double tolerance)
{
    struct numbers numbers = numbers_of(expected);
    size_t i = first_far(got, numbers.at, numbers.n, tolerance);
    cr_expect_eq(i, numbers.n, "%s: %s[%zu]: %.12g, expected %.12g", name, what,
                 i, i < numbers.n ? (double)got[i] : 0,
                 i < numbers.n ? numbers.at[i] : 0);
    free(numbers.at);
}

static void agree_one(const char *name,
                      const char *what,
                      double got,
                      const json_t *expected,
                      double tolerance)
{
    cr_expect(near(got, json_number_value(expected), tolerance),
              "%s: %s: %.12g, expected %.12g", name, what, got,
              json_number_value(expected));
}

/* Parameters, or gradients in their layout, as [out, in] and [out]. */
static void agree_layers(const char *name,
                         const struct mlp_network *network,
                         const mlp_real *block,
                         const json_t *w,
                         const json_t *b,
                         double tolerance)
{
    struct mlp_network view = *network;
    union {
        const mlp_real *in;
        mlp_real *out;
    } read_only = {.in = block};
    view.parameters = read_only.out;
    for (size_t i = 0; i < view.n_layers; i++) {
        size_t n = view.layers[i].n_in * view.layers[i].n_out;
        mlp_real *weights = calloc(n, sizeof *weights);
        mlp_real *biases = calloc(view.layers[i].n_out, sizeof *biases);
        mlp_network_get_layer(&view, i, weights, biases);
        agree(name, "weights", weights, json_array_get(w, i), tolerance);
        agree(name, "biases", biases, json_array_get(b, i), tolerance);
        free(weights);
        free(biases);
    }
}

static double length(const mlp_real *g, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)g[i] * (double)g[i];
    return sqrt(sum);
}

/* W x + b of layer i, which the pass itself may have overwritten. */
static void agree_z(const char *name,
                    const struct pass *pass,
                    size_t i,
                    const json_t *expected)
{
    const struct layer *layer = &pass->network->layers[i];
    const mlp_real *x = i > 0 ? pass->traces[i - 1].out : pass->x;
    const mlp_real *parameters = pass->network->parameters;
    struct gemm size = {pass->max_rows, layer->n_in, layer->n_out};
    mlp_real *z = calloc(size.n * size.n_out, sizeof *z);
    reference_forward(size, x, parameters + layer->weights,
                      parameters + layer->biases, false,
                      (struct span){0, size.n_out}, z);
    agree(name, "pre_activations", z, expected, AT_STEP_0);
    free(z);
}

/* Everything about the first batch, before any update. */
static void check_first(const char *name,
                        const struct reference_case *c,
                        struct step *step,
                        bool everything)
{
    const json_t *expected = json_object_get(c->json, "step0");
    struct score score = step_gradient(step, c->rows, c->batch, NULL, NULL);
    agree_one(name, "loss", score_loss(&score),
              json_object_get(expected, "loss"), AT_STEP_0);
    const json_t *probabilities = json_object_get(expected, "probabilities");
    if (probabilities)
        agree(name, "probabilities", step->y, probabilities, AT_STEP_0);
    if (!everything)
        return;
    const json_t *z = json_object_get(expected, "pre_activations");
    size_t n_layers = c->network->n_layers;
    cr_expect_eq(json_array_size(z), n_layers);
    for (size_t i = 0; i < n_layers; i++)
        agree_z(name, &step->pass, i, json_array_get(z, i));
    agree(name, "output", step->pass.traces[n_layers - 1].z,
          json_object_get(expected, "output"), AT_STEP_0);
    agree_layers(name, c->network, step->gradient,
                 json_object_get(expected, "grad_W"),
                 json_object_get(expected, "grad_b"), AT_STEP_0);
    const json_t *norm = json_object_get(expected, "grad_norm_before_clip");
    if (norm)
        agree_one(name, "gradient norm",
                  length(step->gradient, c->network->n_parameters), norm,
                  AT_STEP_0);
}

static void check_training(const char *name,
                           const struct reference_case *c,
                           struct step *step)
{
    const json_t *losses = json_object_get(c->json, "losses");
    cr_expect_eq(json_array_size(losses), c->n_steps);
    for (size_t s = 0; s < c->n_steps; s++) {
        struct score score =
            step_gradient(step, c->rows + s * c->batch, c->batch, NULL, NULL);
        agree_one(name, "loss of a step", score_loss(&score),
                  json_array_get(losses, s), AFTER_STEPS);
        step_update(step, c->spec.learning_rate);
    }
    const json_t *final = json_object_get(c->json, "final");
    agree_layers(name, c->network, c->network->parameters,
                 json_object_get(final, "W"), json_object_get(final, "b"),
                 AFTER_STEPS);
    c->examples.gather(c->examples.context, c->rows, c->batch, step->pass.x);
    agree(name, "final output",
          pass_forward(&step->pass, (struct span){0, c->batch}, false),
          json_object_get(final, "output_on_batch0"), AFTER_STEPS);
}

static void check_case(const char *name)
{
    struct reference_case *c = reference_case_load(name);
    struct step step;
    mlp_error err;
    cr_assert_eq(
        step_init(&step, c->network, &c->examples, &c->spec, c->batch, &err),
        MLP_OK, "%s", err.text);
    if (c->decay_biases)
        step.n_decayed = c->network->n_parameters;
    bool everything = IN_DOUBLE || strncmp(name, "extreme_", 8) != 0;
    check_first(name, c, &step, everything);
    if (everything)
        check_training(name, c, &step);
    step_free(&step);
    reference_case_free(c);
}

#define CASES(X)                                                               \
    X(act_elu)                                                                 \
    X(act_gelu)                                                                \
    X(act_identity)                                                            \
    X(act_leaky_relu)                                                          \
    X(act_mish)                                                                \
    X(act_relu)                                                                \
    X(act_selu)                                                                \
    X(act_sigmoid)                                                             \
    X(act_silu)                                                                \
    X(act_tanh)                                                                \
    X(batch1_odd)                                                              \
    X(clip_norm_sgd)                                                           \
    X(deep_mixed)                                                              \
    X(extreme_logits_bce)                                                      \
    X(extreme_logits_softmax)                                                  \
    X(linear_mse)                                                              \
    X(linear_softmax)                                                          \
    X(loss_bce_logits)                                                         \
    X(loss_huber)                                                              \
    X(loss_mae)                                                                \
    X(loss_mse)                                                                \
    X(loss_softmax_ce)                                                         \
    X(loss_softmax_ce_ls)                                                      \
    X(opt_adagrad)                                                             \
    X(opt_adam)                                                                \
    X(opt_adamw)                                                               \
    X(opt_adamw_wd_weights)                                                    \
    X(opt_momentum)                                                            \
    X(opt_momentum_l2_all)                                                     \
    X(opt_nesterov)                                                            \
    X(opt_rmsprop)                                                             \
    X(opt_sgd)                                                                 \
    X(opt_sgd_l2_weights)                                                      \
    X(steps20_adam)

#define X(name)                                                                \
    Test(reference, name##_agrees)                                             \
    {                                                                          \
        check_case(#name);                                                     \
    }
CASES(X)
#undef X

#define X(name) +1
enum { N_CASES = 0 CASES(X) };
#undef X

Test(reference, no_training_case_of_the_folder_is_left_out)
{
    glob_t files;
    size_t n_training = 0;
    cr_assert_eq(glob("tests/reference/*.json", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        json_t *json = json_load_file(files.gl_pathv[i], 0, NULL);
        cr_assert_not_null(json, "%s", files.gl_pathv[i]);
        n_training += json_object_get(json, "step0") != NULL;
        json_decref(json);
    }
    globfree(&files);
    cr_expect_eq(n_training, N_CASES);
}

static void check_activation(mlp_activation f,
                             const mlp_real *x,
                             size_t n,
                             const json_t *expected)
{
    const char *name = mlp_activation_name(f);
    mlp_real *a = calloc(n, sizeof *a), *d = calloc(n, sizeof *d);
    activation_apply(f, x, n, a);
    for (size_t i = 0; i < n; i++)
        d[i] = 1;
    activation_chain(f, x, a, n, d);
    agree(name, "value", a, json_object_get(expected, "value"), AT_STEP_0);
    agree(name, "derivative", d, json_object_get(expected, "derivative"),
          AT_STEP_0);
    free(a);
    free(d);
}

Test(reference, activations_and_slopes_agree_from_minus_to_plus_ten_thousand)
{
    json_t *table = reference_load("activation_table");
    const json_t *functions = json_object_get(table, "activations");
    size_t n = json_array_size(json_object_get(table, "x")), n_found = 0;
    mlp_real *x = reals_of(json_object_get(table, "x"));
    const char *name;
    json_t *expected;
    json_object_foreach(json_object_get(table, "activations"), name, expected)
    {
        mlp_activation f;
        if (!mlp_activation_parse(name, &f))
            continue;
        n_found++;
        check_activation(f, x, n, expected);
    }
    /* gelu_tanh and hard_sigmoid are in the table, but not among ours. */
    cr_expect_eq(n_found + 2, json_object_size(functions));
    free(x);
    json_decref(table);
}

Test(reference, cosine_schedule_agrees)
{
    json_t *file = reference_load("preprocess_and_schedules");
    const json_t *schedules = json_object_get(file, "schedules");
    struct numbers cosine = numbers_of(json_object_get(schedules, "cosine"));
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_COSINE};
    cr_assert_gt(cosine.n, 1);
    for (size_t i = 0; i < cosine.n; i++) {
        double got = mlp_schedule_factor(&spec, i, cosine.n - 1, 1);
        cr_expect(near(got, cosine.at[i], 1e-12), "step %zu: %g", i, got);
    }
    free(cosine.at);
    json_decref(file);
}

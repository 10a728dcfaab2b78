/* SPDX-License-Identifier: MIT
 *
 * Gradient, clipping, penalties, update. The order is PyTorch's: the norm is
 * clipped on the gradient of the loss alone, penalties come after it. */
#include "nn/step.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "math/real.h"

static mlp_status allocate(struct step *step, mlp_error *err)
{
    size_t rows = step->pass.max_rows, width = step->loss.n_outputs;
    step->t = alloc_aligned(rows * width, sizeof(mlp_real));
    step->y = alloc_aligned(rows * width, sizeof(mlp_real));
    step->u = alloc_aligned(rows, sizeof(mlp_real));
    step->gradient =
        alloc_aligned(step->network->n_parameters, sizeof(mlp_real));
    if (step->t && step->y && step->u && step->gradient)
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM,
                    "training: no memory for the gradient of %zu parameters",
                    step->network->n_parameters);
}

mlp_status step_init(struct step *step,
                     mlp_network *network,
                     const mlp_examples *examples,
                     const mlp_training_spec *spec,
                     size_t max_rows,
                     mlp_error *err)
{
    *step = (struct step){
        .network = network,
        .examples = examples,
        .spec = spec,
        .loss = {spec->loss, network->spec.output, network->spec.n_outputs},
        .n_decayed = network->n_weights,
    };
    mlp_status status =
        pass_init(&step->pass, network, pass_rows(network, max_rows), err);
    if (status == MLP_OK)
        status = optimizer_init(&step->optimizer, &spec->optimizer,
                                network->n_parameters, err);
    if (status == MLP_OK)
        status = allocate(step, err);
    if (status != MLP_OK)
        step_free(step);
    return status;
}

void step_free(struct step *step)
{
    pass_free(&step->pass);
    optimizer_free(&step->optimizer);
    free(step->t);
    free(step->y);
    free(step->u);
    free(step->gradient);
    *step = (struct step){0};
}

double score_loss(const struct score *score)
{
    if (!(score->weight_sum > 0))
        return (double)NAN;
    return score->loss_sum / score->weight_sum;
}

double score_accuracy(const struct score *score)
{
    if (score->hits.asked == 0)
        return (double)NAN;
    return (double)score->hits.right / (double)score->hits.asked;
}

/* What a slice is measured by. */
struct measure {
    bool training;
    double smoothing;
    const mlp_real *class_weights;
    double scale; /* 1 over the weight of the whole batch */
};

/* Forward through one slice; the pass's d then holds the loss's gradient. */
static void forward_slice(struct step *step,
                          struct measure by,
                          const uint32_t *rows,
                          size_t n,
                          struct score *score)
{
    const mlp_examples *examples = step->examples;
    size_t width = step->loss.n_outputs;
    examples->gather(examples->context, rows, n, step->pass.x);
    examples_targets(examples, width, by.smoothing, rows, n, step->t);
    score->weight_sum +=
        examples_weights(examples, by.class_weights, rows, n, step->u);
    const mlp_real *z = pass_forward(&step->pass, n, by.training);
    score->loss_sum += loss_rows(&step->loss, n, z, step->t, step->u, by.scale,
                                 step->y, step->pass.d);
    examples_hits(examples, step->loss.output, width, rows, n, step->y,
                  &score->hits);
}

static size_t slice(const struct step *step, size_t left)
{
    return left < step->pass.max_rows ? left : step->pass.max_rows;
}

/* Is there a further slice to do? */
static bool goes_on(struct step *step,
                    size_t done,
                    size_t n,
                    step_poll *poll,
                    void *context)
{
    step->given_up = done > 0 && done < n && poll && poll(context);
    return done < n && !step->given_up;
}

struct score step_gradient(struct step *step,
                           const uint32_t *rows,
                           size_t n,
                           step_poll *poll,
                           void *context)
{
    const mlp_training_spec *spec = step->spec;
    struct measure by = {true, spec->label_smoothing, spec->class_weights, 0};
    double weight =
        examples_weights(step->examples, by.class_weights, rows, n, NULL);
    by.scale = weight > 0 ? 1 / weight : 0;
    struct score score = {0};
    pass_seed(&step->pass, spec->seed, step->optimizer.n_steps);
    for (size_t done = 0; goes_on(step, done, n, poll, context);
         done += step->pass.max_rows) {
        size_t some = slice(step, n - done);
        forward_slice(step, by, rows + done, some, &score);
        pass_backward(&step->pass, some, done > 0, step->gradient);
    }
    return score;
}

struct score step_evaluate(struct step *step,
                           const uint32_t *rows,
                           size_t n,
                           step_poll *poll,
                           void *context)
{
    struct measure by = {.scale = 0};
    struct score score = {0};
    for (size_t done = 0; goes_on(step, done, n, poll, context);
         done += step->pass.max_rows)
        forward_slice(step, by, rows + done, slice(step, n - done), &score);
    return score;
}

/* In partial sums, whose order is fixed, so that it runs side by side. */
static double norm(const mlp_real *g, size_t n)
{
    enum { SIDE_BY_SIDE = 8 };
    double sums[SIDE_BY_SIDE] = {0}, sum = 0;
    size_t i = 0;
    for (; i + SIDE_BY_SIDE <= n; i += SIDE_BY_SIDE) {
        for (size_t k = 0; k < SIDE_BY_SIDE; k++)
            sums[k] += (double)g[i + k] * (double)g[i + k];
    }
    for (; i < n; i++)
        sum += (double)g[i] * (double)g[i];
    for (size_t k = 0; k < SIDE_BY_SIDE; k++)
        sum += sums[k];
    return sqrt(sum);
}

/* min(1, limit / (norm + 1e-6))    (Pascanu et al. 2013) */
static double clipping(const mlp_real *g, size_t n, double limit)
{
    double factor = limit > 0 ? limit / (norm(g, n) + 1e-6) : 1;
    return factor < 1 ? factor : 1;
}

void step_update(struct step *step, double learning_rate)
{
    const mlp_training_spec *spec = step->spec;
    const mlp_real *g = step->gradient;
    struct treatment treatment = {
        clipping(g, step->network->n_parameters, spec->gradient_clip),
        spec->l1,
        spec->l2,
    };
    optimizer_step(&step->optimizer, learning_rate, &treatment, step->n_decayed,
                   g, step->network->parameters);
}

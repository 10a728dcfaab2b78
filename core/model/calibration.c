/* SPDX-License-Identifier: MIT */
#include "model/calibration.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/scalar.h"
#include "math/softmax.h"
#include "mlp/interval.h"
#include "model/scorer.h"
#include "model/statistics.h"
#include "nn/network.h"

/* --- temperature --------------------------------------------------------- */

enum { MIN_ROWS = 300, MAX_STEPS = 30 };
static const double coldest = 0.3, hottest = 3;

/* Logits of rows, up to a number each, and their classes. */
struct logits {
    size_t n, room, width;
    float *z, *p;      /* [room, width]; [width], of the row at hand */
    uint32_t *classes; /* [room] */
};

static void add_logits(void *context, const struct scorer *s, size_t n)
{
    static const float least = 1e-37F; /* of a probability that is 0 */
    struct logits *logits = context;
    size_t width = logits->width;
    for (size_t i = 0; i < n && logits->n < logits->room; i++, logits->n++) {
        float *z = logits->z + logits->n * width;
        for (size_t c = 0; c < width; c++) {
            float p = s->y[i * width + c];
            z[c] = (float)scalar_log((double)(p > least ? p : least));
        }
        logits->classes[logits->n] = s->classes[i];
    }
}

/* First and second derivative of the loss by the inverse temperature b: with
 * p = softmax(b z), E(z) - z_true and Var(z), summed over rows. */
static void
slopes(struct logits *logits, double b, double *first, double *second)
{
    size_t width = logits->width;
    *first = *second = 0;
    for (size_t i = 0; i < logits->n; i++) {
        const float *z = logits->z + i * width;
        double mean = 0, square = 0;
        for (size_t c = 0; c < width; c++)
            logits->p[c] = (float)(b * (double)z[c]);
        softmax(1, width, logits->p, logits->p);
        for (size_t c = 0; c < width; c++) {
            double term = (double)logits->p[c] * (double)z[c];
            mean += term;
            square += term * (double)z[c];
        }
        *first += mean - (double)z[logits->classes[i]];
        *second += square - mean * mean;
    }
}

/* Newton's method on a convex function of one number. */
static double best_inverse(struct logits *logits)
{
    double low = 1 / hottest, high = 1 / coldest, b = 1;
    for (size_t i = 0; i < MAX_STEPS; i++) {
        double first, second, next;
        slopes(logits, b, &first, &second);
        if (first > 0)
            high = b;
        else
            low = b;
        next = second > 0 ? b - first / second : (low + high) / 2;
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - b) < 1e-4)
            return next;
        b = next;
    }
    return b;
}

static void scale_last_layer(mlp_network *network, float factor)
{
    const struct layer *layer = &network->layers[network->n_layers - 1];
    float *weights = network->parameters + layer->weights;
    float *biases = network->parameters + layer->biases;
    for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
        weights[i] *= factor;
    for (size_t i = 0; i < layer->n_out; i++)
        biases[i] *= factor;
}

static mlp_status take_logits(const mlp_plan *plan,
                              const mlp_model *model,
                              struct logits *logits,
                              mlp_error *err)
{
    struct scorer scorer;
    size_t width = logits->width;
    logits->z = alloc_array(logits->room * width, sizeof *logits->z);
    logits->p = alloc_array(width, sizeof *logits->p);
    logits->classes = alloc_array(logits->room, sizeof *logits->classes);
    if (!logits->z || !logits->p || !logits->classes)
        return mlp_fail(err, MLP_NOMEM, "out of memory for calibration");
    mlp_status status = scorer_init(&scorer, plan, model, err);
    if (status == MLP_OK)
        scorer_each(&scorer, MLP_PLAN_VALIDATION, add_logits, logits);
    scorer_free(&scorer);
    return status;
}

mlp_status calibration_temperature(const mlp_plan *plan,
                                   mlp_model *model,
                                   double *temperature,
                                   mlp_error *err)
{
    size_t width = mlp_model_n_outputs(model),
           most = CALIBRATION_NUMBERS / width;
    struct logits logits = {.width = width, .room = plan->n_validation};
    *temperature = 1;
    if (plan->n_validation < MIN_ROWS ||
        plan->spec.network.output != MLP_OUTPUT_SOFTMAX)
        return MLP_OK;
    if (logits.room > most)
        logits.room = most;
    mlp_status status = take_logits(plan, model, &logits, err);
    if (status == MLP_OK) {
        float inverse = (float)best_inverse(&logits);
        *temperature = 1 / (double)inverse;
        for (size_t i = 0; i < model->n_networks; i++)
            scale_last_layer(model->networks[i], inverse);
    }
    free(logits.z);
    free(logits.p);
    free(logits.classes);
    return status;
}

/* --- residuals ----------------------------------------------------------- */

enum { MIN_RESIDUALS = 20, MAX_RESIDUALS = 1000 };

/* [n_targets, room], one target after the other. */
struct residuals {
    size_t n, room, n_targets;
    float *off;
};

static void add_residuals(void *context, const struct scorer *s, size_t n)
{
    struct residuals *r = context;
    for (size_t i = 0; i < n; i++, r->n++)
        for (size_t j = 0; j < r->n_targets; j++) {
            size_t at = i * r->n_targets + j;
            r->off[j * r->room + r->n] = fabsf(s->y[at] - s->t[at]);
        }
}

/* Of n sorted ones, k that stand for them: the i-th of k, counted from 1, is as
 * far from both ends as ceil(i (n + 1) / (k + 1)) is among n. */
static void thin_out(const struct residuals *r, mlp_model *model)
{
    size_t k = model->n_residuals, n = r->n;
    for (size_t j = 0; j < r->n_targets; j++) {
        float *off = r->off + j * r->room;
        statistics_sort(off, n);
        for (size_t i = 1; i <= k; i++) {
            size_t rank = (i * (n + 1) + k) / (k + 1);
            model->residuals[(i - 1) * r->n_targets + j] =
                off[(rank < n ? rank : n) - 1];
        }
    }
}

mlp_status
calibration_residuals(const mlp_plan *plan, mlp_model *model, mlp_error *err)
{
    size_t n = plan->n_validation, n_cells;
    struct residuals r = {.room = n, .n_targets = plan->spec.n_targets};
    struct scorer scorer = {0};
    if (n < MIN_RESIDUALS)
        return MLP_OK;
    if (size_mul(n, r.n_targets, &n_cells))
        r.off = alloc_array(n_cells, sizeof *r.off);
    mlp_status status =
        r.off == NULL
            ? mlp_fail(err, MLP_NOMEM, "out of memory for calibration")
            : scorer_init(&scorer, plan, model, err);
    if (status == MLP_OK)
        status = model_allocate_residuals(
            model, n < MAX_RESIDUALS ? n : MAX_RESIDUALS, err);
    if (status == MLP_OK) {
        scorer_each(&scorer, MLP_PLAN_VALIDATION, add_residuals, &r);
        thin_out(&r, model);
    }
    scorer_free(&scorer);
    free(r.off);
    return status;
}

size_t mlp_model_n_residuals(const mlp_model *model)
{
    return model->n_residuals;
}

bool mlp_model_interval(const mlp_model *model,
                        size_t target,
                        double coverage,
                        float *half_width)
{
    size_t n = model->n_residuals;
    double rank = ceil(coverage * (double)(n + 1));
    if (!(coverage > 0 && coverage < 1) || model->residuals == NULL ||
        rank > (double)n)
        return false;
    size_t at = rank < 1 ? 0 : (size_t)rank - 1;
    *half_width = model->residuals[at * model->targets.n + target];
    return true;
}

void mlp_model_interval_around(const mlp_model *model,
                               size_t target,
                               float half_width,
                               float value,
                               float *low,
                               float *high)
{
    *low = value - half_width;
    *high = value + half_width;
    if (model->target_low == NULL)
        return;
    if (*low < model->target_low[target])
        *low = model->target_low[target];
    if (*high > model->target_high[target])
        *high = model->target_high[target];
}

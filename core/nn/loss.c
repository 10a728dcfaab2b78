/* SPDX-License-Identifier: MIT
 *
 * One function a loss, for one row; but cross-entropy, of most classifiers the
 * loss, is math's, for all rows at once. It and binary cross-entropy work on
 * logits, where they neither overflow nor take the logarithm of 0; the others
 * work on values, and their gradient goes through the output function.
 *
 * In this file z are logits, y outputs, t targets, d the gradient; C outputs.
 */
#include "nn/loss.h"

#include "math/activation.h"
#include "math/real.h"
#include "math/softmax.h"
#include "nn/names.h"
#include "nn/network.h"

typedef double row_loss(const struct loss *loss,
                        const mlp_real *z,
                        const mlp_real *t,
                        mlp_real *y,
                        mlp_real *d);

/* l = - mean of t log s + (1 - t) log(1 - s), s = sigmoid(z)
 *   = mean of softplus(z) - t z;  dl/dz = (s - t) / C
 * The sum is taken as softplus(-|z|) + (max(z, 0) - t z), which does not
 * cancel when t is 0 or 1. */
static double binary_cross_entropy(const struct loss *loss,
                                   const mlp_real *z,
                                   const mlp_real *t,
                                   mlp_real *y,
                                   mlp_real *d)
{
    mlp_real sum = 0, share = 1 / REAL(loss->n_outputs);
    for (size_t c = 0; c < loss->n_outputs; c++)
        y[c] = -real_fabs(z[c]);
    activation_apply(MLP_SOFTPLUS, y, loss->n_outputs, y);
    for (size_t c = 0; c < loss->n_outputs; c++) {
        mlp_real above = z[c] > 0 ? z[c] : 0;
        sum += y[c] + (above - t[c] * z[c]);
    }
    activation_apply(MLP_SIGMOID, z, loss->n_outputs, y);
    for (size_t c = 0; c < loss->n_outputs; c++)
        d[c] = (y[c] - t[c]) * share;
    return (double)(sum * share);
}

/* A loss on values: the mean over outputs of a function of the difference. */
typedef mlp_real difference_loss(mlp_real difference, mlp_real *slope);

static inline mlp_real squared(mlp_real e, mlp_real *slope)
{
    *slope = 2 * e;
    return e * e;
}

/* Where the difference is 0 the slope is taken as 0. */
static inline mlp_real absolute(mlp_real e, mlp_real *slope)
{
    *slope = REAL((e > 0) - (e < 0));
    return real_fabs(e);
}

/* e^2 / 2 up to delta = 1, then straight on. */
static inline mlp_real huber(mlp_real e, mlp_real *slope)
{
    mlp_real size = real_fabs(e);
    *slope = size <= 1 ? e : e / size;
    return size <= 1 ? REAL(0.5) * e * e : size - REAL(0.5);
}

/* dL/dy becomes dL/dz. */
static void chain_output(const struct loss *loss,
                         const mlp_real *z,
                         const mlp_real *y,
                         mlp_real *d)
{
    if (loss->output == MLP_OUTPUT_SOFTMAX)
        softmax_chain(y, loss->n_outputs, d);
    else if (loss->output == MLP_OUTPUT_SIGMOID)
        activation_chain(MLP_SIGMOID, z, y, loss->n_outputs, d);
}

static inline double on_values(difference_loss *function,
                               const struct loss *loss,
                               const mlp_real *z,
                               const mlp_real *t,
                               mlp_real *y,
                               mlp_real *d)
{
    mlp_real sum = 0, share = 1 / REAL(loss->n_outputs);
    network_output(loss->output, 1, loss->n_outputs, z, y);
    for (size_t c = 0; c < loss->n_outputs; c++) {
        mlp_real slope;
        sum += function(y[c] - t[c], &slope);
        d[c] = slope * share;
    }
    chain_output(loss, z, y, d);
    return (double)(sum * share);
}

#define ON_VALUES(name, function)                                              \
    static double name(const struct loss *loss, const mlp_real *z,             \
                       const mlp_real *t, mlp_real *y, mlp_real *d)            \
    {                                                                          \
        return on_values(function, loss, z, t, y, d);                          \
    }
ON_VALUES(mean_squared, squared)
ON_VALUES(mean_absolute, absolute)
ON_VALUES(mean_huber, huber)
#undef ON_VALUES

/* `row` is NULL where math has all of it. `on_logits_of`: the one output that
 * the loss is defined on; AUTO: any. */
static const struct {
    row_loss *row;
    mlp_output on_logits_of;
} kinds[N_LOSSES] = {
    [MLP_LOSS_CROSS_ENTROPY] = {NULL, MLP_OUTPUT_SOFTMAX},
    [MLP_LOSS_BINARY_CROSS_ENTROPY] = {binary_cross_entropy,
                                       MLP_OUTPUT_SIGMOID},
    [MLP_LOSS_MSE] = {mean_squared, MLP_OUTPUT_AUTO},
    [MLP_LOSS_MAE] = {mean_absolute, MLP_OUTPUT_AUTO},
    [MLP_LOSS_HUBER] = {mean_huber, MLP_OUTPUT_AUTO},
};

bool loss_goes_with(mlp_loss kind, mlp_output output)
{
    mlp_output needed = kinds[kind].on_logits_of;
    return needed == MLP_OUTPUT_AUTO || needed == output;
}

mlp_loss loss_for(mlp_output output)
{
    static const mlp_loss usual[N_OUTPUTS] = {
        [MLP_OUTPUT_SOFTMAX] = MLP_LOSS_CROSS_ENTROPY,
        [MLP_OUTPUT_SIGMOID] = MLP_LOSS_BINARY_CROSS_ENTROPY,
        [MLP_OUTPUT_IDENTITY] = MLP_LOSS_MSE,
    };
    return usual[output];
}

void loss_rows(const struct loss *loss,
               size_t n,
               const mlp_real *z,
               const mlp_real *t,
               const mlp_real *u,
               double scale,
               mlp_real *y,
               mlp_real *d,
               double *losses)
{
    row_loss *row = kinds[loss->kind].row;
    size_t width = loss->n_outputs;
    if (!row) {
        cross_entropy(
            &(struct cross_entropy){n, width, z, t, u, scale, y, d, losses});
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = i * width;
        double weight = u ? (double)u[i] : 1;
        losses[i] = weight * row(loss, z + at, t + at, y + at, d + at);
        mlp_real factor = REAL(weight * scale);
        for (size_t c = 0; c < width; c++)
            d[at + c] *= factor;
    }
}

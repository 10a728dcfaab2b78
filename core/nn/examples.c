/* SPDX-License-Identifier: MIT
 *
 * Targets, weights and right answers by row number. */
#include "nn/examples.h"

#include <string.h>

#include "math/gather.h"
#include "math/real.h"

static void
gather_matrix(const void *context, const uint32_t *rows, size_t n, mlp_real *x)
{
    const mlp_matrix *matrix = context;
    size_t width = matrix->n_columns;
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * width, matrix->data + rows[i] * width,
               width * sizeof *x);
}

mlp_examples mlp_examples_of(const mlp_matrix *x,
                             const uint32_t *classes,
                             const mlp_real *values)
{
    return (mlp_examples){
        .n_rows = x->n_rows,
        .n_inputs = x->n_columns,
        .gather = gather_matrix,
        .context = x,
        .classes = classes,
        .values = values,
    };
}

static void
gather_bytes(const void *context, const uint32_t *rows, size_t n, mlp_real *x)
{
    const mlp_bytes *bytes = context;
    struct gather from = {
        .bytes = bytes->data,
        .stride = bytes->n_columns,
        .n_columns = bytes->n_columns,
        .scale = &bytes->scale,
    };
    gather_rows(&from, rows, n, x, bytes->n_columns);
}

mlp_examples mlp_examples_of_bytes(const mlp_bytes *x,
                                   const uint32_t *classes,
                                   const mlp_real *values)
{
    return (mlp_examples){
        .n_rows = x->n_rows,
        .n_inputs = x->n_columns,
        .gather = gather_bytes,
        .context = x,
        .classes = classes,
        .values = values,
    };
}

static void one_hot(uint32_t class, size_t n, double smoothing, mlp_real *t)
{
    mlp_real rest = REAL(smoothing / (double)n);
    for (size_t c = 0; c < n; c++)
        t[c] = rest;
    t[class] += REAL(1 - smoothing);
}

void examples_targets(const mlp_examples *examples,
                      size_t n_outputs,
                      double smoothing,
                      const uint32_t *rows,
                      size_t n,
                      mlp_real *t)
{
    for (size_t i = 0; i < n; i++, t += n_outputs) {
        if (examples->classes)
            one_hot(examples->classes[rows[i]], n_outputs, smoothing, t);
        else
            memcpy(t, examples->values + rows[i] * n_outputs,
                   n_outputs * sizeof *t);
    }
}

double examples_weights(const mlp_examples *examples,
                        const mlp_real *class_weights,
                        const uint32_t *rows,
                        size_t n,
                        mlp_real *u)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        mlp_real weight = 1;
        if (class_weights)
            weight = class_weights[examples->classes[rows[i]]];
        if (examples->weights)
            weight *= examples->weights[rows[i]];
        if (u)
            u[i] = weight;
        sum += (double)weight;
    }
    return sum;
}

static size_t largest(const mlp_real *y, size_t n)
{
    size_t best = 0;
    for (size_t c = 1; c < n; c++)
        best = y[c] > y[best] ? c : best;
    return best;
}

static uint64_t right_labels(const mlp_real *t, const mlp_real *y, size_t n)
{
    const mlp_real half = REAL(0.5);
    uint64_t right = 0;
    for (size_t c = 0; c < n; c++)
        right += (y[c] >= half) == (t[c] >= half);
    return right;
}

void examples_hits(const mlp_examples *examples,
                   mlp_output output,
                   size_t n_outputs,
                   const uint32_t *rows,
                   size_t n,
                   const mlp_real *y,
                   struct hits *hits)
{
    for (size_t i = 0; i < n; i++, y += n_outputs) {
        if (examples->classes) {
            hits->right += largest(y, n_outputs) == examples->classes[rows[i]];
            hits->asked++;
        } else if (output == MLP_OUTPUT_SIGMOID) {
            hits->right += right_labels(examples->values + rows[i] * n_outputs,
                                        y, n_outputs);
            hits->asked += n_outputs;
        }
    }
}

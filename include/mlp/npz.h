/* SPDX-License-Identifier: MIT
 *
 * Models from weights that NumPy saved.
 *
 * A program that uses this links with libz. */
#ifndef MLP_NPZ_H
#define MLP_NPZ_H

#include <stddef.h>

#include "mlp/fit.h"
#include "mlp/model.h"
#include "mlp/status.h"

/* What arrays leave open. Of the lists NULL is: nothing is said. */
typedef struct mlp_npz_options {
    mlp_task task;     /* AUTO: by the output */
    mlp_output output; /* AUTO: by the task; one of both must be said */
    /* Of all hidden layers, or of each: must be said where there are any. */
    const mlp_activation *activations;
    size_t n_activations;
    /* Classes in the order of the outputs, else 0, 1, …; of other tasks the
     * names of the outputs, as `targets`. */
    const char *const *labels;
    size_t n_labels;
    const char *const *targets; /* else label, y, or y0, y1, … */
    size_t n_targets;
    const char *const *features; /* else x0, x1, … */
    size_t n_features;
} mlp_npz_options;

/* Read a multilayer perceptron from the bytes of numpy.savez() or
 * savez_compressed(), which need not stay. The names of the arrays tell how
 * their weights lie, also where a matrix is square:
 *
 *     W0, b0, W1, b1, …            x W + b: [inputs, outputs]
 *     coefs_0, intercepts_0, …     the same: scikit-learn's lists
 *     0.weight, 0.bias, 2.weight   x W^T + b: [outputs, inputs], as PyTorch's
 *     net.fc1.weight, …            state_dict() has them: names that differ in
 *                                  one number, which is their order
 *
 * A layer without biases has zeros. float16, float32 and float64 of either byte
 * order, in C or Fortran order. A single sigmoid is a classification of two.
 *
 * Errors:  MLP_FORMAT   the bytes are no such archive, or damaged
 *          MLP_INVALID  the arrays are no such network: the text names one; or
 *                       the options do not fit them: it names activation,
 *                       output, task, labels, target or inputs
 *          MLP_LIMIT    unpacked it has more than 4 MiB and eight times its
 *                       bytes, or too many members; MLP_NOMEM
 * Owner:   caller; mlp_model_destroy().  Threads: any. */
MLP_API MLP_NODISCARD mlp_status
mlp_model_read_npz(const void *bytes,
                   size_t length,
                   const mlp_npz_options *options,
                   mlp_model **out,
                   mlp_error *err);

#endif

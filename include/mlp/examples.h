/* SPDX-License-Identifier: MIT
 *
 * What a trainer learns from: rows that are looked up by number. */
#ifndef MLP_EXAMPLES_H
#define MLP_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

/* What there is to learn from. Read only; must outlive the trainer. */
typedef struct mlp_examples {
    size_t n_rows, n_inputs;
    /* Write the inputs of rows[0..n) as x: [n, n_inputs]. Called on the
     * trainer's threads. */
    void (*gather)(const void *context,
                   const uint32_t *rows,
                   size_t n,
                   mlp_real *x);
    const void *context;
    const uint32_t *classes; /* [n_rows] below n_outputs, or NULL */
    const mlp_real *values;  /* [n_rows, n_outputs], or NULL */
    /* [n_rows] of at least 0, or NULL: all 1. A loss, of training or of
     * validation, is the sum of w l over the sum of w. */
    const mlp_real *weights;
} mlp_examples;

typedef struct mlp_matrix {
    const mlp_real *data; /* [n_rows, n_columns], row-major */
    size_t n_rows, n_columns;
} mlp_matrix;
/* Examples over a plain matrix; *x and what it points to must stay. */
MLP_API mlp_examples mlp_examples_of(const mlp_matrix *x,
                                     const uint32_t *classes,
                                     const mlp_real *values);

typedef struct mlp_bytes {
    const uint8_t *data; /* [n_rows, n_columns], row-major */
    size_t n_rows, n_columns;
    mlp_real scale; /* an input is a byte times this: 1 / 255 for pixels */
} mlp_bytes;
/* The same over bytes, which stay as they are: pictures, say. */
MLP_API mlp_examples mlp_examples_of_bytes(const mlp_bytes *x,
                                           const uint32_t *classes,
                                           const mlp_real *values);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What is done to the rows of a batch before and behind a network. */
#ifndef MLP_MATH_ROWS_H
#define MLP_MATH_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

/* n_columns of a matrix whose rows are `stride` numbers apart, and their
 * scaling. */
struct gather {
    const uint8_t *bytes;    /* the first row's, or NULL and … */
    const mlp_real *numbers; /* … the first row's */
    size_t stride, n_columns;
    const mlp_real *shift; /* [n_columns], or NULL: all 0, and … */
    const mlp_real *scale; /* [n_columns] … [1]: of all */
};

/* One column's periodic embedding: frequencies, phases (radians), C [3, 16],
 * c [3]; periodic.h. */
struct periodic {
    const mlp_real *f, *p, *mix, *c;
};

/* What drops numbers: drop.h. */
struct dropout {
    uint32_t key[2], stream[2]; /* of a random_stream */
    mlp_real share;             /* of what is dropped, [0, 1) */
};

/* Rows of logits z and targets t that sum to 1, with weights u[n] (NULL: all
 * 1); all others [n, width]:
 *
 *     p = softmax(z)
 *     losses[i] = - u[i] sum over c of t[i][c] log p[i][c]
 *     d[i][c]   = u[i] scale (p[i][c] - t[i][c]) */
struct cross_entropy {
    size_t n, width;
    const mlp_real *z, *t, *u;
    double scale;
    mlp_real *p, *d;
    double *losses;
};

#endif

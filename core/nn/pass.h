/* SPDX-License-Identifier: MIT
 *
 * The two passes of backpropagation over up to max_rows rows: forward, keeping
 * what the way back needs, and backward, to a gradient. */
#ifndef MLP_NN_PASS_H
#define MLP_NN_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "nn/network.h"

/* One layer's memory; each matrix is [max_rows, n_out]. */
struct trace {
    mlp_real *z;           /* W x + b */
    mlp_real *a;           /* f(z); z itself where f is the identity */
    mlp_real *mask;        /* dropout: 0 or 1 / (1 - p); NULL without it */
    mlp_real *out;         /* a * mask; `a` itself without dropout */
    random_stream dropout; /* where the mask's draws stand */
};

struct pass {
    const mlp_network *network;
    size_t max_rows;
    mlp_real *x;          /* [max_rows, n_inputs]; the caller fills it */
    struct trace *traces; /* [n_layers] */
    mlp_real *d;       /* dL/dz of the layer at hand: [max_rows, widest] … */
    mlp_real *next;    /* … and of the one below it */
    mlp_real *scratch; /* room for the input of any layer */
    mlp_real *memory;
};

/* How many rows a pass should hold: at most `wanted`, fewer for a network so
 * wide that this would take much memory; at least 1. Results do not depend on
 * it.  Threads: any. */
size_t pass_rows(const mlp_network *network, size_t wanted);

/* Errors:  MLP_NOMEM
 * Owner:   the caller's storage; end it with pass_free(). */
MLP_NODISCARD
mlp_status pass_init(struct pass *pass,
                     const mlp_network *network,
                     size_t max_rows,
                     mlp_error *err);
void pass_free(struct pass *pass);

/* Start the dropout masks of update number `step`; rows of one update may then
 * come in several calls of pass_forward(). */
void pass_seed(struct pass *pass, uint64_t seed, uint64_t step);

/* From x[0..n) to the logits, which are returned: [n, n_outputs]. Dropout only
 * when `training`. */
const mlp_real *pass_forward(struct pass *pass, size_t n, bool training);

/* From d, which holds dL/dz of the logits of the same n rows: dL/dw becomes
 * gradient: [n_parameters], or is added to it. `d` is spent. */
void pass_backward(struct pass *pass, size_t n, bool add, mlp_real *gradient);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The passes of backpropagation over up to max_rows rows: forward, keeping what
 * the way back needs, back to every layer's dL/dz, and from there to a
 * gradient.
 *
 * Each may be done in parts, by several threads at once: forward and back in
 * parts of the rows, the gradient, when all rows are back, in parts of the
 * layers' inputs and of the embeddings. No bit of a result depends on that. */
#ifndef MLP_NN_PASS_H
#define MLP_NN_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "math/drop.h"
#include "math/layout.h"
#include "math/rule.h"
#include "nn/network.h"

/* One layer's memory; each matrix is [max_rows, n_out]. */
struct trace {
    mlp_real *z;            /* W x + b; a where f is the identity or relu … */
    mlp_real *a;            /* f(z)    … whose slope a tells as well */
    mlp_real *mask;         /* dropout: 0 or 1 / (1 - p); NULL without it */
    mlp_real *out;          /* a * mask; `a` itself without dropout */
    mlp_real *d;            /* dL/dz; on the way there dL/dout */
    struct dropout dropout; /* number row * n_out + o is that of the mask */
};

struct pass {
    const mlp_network *network;
    size_t max_rows;
    mlp_real *x;          /* [max_rows, n_inputs]; the caller fills it */
    mlp_real *h, *dh;     /* [max_rows, n_embedded]: what the embeddings make of
                             it and dL/dh; without any x itself and NULL */
    struct trace *traces; /* [n_layers] */
    mlp_real *scratch;    /* room for the input of any layer */
    mlp_real *memory;
    size_t n_before; /* rows of the update that came before x[0] */
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

/* Start the dropout masks of update number `step`. Its rows may come in several
 * slices: n_before, 0 from here, is to count those that are done. */
void pass_seed(struct pass *pass, uint64_t seed, uint64_t step);

/* From these rows of x to those of the logits, which are returned whole:
 * [max_rows, n_outputs]. Dropout only when `training`. */
const mlp_real *
pass_forward(struct pass *pass, struct span rows, bool training);

/* The same from h, which the caller has filled. */
const mlp_real *pass_layers(struct pass *pass, struct span rows, bool training);

/* dL/dz of the logits, [max_rows, n_outputs], for the caller to fill. */
mlp_real *pass_logits_d(struct pass *pass);

/* From these rows of it to those of every other layer's d. */
void pass_back(struct pass *pass, struct span rows);

/* From the d of n rows: dL/dw becomes gradient: [n_parameters], or is added to
 * it; of every layer the part of this one of n_members. With `then`,
 * [n_layers + n_embeddings], the parameters move by it at once (gemm.h). */
void pass_gradient(struct pass *pass,
                   size_t n,
                   bool add,
                   size_t member,
                   size_t n_members,
                   mlp_real *gradient,
                   const struct descent *then);

#endif

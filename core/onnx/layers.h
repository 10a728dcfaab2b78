/* SPDX-License-Identifier: MIT
 *
 * Steps become dense layers: what is done to each element alone goes into the
 * scaling of the inputs or into the weights beside it. */
#ifndef MLP_ONNX_LAYERS_H
#define MLP_ONNX_LAYERS_H

#include "onnx/steps.h"

struct dense {
    size_t n_in, n_out;
    double *w, *b; /* [n_out, n_in], [n_out] */
    bool closed;   /* has its activation */
    mlp_activation activation;
};

struct layers {
    size_t n_inputs;
    double *shift, *scale; /* [n_inputs]: x = (raw - shift) scale */
    bool scaled;           /* not all of them are 0 and 1 */
    struct dense *items;
    size_t n;
    bool softmax, pair;
    bool doubles; /* some weights were float64 */
    size_t made;  /* weights of layers that change nothing */
};

/* The last layer's activation is one of the hidden ones, or sigmoid, which may
 * be meant as the output.
 * Errors: MLP_INVALID, MLP_NOMEM
 * Owner:  the caller's storage; layers_free(), also after an error. */
MLP_NODISCARD
mlp_status
layers_make(struct layers *layers, const struct steps *steps, mlp_error *err);
void layers_free(struct layers *layers);

/* One more, n_out wide, all zero, open.  Errors: MLP_INVALID, MLP_NOMEM */
MLP_NODISCARD
mlp_status layers_add(struct layers *layers, size_t n_out, mlp_error *err);
/* One more that changes nothing: for an activation that must not be last. */
MLP_NODISCARD
mlp_status layers_add_identity(struct layers *layers, mlp_error *err);

#endif

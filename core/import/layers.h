/* SPDX-License-Identifier: MIT
 *
 * A network that is being imported: dense layers, in double, and a scaling of
 * the inputs before them. */
#ifndef MLP_IMPORT_LAYERS_H
#define MLP_IMPORT_LAYERS_H

#include <stdbool.h>

#include "mlp/network.h"

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
    bool softmax, pair; /* how they end: in softmax; in 1 - p and p */
    bool doubles;       /* some weights were float64 */
    size_t made;        /* weights of layers that change nothing */
};

/* None yet, of inputs that are not scaled; n_inputs is 1 to MLP_MAX_WIDTH.
 * Errors: MLP_NOMEM
 * Owner:  the caller's storage; layers_free(), also after an error. */
MLP_NODISCARD
mlp_status layers_init(struct layers *layers, size_t n_inputs, mlp_error *err);
void layers_free(struct layers *layers);

/* One more, n_out wide, all zero, open.  Errors: MLP_INVALID, MLP_NOMEM */
MLP_NODISCARD
mlp_status layers_add(struct layers *layers, size_t n_out, mlp_error *err);
/* One more that changes nothing: for an activation that must not be last. */
MLP_NODISCARD
mlp_status layers_add_identity(struct layers *layers, mlp_error *err);

#endif

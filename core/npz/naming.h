/* SPDX-License-Identifier: MIT
 *
 * Which array is which layer's weights or biases, by the names of an archive's
 * members. */
#ifndef MLP_NPZ_NAMING_H
#define MLP_NPZ_NAMING_H

#include "data/zip.h"

struct naming_layer {
    const struct zip_member *weights, *biases; /* biases: NULL: none */
    uint64_t order;
};

struct naming {
    struct naming_layer *layers; /* in order; one at least */
    size_t n;
    bool by_outputs; /* weights are [outputs, inputs] */
};

/* Errors:  MLP_INVALID, naming the member; MLP_NOMEM
 * Owner:   the caller's storage; naming_free(), also after an error. */
MLP_NODISCARD
mlp_status
naming_find(struct naming *naming, const struct zip *zip, mlp_error *err);
void naming_free(struct naming *naming);

#endif

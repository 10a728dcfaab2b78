/* SPDX-License-Identifier: MIT
 *
 * Layers and what their outputs mean become a model. */
#ifndef MLP_IMPORT_BUILD_H
#define MLP_IMPORT_BUILD_H

#include "import/outputs.h"
#include "mlp/model.h"

/* What its record tells of where it is from; NULL: nothing. */
struct build_origin {
    const char *format, *producer, *producer_version;
    const char *const *warnings;
    size_t n_warnings;
};

/* Errors:  MLP_INVALID  a number that a float cannot hold; MLP_FORMAT  names
 *                       that cannot be; MLP_NOMEM
 * Owner:   caller; mlp_model_destroy(). *out is NULL on error. */
MLP_NODISCARD
mlp_status build_model(const struct layers *layers,
                       const struct outputs *outputs,
                       const struct label_list *features,
                       const struct build_origin *origin,
                       mlp_model **out,
                       mlp_error *err);

#endif

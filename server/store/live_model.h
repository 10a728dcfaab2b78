/* SPDX-License-Identifier: MIT
 *
 * A version of a model as the registry lends it. */
#ifndef MLPD_LIVE_MODEL_H
#define MLPD_LIVE_MODEL_H

#include <stdint.h>

#include "mlp/model.h"
#include "store/blob.h"
#include "store/names.h"

/* Immutable while borrowed. The latest version of each model is always in
 * memory; an older one is read when somebody first borrows it, so that memory
 * does not grow with history. */
struct live_model {
    char name[NAME_MAX_BYTES + 1];
    uint32_t version;
    const mlp_model *model; /* never NULL when borrowed; see registry_each */
    uint64_t size;          /* of its file, bytes */
    char sha256[BLOB_SHA256_TEXT];
    int64_t created_ms; /* since 1970, UTC */
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * A version of a model as the registry lends it. */
#ifndef MLPD_LIVE_MODEL_H
#define MLPD_LIVE_MODEL_H

#include <stdint.h>

#include "mlp/model.h"
#include "store/blob.h"
#include "store/names.h"

/* Immutable while borrowed. A version that is not in memory is read when
 * somebody borrows it; those that nobody has borrowed for longest leave it when
 * there are too many, so that it grows neither with history nor with names. */
struct live_model {
    char name[NAME_MAX_BYTES + 1];
    uint32_t version;
    const mlp_model *model; /* never NULL when borrowed; see registry_each */
    const char *task;       /* its name; NULL until it was first read */
    uint64_t size;          /* of its file, bytes */
    char sha256[BLOB_SHA256_TEXT];
    int64_t created_ms; /* since 1970, UTC */
};

/* A predictor for a model that is borrowed, to be given back before that is
 * released. Most predictions are of one row: for these one is kept, so that it
 * need not be made each time. Threads: any. */
MLP_NODISCARD
mlp_status live_model_take_predictor(const struct live_model *live,
                                     size_t max_rows,
                                     mlp_predictor **out,
                                     mlp_error *err);
void live_model_give_predictor(const struct live_model *live,
                               size_t max_rows,
                               mlp_predictor *predictor);

/* A name for one of a model's versions, which moves. */
struct model_alias {
    char name[ALIAS_MAX_BYTES + 1];
    uint32_t version;   /* may be gone, if its file was taken away */
    uint32_t previous;  /* before the last move; 0: none */
    int64_t changed_ms; /* the last move, since 1970, UTC */
};

#endif

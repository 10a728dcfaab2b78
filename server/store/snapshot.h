/* SPDX-License-Identifier: MIT
 *
 * A model in memory, counted. Inner header of the registry. */
#ifndef MLPD_SNAPSHOT_H
#define MLPD_SNAPSHOT_H

#include <stdatomic.h>
#include <stdint.h>

#include "store/live_model.h"
#include "store/model_files.h"

/* Nothing but the count changes once somebody else knows it. */
struct snapshot {
    struct live_model live; /* first: what a borrower has is the snapshot */
    atomic_size_t n_holders;
    mlp_model *model; /* its own */
    uint64_t n_bytes; /* counted in *awake_bytes as long as it is there */
    atomic_ullong *awake_bytes;
    _Atomic(mlp_predictor *) spare; /* of one row; NULL: somebody has it */
};

/* Held once, by the caller. The model is its own, unless this returns NULL: no
 * memory. *awake_bytes must outlive it. */
struct snapshot *snapshot_create(const struct live_model *live,
                                 mlp_model *model,
                                 atomic_ullong *awake_bytes);
/* Threads: any. */
struct snapshot *snapshot_hold(struct snapshot *snapshot);
/* The last one frees it. Accepts NULL.  Threads: any. */
void snapshot_release(struct snapshot *snapshot);

/* A description without a model; facts may be NULL. */
struct live_model live_model_of(const char *name,
                                uint32_t version,
                                const struct model_facts *facts);

#endif

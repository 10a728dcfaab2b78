/* SPDX-License-Identifier: MIT
 *
 * What each version of a model was asked. A version has a place from its first
 * prediction until the daemon ends; when all places are taken, the rest share
 * one, whose labels are empty. */
#ifndef MLPD_MODEL_TRAFFIC_H
#define MLPD_MODEL_TRAFFIC_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#include "mlp/buffer.h"

enum { MODEL_TRAFFIC_PLACES = 512 }; /* versions with series; 2^n */

struct model_traffic_key;

/* All zero it is empty. A key is set once and then stays. A place has a cache
 * line of its own: threads that ask different versions do not meet. */
struct model_traffic {
    struct model_traffic_of {
        alignas(64) _Atomic(struct model_traffic_key *) key;
        atomic_uint_fast64_t requests, rows, errors;
        atomic_uint_fast64_t last_s; /* since 1970; 0: not yet */
    } places[MODEL_TRAFFIC_PLACES], others;
};

void model_traffic_free(struct model_traffic *traffic);

/* An answer of n_rows rows. model: a name as names.h allows them.
 * Threads: any, without a lock. */
void model_traffic_answered(struct model_traffic *traffic,
                            const char *model,
                            uint32_t version,
                            uint64_t n_rows);
/* A question that got none. */
void model_traffic_refused(struct model_traffic *traffic,
                           const char *model,
                           uint32_t version);

/* The families, with their heads.  Threads: any. */
void model_traffic_render(struct model_traffic *traffic, mlp_buffer *out);

#endif

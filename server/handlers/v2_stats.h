/* SPDX-License-Identifier: MIT
 *
 * What each version of a model has inferred over the Open Inference Protocol,
 * counted without a lock. An entry is made with the first request and stays
 * until the end, as few as there are versions. */
#ifndef MLPD_V2_STATS_H
#define MLPD_V2_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/names.h"

/* Where a request's time goes. */
enum v2_phase {
    V2_SUCCESS,
    V2_FAIL,
    V2_COMPUTE_INPUT,
    V2_COMPUTE_INFER,
    V2_COMPUTE_OUTPUT,
    V2_N_PHASES,
};

struct v2_counter {
    _Atomic uint64_t count, ns;
};

struct v2_entry {
    struct v2_entry *next; /* never changes once it is in the table */
    uint32_t version;
    char name[NAME_MAX_BYTES + 1];
    struct v2_counter phases[V2_N_PHASES];
    _Atomic uint64_t n_rows, last_ms; /* since 1970; 0: never */
};

enum { V2_STATS_BUCKETS = 256 };

/* All zero is an empty one. */
struct v2_stats {
    _Atomic(struct v2_entry *) buckets[V2_STATS_BUCKETS];
};

void v2_stats_free(struct v2_stats *stats);

/* NULL: there is none yet.  Threads: any. */
struct v2_entry *
v2_stats_find(struct v2_stats *stats, const char *name, uint32_t version);
/* Made if missing. NULL: no memory; then there is nothing to count in.
 * Threads: any. */
struct v2_entry *
v2_stats_entry(struct v2_stats *stats, const char *name, uint32_t version);

/* Once more, so long. entry may be NULL.  Threads: any. */
void v2_stats_add(struct v2_entry *entry, enum v2_phase phase, uint64_t ns);
/* So many rows were inferred just now. */
void v2_stats_rows(struct v2_entry *entry, size_t n_rows);

/* A clock for it.  Threads: any. */
uint64_t v2_stats_now_ns(void);

#endif

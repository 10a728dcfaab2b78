/* SPDX-License-Identifier: MIT
 *
 * A client that does one thing after the other, at random: trains, asks, waits,
 * predicts, uploads, imports, cancels, deletes; and writes down what it was
 * told. An answer that a daemon in good order would not give is a failed
 * check. */
#ifndef TESTS_TORTURE_LOAD_H
#define TESTS_TORTURE_LOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "torture/check.h"
#include "torture/client.h"
#include "torture/ledger.h"

/* What an answer may be besides yes. */
enum health {
    HEALTHY,   /* come later */
    BAD_DISK,  /* and a 500 */
    NO_MEMORY, /* and none at all */
};

enum deed {
    TRAIN,
    LOOK,
    CANCEL,
    DELETE_JOB,
    IMPORT,
    DELETE_VERSION,
    DELETE_MODEL,
    READ_VERSION,
    PREDICT,
    UPLOAD,
    DELETE_DATASET,
    N_DEEDS,
};

struct load {
    struct ledger ledger;
    struct client client;
    struct dice dice;
    bool keyed;       /* sends Idempotency-Key */
    unsigned n_specs; /* the first so many of them */
    enum health health;
    /* Requests that a daemon took in before this moment must be answered;
     * INT64_MAX: as long as it lives.  Written by the test. */
    _Atomic int64_t deadline_us;
    atomic_bool stop;
    atomic_uint n_answers; /* whole ones */
    unsigned n_cut;        /* none or half a one */
    pthread_t thread;
};

void load_init(struct load *load, unsigned client, uint64_t seed, bool keyed);
void load_free(struct load *load);
/* One deed; whether it was answered with what it asks for.  Threads: one. */
bool load_do(struct load *load, enum deed deed);
/* Go on against this port until the daemon is gone or stop is set. */
void load_start(struct load *load, uint16_t port);
void load_join(struct load *load);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What one client was told, and what the daemon must therefore know. A request
 * that was never answered may have been done or not; the first look after the
 * restart settles which, for good.
 *
 *     (sent) --acknowledged--> SURE --DELETE sent--> MAYBE_GONE --204--> GONE
 *        \____ no answer ____> MAYBE --audit--> SURE or GONE
 *
 * Each client writes to names of its own and to one at a time, so that nobody
 * else can be the reason of what it finds. */
#ifndef TESTS_TORTURE_LEDGER_H
#define TESTS_TORTURE_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "torture/specs.h"

enum certainty { SURE, MAYBE, MAYBE_GONE, GONE };

struct ledger_job {
    int64_t id; /* 0: nobody told us */
    unsigned model, spec;
    enum certainty is;
    bool cancel_asked;
    bool may_fail;    /* its daemon's disk or memory did */
    char state[16];   /* the last that was seen; "" none */
    uint32_t version; /* once it succeeded */
};

struct ledger_version {
    unsigned model;
    uint32_t version; /* 0: nobody told us */
    unsigned spec;
    bool imported;
    enum certainty is;
};

enum { HOLDS_NOTHING = -1, NO_DOUBT = -2 };

struct ledger {
    unsigned client;
    struct ledger_job *jobs;
    struct ledger_version *versions;
    size_t n_jobs, n_versions, jobs_capacity, versions_capacity;
    unsigned n_models;          /* the last is the one in use */
    unsigned used;              /* specs that the last model was trained with */
    int dataset, dataset_doubt; /* a table's index, or one of the above */
    size_t n_acknowledged;
};

void ledger_init(struct ledger *ledger, unsigned client);
void ledger_free(struct ledger *ledger);
void ledger_model_name(unsigned client, unsigned model, char out[NAME_BYTES]);
void ledger_dataset_name(unsigned client, char out[NAME_BYTES]);
struct ledger_job *
ledger_add_job(struct ledger *ledger, int64_t id, unsigned spec);
struct ledger_version *ledger_add_version(struct ledger *ledger,
                                          unsigned model,
                                          uint32_t version,
                                          unsigned spec,
                                          bool imported);
struct ledger_version *
ledger_find_version(struct ledger *ledger, unsigned model, uint32_t version);
bool ledger_ended(const struct ledger_job *job);
/* The sha256 that the version's file must have. */
void ledger_sha256(const struct ledger *ledger,
                   const struct ledger_version *version,
                   char out[65]);

/* What the daemon says of a job of ours: it must fit what it said before. */
void ledger_see_job(struct ledger *ledger,
                    struct ledger_job *job,
                    const json_t *seen);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What the files of the registry share. Nothing here is for others. */
#ifndef MLPD_REGISTRY_INNER_H
#define MLPD_REGISTRY_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/catalog.h"
#include "store/model_files.h"
#include "store/registry.h"
#include "store/registry_list.h"
#include "store/shared_lock.h"

struct registry {
    char *folder;              /* DATA/models */
    int data_fd, folder_fd;    /* DATA and DATA/models */
    struct catalog *catalog;   /* the loop thread's */
    uint64_t max_bytes;        /* of models in memory; 0: no limit */
    atomic_ullong awake_bytes; /* that they take, lent ones included */
    atomic_size_t n_quarantined;
    /* One reads a file at a time. Taken before `lock`, never after. */
    pthread_mutex_t waking;
    struct shared_lock lock; /* a leaf: guards the list and all in it */
    struct model_list list;
    atomic_uint_fast64_t clock; /* counts changes of what was used last */
    /* A folder that is only read (registry_follow.c); NULL: DATA/models. With
     * it there is no catalog, and `folder` and the descriptors are not set. */
    struct follower *follower;
};

/* Put versions to sleep until the rest fits, `but` apart. What somebody has
 * borrowed goes when it comes back. The lock is held. */
void registry_make_room(struct registry *registry, const struct version *but);

/* model_file_read() of a version in the folder that is followed. */
mlp_status registry_follow_read(struct registry *registry,
                                const char *name,
                                uint32_t number,
                                const char *sha256,
                                struct model_facts *facts,
                                mlp_model **out,
                                mlp_error *err);
void registry_follow_end(struct registry *registry);

/* Nothing in it yet. NULL: no memory. */
struct registry *registry_empty(uint64_t max_bytes);

/* See that the latest version is awake: a bad one makes the next the latest.
 * MLP_OK also when there is none; MLP_NOMEM, MLP_IO: it sleeps on.
 * Threads: loop. */
mlp_status registry_wake_latest(struct registry *registry, const char *name);

/* A version whose file is bad: off the list, and if it is not what was stored,
 * out of the folder.  Threads: any. */
void registry_refuse(struct registry *registry,
                     const char *name,
                     uint32_t number,
                     bool corrupt,
                     const char *reason);

/* The aliases that the catalog has; the versions are listed already. */
mlp_status registry_load_aliases(struct registry *registry, mlp_error *err);
/* Aliases go with the version that they name: first their rows, in the caller's
 * transaction, then from the list, under the lock.  Threads: loop. */
mlp_status registry_store_orphans(struct registry *registry,
                                  const char *name,
                                  uint32_t number,
                                  const struct audit_author *author,
                                  mlp_error *err);
void registry_take_orphans(struct model *model, uint32_t number);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A registry that serves a folder which it only reads, and follows as others
 * change it. The folder is the whole truth: a version that appears is served,
 * one that goes away is not, and a file that has changed takes the place of
 * what it was, so that a daemon that was there before and one that starts now
 * answer alike. A file that is no model (yet) is refused until it changes;
 * what was served from it before stays. Borrowers keep what they have. */
#ifndef MLPD_REGISTRY_FOLLOW_H
#define MLPD_REGISTRY_FOLLOW_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

struct registry;

/* Empty until registry_follow(). model_name may be NULL; both texts must
 * outlive it. Nothing that changes a registry may be called on it.
 * Errors: MLP_NOMEM.  Owner: caller; registry_destroy(). */
mlp_status registry_create_follower(const char *folder,
                                    const char *model_name,
                                    uint64_t max_bytes,
                                    struct registry **out,
                                    mlp_error *err);

/* Look at the folder and be like it. Errors: MLP_IO, MLP_NOMEM, MLP_LIMIT: all
 * is as it was.  Threads: any, one at a time. */
mlp_status registry_follow(struct registry *registry, mlp_error *err);

/* Call `each` for every file that is refused, under the lock; of a registry
 * that follows nothing there is none. Return their number; each may be NULL.
 * Threads: any. */
size_t registry_each_refused(struct registry *registry,
                             void (*each)(void *context,
                                          const char *file,
                                          const char *reason),
                             void *context);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A daemon that only serves: its models are in a folder that it never writes
 * to, and there is no data folder. One of many alike, so that each can be
 * started and stopped at any time. */
#ifndef MLPD_REPLICA_H
#define MLPD_REPLICA_H

#include <stdint.h>

#include "mlp/status.h"

struct loop;
struct registry;
struct replica;

/* model_name may be NULL; both texts must outlive it. The registry is empty
 * until the loop runs.
 * Errors:  MLP_INVALID a bad name, MLP_IO no such folder, MLP_NOMEM.
 * Owner:   caller; replica_close(), and registry_destroy() after it. */
mlp_status replica_open(struct loop *loop,
                        const char *folder,
                        const char *model_name,
                        uint64_t max_bytes,
                        struct replica **out,
                        struct registry **registry,
                        mlp_error *err);
/* Follow the folder from now on. Errors: MLP_NOMEM.  Threads: loop. */
mlp_status replica_start(struct replica *replica, mlp_error *err);
void replica_close(struct replica *replica); /* loop_run() is over, or NULL */

#endif

/* SPDX-License-Identifier: MIT
 *
 * For how long the audit trail is kept: older rows go when the daemon starts,
 * and each hour. */
#ifndef MLPD_RETENTION_H
#define MLPD_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "jobs/loop.h"
#include "store/catalog.h"

/* Whoever has one keeps it for as long as the loop runs. */
struct retention {
    struct catalog *catalog;
    uint64_t audit_days; /* 0: for good */
};

/* False: no memory.  Threads: loop. */
bool retention_start(struct retention *retention,
                     struct loop *loop,
                     struct catalog *catalog,
                     uint64_t audit_days);

#endif

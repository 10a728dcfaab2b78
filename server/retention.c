/* SPDX-License-Identifier: MIT */
#include "retention.h"

#include <time.h>

#include "store/catalog_audit.h"
#include "telemetry/log.h"

enum { HOUR_MS = 3600 * 1000 };
static const int64_t day_ms = (int64_t)24 * HOUR_MS;

static void on_time(void *argument)
{
    const struct retention *retention = argument;
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    mlp_error err;

    if (catalog_purge_audit(retention->catalog,
                            now_ms - (int64_t)retention->audit_days * day_ms,
                            &err) != MLP_OK)
        log_event(LOG_WARN, "audit_not_purged",
                  LOG_TEXT_FIELD("reason", err.text));
}

bool retention_start(struct retention *retention,
                     struct loop *loop,
                     struct catalog *catalog,
                     uint64_t audit_days)
{
    *retention = (struct retention){catalog, audit_days};
    return audit_days == 0 ||
           loop_timer_start(loop, 0, HOUR_MS, on_time, retention) != NULL;
}

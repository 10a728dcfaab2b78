/* SPDX-License-Identifier: MIT */
#include "http/busy_poll.h"

#include <time.h>

/* With 8 · 2^7 at most one moment in 1024 is lost. */
#define LEFT_FIRST 8U
enum { MISSED_MAX = 7 };

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void miss(struct busy_poll *busy)
{
    busy->n_left = LEFT_FIRST << busy->n_missed;
    if (busy->n_missed < MISSED_MAX)
        busy->n_missed++;
}

int busy_poll(struct busy_poll *busy, struct pollfd *fds, nfds_t n)
{
    if (busy->moment_ns == 0)
        return 0;
    if (busy->n_left > 0) {
        busy->n_left--;
        return 0;
    }
    int64_t end_ns = now_ns() + busy->moment_ns;
    do {
        int ready = poll(fds, n, 0);
        if (ready == 0)
            continue;
        busy->n_missed = 0;
        return ready;
    } while (now_ns() < end_ns);
    miss(busy);
    return 0;
}

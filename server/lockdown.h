/* SPDX-License-Identifier: MIT
 *
 * What the daemon gives up for good, so that code which got in by a bug of ours
 * finds no way on: new privileges, readable files, memory dumps, other
 * programs, outbound connections. It is a second wall; nothing else may lean
 * on it, and where the kernel lacks it the daemon runs without. */
#ifndef MLPD_LOCKDOWN_H
#define MLPD_LOCKDOWN_H

#include <stdbool.h>

struct lockdown {
    bool core_dumps; /* may be dumped, and traced by its own user */
    bool no_filter;  /* every system call stays open */
};

/* Before anything is read and while there is one thread: the threads to come
 * inherit it.  Threads: main alone. */
void lockdown_begin(const struct lockdown *options);

/* When all sockets are open: no more of them. Holds for every thread.
 * Threads: any, once. */
void lockdown_seal(const struct lockdown *options);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Looking out for the next request for a moment before the thread sleeps. Who
 * asks one thing after the other asks again within microseconds, and to be
 * woken takes longer than a small prediction does: a client on one connection
 * gets half as many answers again, for no more processor time. It is tried as
 * long as it is worth it: behind moments in which nothing came it is left out,
 * twice as often each time. */
#ifndef MLPD_BUSY_POLL_H
#define MLPD_BUSY_POLL_H

#include <poll.h>
#include <stdint.h>

/* Zero at first.  Threads: its owner's. */
struct busy_poll {
    int64_t moment_ns; /* 0: never */
    unsigned n_missed; /* moments in a row in which nothing came */
    unsigned n_left;   /* so many are left out from now on */
};

/* poll() without sleeping, again and again. 0: nothing came, or this is one of
 * those that are left out; sleep. */
int busy_poll(struct busy_poll *busy, struct pollfd *fds, nfds_t n);

#endif

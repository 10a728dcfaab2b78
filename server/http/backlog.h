/* SPDX-License-Identifier: MIT
 *
 * Connections that were made but not accepted when the listening socket
 * closes: the kernel would reset them, though their clients have asked
 * already. Accepted by whoever closes it, served by the workers. */
#ifndef MLPD_BACKLOG_H
#define MLPD_BACKLOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>

struct backlog_entry;

struct backlog {
    pthread_mutex_t lock; /* guards `first`; a leaf */
    struct backlog_entry *first;
    atomic_uint n; /* in the list, or taken and not done with */
};

void backlog_init(struct backlog *backlog);
/* Closes what is left. */
void backlog_free(struct backlog *backlog);

/* Accept until nobody waits, at most n_max.  Threads: any. */
void backlog_fill(struct backlog *backlog, int listen_fd, unsigned n_max);
/* One of them, non-blocking, or -1: none is left. The caller's from now on,
 * who says so when it needs no longer be remembered here. */
int backlog_take(struct backlog *backlog,
                 struct sockaddr_storage *address,
                 socklen_t *length);
void backlog_done(struct backlog *backlog);
/* How many are not done with.  Threads: any. */
unsigned backlog_count(const struct backlog *backlog);

#endif

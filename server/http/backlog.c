/* SPDX-License-Identifier: MIT */
#include "http/backlog.h"

#include <stdlib.h>
#include <unistd.h>

struct backlog_entry {
    int fd;
    struct sockaddr_storage address;
    socklen_t length;
    struct backlog_entry *next;
};

void backlog_init(struct backlog *backlog)
{
    *backlog = (struct backlog){0};
    pthread_mutex_init(&backlog->lock, NULL);
}

void backlog_free(struct backlog *backlog)
{
    struct sockaddr_storage address;
    socklen_t length;
    for (int fd; (fd = backlog_take(backlog, &address, &length)) >= 0;)
        close(fd);
    pthread_mutex_destroy(&backlog->lock);
}

static bool accept_one(struct backlog *backlog, int listen_fd)
{
    struct backlog_entry *entry = malloc(sizeof *entry);
    if (entry == NULL)
        return false;
    entry->length = sizeof entry->address;
    entry->fd = accept4(listen_fd, (struct sockaddr *)&entry->address,
                        &entry->length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (entry->fd < 0) {
        free(entry);
        return false;
    }
    atomic_fetch_add(&backlog->n, 1);
    pthread_mutex_lock(&backlog->lock);
    entry->next = backlog->first;
    backlog->first = entry;
    pthread_mutex_unlock(&backlog->lock);
    return true;
}

void backlog_fill(struct backlog *backlog, int listen_fd, unsigned n_max)
{
    for (unsigned n = 0; n < n_max && accept_one(backlog, listen_fd); n++)
        ;
}

int backlog_take(struct backlog *backlog,
                 struct sockaddr_storage *address,
                 socklen_t *length)
{
    pthread_mutex_lock(&backlog->lock);
    struct backlog_entry *entry = backlog->first;
    if (entry != NULL)
        backlog->first = entry->next;
    pthread_mutex_unlock(&backlog->lock);
    if (entry == NULL)
        return -1;
    int fd = entry->fd;
    *address = entry->address;
    *length = entry->length;
    free(entry);
    return fd;
}

void backlog_done(struct backlog *backlog)
{
    atomic_fetch_sub(&backlog->n, 1);
}

unsigned backlog_count(const struct backlog *backlog)
{
    return atomic_load(&backlog->n);
}

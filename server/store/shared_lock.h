/* SPDX-License-Identifier: MIT
 *
 * A lock for what is read with each request and changed now and then. A reader
 * takes one of several mutexes, that of its thread, so that readers do not
 * wait for each other, nor write to the same cache line; who changes something
 * takes all of them. */
#ifndef MLPD_SHARED_LOCK_H
#define MLPD_SHARED_LOCK_H

#include <pthread.h>

enum { SHARED_LOCK_PARTS = 16 }; /* threads beyond share them */

struct shared_lock {
    union {
        pthread_mutex_t mutex;
        char line[64];
    } parts[SHARED_LOCK_PARTS];
};

void shared_lock_init(struct shared_lock *lock);
void shared_lock_destroy(struct shared_lock *lock);

/* What is held, for the end. Not while the thread reads or changes already. */
pthread_mutex_t *shared_lock_read(struct shared_lock *lock);
void shared_lock_read_end(pthread_mutex_t *held);

void shared_lock_change(struct shared_lock *lock);
void shared_lock_change_end(struct shared_lock *lock);

#endif

/* SPDX-License-Identifier: MIT */
#include "store/shared_lock.h"

#include <stdatomic.h>

/* Threads take parts in turn, as they come. */
static unsigned part_of_thread(void)
{
    static atomic_uint n_threads;
    static _Thread_local unsigned mine; /* 1 …; 0: not yet */
    if (mine == 0)
        mine = atomic_fetch_add(&n_threads, 1) % SHARED_LOCK_PARTS + 1;
    return mine - 1;
}

void shared_lock_init(struct shared_lock *lock)
{
    for (size_t i = 0; i < SHARED_LOCK_PARTS; i++)
        pthread_mutex_init(&lock->parts[i].mutex, NULL);
}

void shared_lock_destroy(struct shared_lock *lock)
{
    for (size_t i = 0; i < SHARED_LOCK_PARTS; i++)
        pthread_mutex_destroy(&lock->parts[i].mutex);
}

pthread_mutex_t *shared_lock_read(struct shared_lock *lock)
{
    pthread_mutex_t *mutex = &lock->parts[part_of_thread()].mutex;
    pthread_mutex_lock(mutex);
    return mutex;
}

void shared_lock_read_end(pthread_mutex_t *held)
{
    pthread_mutex_unlock(held);
}

void shared_lock_change(struct shared_lock *lock)
{
    for (size_t i = 0; i < SHARED_LOCK_PARTS; i++)
        pthread_mutex_lock(&lock->parts[i].mutex);
}

void shared_lock_change_end(struct shared_lock *lock)
{
    for (size_t i = SHARED_LOCK_PARTS; i-- > 0;)
        pthread_mutex_unlock(&lock->parts[i].mutex);
}

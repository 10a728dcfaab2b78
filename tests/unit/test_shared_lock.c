/* SPDX-License-Identifier: MIT */
#include "store/shared_lock.h"

#include <criterion/criterion.h>
#include <semaphore.h>

TestSuite(shared_lock, .timeout = 30);

static struct shared_lock guarded;
static sem_t in, out;

static void *read_until_told(void *unused)
{
    pthread_mutex_t *held = shared_lock_read(&guarded);
    (void)unused;
    sem_post(&in);
    sem_wait(&out);
    shared_lock_read_end(held);
    return NULL;
}

Test(shared_lock, readers_of_different_threads_do_not_meet)
{
    pthread_t threads[SHARED_LOCK_PARTS];
    shared_lock_init(&guarded);
    sem_init(&in, 0, 0);
    sem_init(&out, 0, 0);
    for (int i = 0; i < SHARED_LOCK_PARTS; i++)
        pthread_create(&threads[i], NULL, read_until_told, NULL);
    for (int i = 0; i < SHARED_LOCK_PARTS; i++)
        sem_wait(&in); /* all are in, or this test never ends */
    for (int i = 0; i < SHARED_LOCK_PARTS; i++)
        sem_post(&out);
    for (int i = 0; i < SHARED_LOCK_PARTS; i++)
        pthread_join(threads[i], NULL);
    shared_lock_destroy(&guarded);
}

enum { CHANGES = 2000, N_THREADS = 2 * SHARED_LOCK_PARTS };
static int left, right; /* always alike, where the lock is held */

static void *read_and_change(void *unused)
{
    (void)unused;
    for (int i = 0; i < CHANGES; i++) {
        if (i % 8 == 0) {
            shared_lock_change(&guarded);
            left++;
            right++;
            shared_lock_change_end(&guarded);
        }
        pthread_mutex_t *held = shared_lock_read(&guarded);
        cr_assert_eq(left, right);
        shared_lock_read_end(held);
    }
    return NULL;
}

Test(shared_lock, who_changes_is_alone)
{
    pthread_t threads[N_THREADS];
    shared_lock_init(&guarded);
    for (int i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, read_and_change, NULL);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(left, N_THREADS * CHANGES / 8);
    shared_lock_destroy(&guarded);
}

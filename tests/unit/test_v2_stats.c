/* SPDX-License-Identifier: MIT
 *
 * Counters of the Open Inference Protocol. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

#include "handlers/v2_stats.h"

enum { N_THREADS = 4, N_MODELS = 300, N_ROUNDS = 20 };

static void *count_all(void *argument)
{
    struct v2_stats *stats = argument;
    for (int round = 0; round < N_ROUNDS; round++)
        for (uint32_t i = 0; i < N_MODELS; i++) {
            char name[16];
            snprintf(name, sizeof name, "m%u", i % 7);
            struct v2_entry *entry = v2_stats_entry(stats, name, i);
            v2_stats_add(entry, V2_SUCCESS, 3);
            v2_stats_rows(entry, 2);
        }
    return NULL;
}

Test(v2_stats, threads_that_count_at_once_lose_nothing)
{
    static struct v2_stats stats;
    pthread_t threads[N_THREADS];
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, count_all, &stats);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < N_MODELS; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%u", i % 7);
        struct v2_entry *entry = v2_stats_find(&stats, name, i);
        cr_assert_not_null(entry);
        cr_expect_eq(entry->phases[V2_SUCCESS].count, N_THREADS * N_ROUNDS);
        cr_expect_eq(entry->phases[V2_SUCCESS].ns, 3 * N_THREADS * N_ROUNDS);
        cr_expect_eq(entry->phases[V2_FAIL].count, 0);
        cr_expect_eq(entry->n_rows, 2 * N_THREADS * N_ROUNDS);
        cr_expect_gt(entry->last_ms, 1600000000000);
    }
    v2_stats_free(&stats);
}

Test(v2_stats, versions_and_names_are_told_apart_and_reading_makes_none)
{
    static struct v2_stats stats;
    cr_expect_null(v2_stats_find(&stats, "a", 1));
    struct v2_entry *entry = v2_stats_entry(&stats, "a", 1);
    cr_expect_eq(v2_stats_find(&stats, "a", 1), entry);
    cr_expect_eq(v2_stats_entry(&stats, "a", 1), entry);
    cr_expect_null(v2_stats_find(&stats, "a", 2));
    cr_expect_null(v2_stats_find(&stats, "b", 1));
    v2_stats_free(&stats);
    cr_expect_null(v2_stats_find(&stats, "a", 1));
    v2_stats_add(NULL, V2_FAIL, 1); /* no memory for it: nothing happens */
    v2_stats_rows(NULL, 1);
}

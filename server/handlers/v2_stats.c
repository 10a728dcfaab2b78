/* SPDX-License-Identifier: MIT */
#include "handlers/v2_stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t v2_stats_now_ns(void)
{
    return now(CLOCK_MONOTONIC);
}

void v2_stats_free(struct v2_stats *stats)
{
    for (size_t i = 0; i < V2_STATS_BUCKETS; i++) {
        struct v2_entry *entry = atomic_load(&stats->buckets[i]);
        while (entry != NULL) {
            struct v2_entry *next = entry->next;
            free(entry);
            entry = next;
        }
        atomic_store(&stats->buckets[i], NULL);
    }
}

/* FNV-1a (Fowler, Noll, Vo). */
static size_t bucket_of(const char *name, uint32_t version)
{
    uint32_t hash = 2166136261U ^ version;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash % V2_STATS_BUCKETS;
}

/* In the list from `entry` on. */
static struct v2_entry *
search(struct v2_entry *entry, const char *name, uint32_t version)
{
    while (entry != NULL &&
           (entry->version != version || strcmp(entry->name, name) != 0))
        entry = entry->next;
    return entry;
}

struct v2_entry *
v2_stats_find(struct v2_stats *stats, const char *name, uint32_t version)
{
    return search(atomic_load(&stats->buckets[bucket_of(name, version)]), name,
                  version);
}

struct v2_entry *
v2_stats_entry(struct v2_stats *stats, const char *name, uint32_t version)
{
    _Atomic(struct v2_entry *) *bucket =
        &stats->buckets[bucket_of(name, version)];
    struct v2_entry *first = atomic_load(bucket);
    struct v2_entry *found = search(first, name, version);
    if (found != NULL)
        return found;
    struct v2_entry *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->version = version;
    strncpy(made->name, name, sizeof made->name - 1);
    made->next = first;
    /* Whoever comes first has made it; the others use his. */
    while (!atomic_compare_exchange_weak(bucket, &first, made)) {
        found = search(first, name, version);
        if (found != NULL) {
            free(made);
            return found;
        }
        made->next = first;
    }
    return made;
}

void v2_stats_add(struct v2_entry *entry, enum v2_phase phase, uint64_t ns)
{
    if (entry == NULL)
        return;
    atomic_fetch_add_explicit(&entry->phases[phase].count, 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&entry->phases[phase].ns, ns,
                              memory_order_relaxed);
}

void v2_stats_rows(struct v2_entry *entry, size_t n_rows)
{
    if (entry == NULL)
        return;
    atomic_fetch_add_explicit(&entry->n_rows, n_rows, memory_order_relaxed);
    atomic_store_explicit(&entry->last_ms, now(CLOCK_REALTIME) / 1000000,
                          memory_order_relaxed);
}

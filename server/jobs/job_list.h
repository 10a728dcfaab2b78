/* SPDX-License-Identifier: MIT
 *
 * Jobs in order of their id. Inner header of server/jobs/; the loop's. */
#ifndef MLPD_JOB_LIST_H
#define MLPD_JOB_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

/* All zero is an empty one. */
struct job_list {
    struct job **items; /* ascending ids */
    size_t n, capacity;
};

void job_list_free(struct job_list *list); /* the list, not the jobs */
/* Room for `capacity` jobs in all, so that inserting them cannot fail. */
bool job_list_reserve(struct job_list *list, size_t capacity);
void job_list_insert(struct job_list *list, struct job *job); /* reserved */
void job_list_remove(struct job_list *list, const struct job *job);
/* How many have an id below this one: its place, if it is in. */
size_t job_list_position(const struct job_list *list, int64_t id);
/* Bytes of memory that all of them take; UINT64_MAX if it is more. */
uint64_t job_list_memory(const struct job_list *list);
struct job *job_list_find(const struct job_list *list, int64_t id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A sorted array; ids mostly grow, so an insert is mostly at the end. */
#include "jobs/job_list.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/job.h"

void job_list_free(struct job_list *list)
{
    free(list->items);
    *list = (struct job_list){NULL, 0, 0};
}

bool job_list_reserve(struct job_list *list, size_t capacity)
{
    if (capacity <= list->capacity)
        return true;
    if (capacity < 2 * list->capacity)
        capacity = 2 * list->capacity;
    struct job **items =
        reallocarray(list->items, capacity, sizeof(struct job *));
    if (items == NULL)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

size_t job_list_position(const struct job_list *list, int64_t id)
{
    size_t low = 0, high = list->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct job *job_list_find(const struct job_list *list, int64_t id)
{
    size_t i = job_list_position(list, id);
    return i < list->n && list->items[i]->id == id ? list->items[i] : NULL;
}

void job_list_insert(struct job_list *list, struct job *job)
{
    size_t i = job_list_position(list, job->id);

    assert(list->n < list->capacity);
    memmove(list->items + i + 1, list->items + i,
            (list->n - i) * sizeof(struct job *));
    list->items[i] = job;
    list->n++;
}

void job_list_remove(struct job_list *list, const struct job *job)
{
    size_t i = job_list_position(list, job->id);

    assert(i < list->n && list->items[i] == job);
    list->n--;
    memmove(list->items + i, list->items + i + 1,
            (list->n - i) * sizeof(struct job *));
}

uint64_t job_list_memory(const struct job_list *list)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < list->n; i++)
        if (__builtin_add_overflow(sum, list->items[i]->memory_bytes, &sum))
            return UINT64_MAX;
    return sum;
}

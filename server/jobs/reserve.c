/* SPDX-License-Identifier: MIT
 *
 * A stack that only grows. A block of it has its size before it. */
#include "jobs/reserve.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RESERVE_BYTES = 4096, ALIGNMENT = 16 };

static _Alignas(ALIGNMENT) unsigned char reserve[RESERVE_BYTES];
static size_t n_used;

static void *take(size_t n)
{
    if (n > RESERVE_BYTES)
        return NULL;
    size_t whole = ALIGNMENT + (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (whole > RESERVE_BYTES - n_used)
        return NULL;
    unsigned char *block = reserve + n_used;
    n_used += whole;
    memcpy(block, &n, sizeof n);
    return block + ALIGNMENT;
}

static bool is_ours(const void *block)
{
    uintptr_t at = (uintptr_t)block, first = (uintptr_t)reserve;
    return at >= first && at < first + RESERVE_BYTES;
}

void *reserve_malloc(size_t n)
{
    void *block = calloc(1, n);
    return block != NULL ? block : take(n);
}

void *reserve_calloc(size_t n, size_t size)
{
    void *block = calloc(n, size);
    size_t bytes;
    if (block != NULL || __builtin_mul_overflow(n, size, &bytes))
        return block;
    return take(bytes); /* all zero as long as nobody had it */
}

void *reserve_realloc(void *block, size_t n)
{
    if (block == NULL)
        return reserve_malloc(n);
    if (!is_ours(block))
        return realloc(block, n);
    size_t before;
    memcpy(&before, (unsigned char *)block - ALIGNMENT, sizeof before);
    void *moved = reserve_malloc(n);
    if (moved != NULL)
        memcpy(moved, block, before < n ? before : n);
    return moved;
}

void reserve_free(void *block)
{
    if (!is_ours(block))
        free(block);
}

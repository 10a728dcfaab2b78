/* SPDX-License-Identifier: MIT
 *
 * A shelf of lists, one for each size, for each thread. */
#include "http/spare.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    STEP_BYTES = 512,
    N_SIZES = 16,         /* in steps; what is larger is not kept */
    KEPT_BYTES = 1 << 20, /* a shelf's, at most */
};

/* A sanitizer has to see who touches what was given back. */
#if defined(__SANITIZE_ADDRESS__)
#define MAY_KEEP false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAY_KEEP false
#endif
#endif
#ifndef MAY_KEEP
#define MAY_KEEP true
#endif

struct block {
    struct block *next;
};

struct shelf {
    struct block *first[N_SIZES];
    size_t n_bytes;
};

static _Thread_local struct shelf *mine; /* from the first block on */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

/* The thread ends. */
static void clear(void *context)
{
    struct shelf *shelf = context;
    mine = NULL;
    for (size_t i = 0; i < N_SIZES; i++) {
        struct block *next, *block = shelf->first[i];
        for (; block != NULL; block = next) {
            next = block->next;
            free(block);
        }
    }
    free(shelf);
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, clear) == 0;
}

/* NULL: there is none, and no memory for it. */
static struct shelf *shelf_here(void)
{
    if (mine != NULL)
        return mine;
    (void)pthread_once(&once, make_key);
    struct shelf *shelf = has_key ? calloc(1, sizeof *shelf) : NULL;
    if (shelf != NULL && pthread_setspecific(key, shelf) != 0) {
        free(shelf);
        return NULL;
    }
    mine = shelf;
    return shelf;
}

/* The list that blocks of so many bytes are on; N_SIZES: none. */
static size_t size_of(size_t bytes)
{
    size_t size = bytes > 0 ? (bytes - 1) / STEP_BYTES : 0;
    return size < N_SIZES && MAY_KEEP ? size : N_SIZES;
}

static size_t bytes_of(size_t size)
{
    return (size + 1) * STEP_BYTES;
}

void *spare_take(size_t bytes)
{
    size_t size = size_of(bytes);
    if (size == N_SIZES)
        return malloc(bytes);
    if (mine == NULL || mine->first[size] == NULL)
        return malloc(bytes_of(size));
    struct block *block = mine->first[size];
    mine->first[size] = block->next;
    mine->n_bytes -= bytes_of(size);
    return block;
}

void spare_give(void *memory, size_t bytes)
{
    size_t size = size_of(bytes);
    struct shelf *shelf =
        memory != NULL && size < N_SIZES ? shelf_here() : NULL;
    if (shelf == NULL || shelf->n_bytes + bytes_of(size) > KEPT_BYTES) {
        free(memory);
        return;
    }
    struct block *block = memory;
    block->next = shelf->first[size];
    shelf->first[size] = block;
    shelf->n_bytes += bytes_of(size);
}

/* SPDX-License-Identifier: MIT
 *
 * The program's own calloc(), aligned_alloc() and free() take precedence over
 * those of the C library; memory still comes from the usual heap. */
#include "allocation.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { MAX_BLOCKS = 128 };

static _Thread_local struct {
    bool on, armed;
    size_t passes, n_blocks;
    const void *blocks[MAX_BLOCKS];
} watch;

void allocation_watch(size_t n)
{
    watch.passes = n;
    watch.n_blocks = 0;
    watch.armed = watch.on = true;
}

struct allocation_report allocation_unwatch(void)
{
    watch.on = false;
    return (struct allocation_report){!watch.armed, watch.n_blocks};
}

static bool fails(void)
{
    if (!watch.on || !watch.armed || watch.passes-- > 0)
        return false;
    watch.armed = false;
    return true;
}

static void *note(void *memory)
{
#ifndef SANITIZED
    if (watch.on && memory && watch.n_blocks < MAX_BLOCKS)
        watch.blocks[watch.n_blocks++] = memory;
#endif
    return memory;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    void *memory = NULL;
    if (fails() || posix_memalign(&memory, alignment, size) != 0)
        return NULL;
    return note(memory);
}

/* Behind a volatile pointer, so that malloc() and memset() are not turned into
 * a call of calloc(). */
static void *(*volatile const zero)(void *, int, size_t) = memset;

void *calloc(size_t n, size_t size)
{
    if (fails() || (size > 0 && n > SIZE_MAX / size))
        return NULL;
    size_t bytes = n * size > 0 ? n * size : 1;
    void *memory = malloc(bytes);
    if (memory)
        zero(memory, 0, bytes);
    return note(memory);
}

#ifndef SANITIZED
void __libc_free(void *memory);

void free(void *memory)
{
    for (size_t i = 0; watch.on && memory && i < watch.n_blocks; i++) {
        if (watch.blocks[i] == memory) {
            watch.blocks[i] = watch.blocks[--watch.n_blocks];
            break;
        }
    }
    __libc_free(memory);
}
#endif

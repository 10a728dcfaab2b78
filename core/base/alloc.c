/* SPDX-License-Identifier: MIT
 *
 * Overflow-checked allocation. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

bool size_mul(size_t a, size_t b, size_t *out)
{
    bool overflow = __builtin_mul_overflow(a, b, out);
    if (overflow)
        *out = 0;
    return !overflow;
}

bool size_add(size_t a, size_t b, size_t *out)
{
    bool overflow = __builtin_add_overflow(a, b, out);
    if (overflow)
        *out = 0;
    return !overflow;
}

void *alloc_array(size_t n, size_t size)
{
    size_t bytes;
    if (!size_mul(n, size, &bytes))
        return NULL;
    return calloc(bytes > 0 ? bytes : 1, 1);
}

void *alloc_aligned(size_t n, size_t size)
{
    size_t bytes, padded;
    if (!size_mul(n, size, &bytes) ||
        !size_add(bytes > 0 ? bytes : 1, ALLOC_ALIGNMENT - 1, &padded))
        return NULL;
    padded -= padded % ALLOC_ALIGNMENT;
    void *memory = aligned_alloc(ALLOC_ALIGNMENT, padded);
    if (memory != NULL)
        memset(memory, 0, padded);
    return memory;
}

char *alloc_text(const char *text, size_t length)
{
    size_t bytes;
    char *copy = NULL;
    if (size_add(length, 1, &bytes))
        copy = malloc(bytes);
    if (copy != NULL) {
        if (length > 0)
            memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

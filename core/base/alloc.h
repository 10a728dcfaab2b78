/* SPDX-License-Identifier: MIT
 *
 * Memory by the count and the size of its elements. Every product is checked
 * here, so that no caller multiplies sizes by hand. */
#ifndef MLP_BASE_ALLOC_H
#define MLP_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/status.h"

/* One cache line, and the widest vector register. */
enum { ALLOC_ALIGNMENT = 64 };

/* *out = a * b or a + b; false when that does not fit a size_t, and *out is
 * then 0.  Threads: any. */
MLP_NODISCARD
bool size_mul(size_t a, size_t b, size_t *out);
MLP_NODISCARD
bool size_add(size_t a, size_t b, size_t *out);

/* n elements of `size` bytes, all zero. NULL when the product does not fit or
 * there is no memory; a product of 0 gives a pointer that is not NULL.
 * alloc_array has malloc's alignment, alloc_aligned ALLOC_ALIGNMENT bytes.
 * Owner:   caller; free() it.
 * Threads: any. */
MLP_NODISCARD
void *alloc_array(size_t n, size_t size);
MLP_NODISCARD
void *alloc_aligned(size_t n, size_t size);

/* A copy of text[0..length) with a NUL behind it; NULL when there is no
 * memory.  Owner: caller; free() it.  Threads: any. */
MLP_NODISCARD
char *alloc_text(const char *text, size_t length);

#endif

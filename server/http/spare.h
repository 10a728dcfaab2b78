/* SPDX-License-Identifier: MIT
 *
 * Blocks that a thread was given back and will want again for the next request.
 * The C library keeps those of up to 1 KiB at hand, and no more than seven of a
 * size; others it cuts from what is free and joins with their neighbours again,
 * which takes longer than a small request has any use for them.
 *
 * A block is malloc's, so that realloc() and free() take it, too. */
#ifndef MLPD_SPARE_H
#define MLPD_SPARE_H

#include <stddef.h>

/* `bytes` bytes with any content; NULL: no memory.  Threads: any. */
void *spare_take(size_t bytes);

/* What was taken as so many bytes, by whichever thread; it stays with this one
 * until it ends, or is freed at once where there is much already. Accepts
 * NULL.  Threads: any. */
void spare_give(void *block, size_t bytes);

#endif

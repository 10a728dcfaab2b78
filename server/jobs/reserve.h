/* SPDX-License-Identifier: MIT
 *
 * Memory for a library that aborts where there is none: libuv does, when it
 * learns of its first descriptors. malloc and its family as they are, and
 * behind them a few kilobytes that are kept for that moment. What is used of
 * these is never given back. Threads: loop. */
#ifndef MLPD_RESERVE_H
#define MLPD_RESERVE_H

#include <stddef.h>

void *reserve_malloc(size_t n);
void *reserve_calloc(size_t n, size_t size);
void *reserve_realloc(void *block, size_t n);
void reserve_free(void *block);

#endif

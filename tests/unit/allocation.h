/* SPDX-License-Identifier: MIT
 *
 * Allocations that fail on purpose. calloc() and aligned_alloc(), which are
 * all that core/ allocates numbers by, and free() are replaced in the test
 * program. Only the calling thread is watched. */
#ifndef TESTS_UNIT_ALLOCATION_H
#define TESTS_UNIT_ALLOCATION_H

#include <stdbool.h>
#include <stddef.h>

/* Watch from here: let n allocations pass and the one after them fail, once. */
void allocation_watch(size_t n);

struct allocation_report {
    bool failed;   /* the failure took place */
    size_t n_left; /* blocks that were allocated meanwhile and not freed; 0
                      where the sanitizers look after leaks themselves */
};

/* Watch no longer. */
struct allocation_report allocation_unwatch(void);

#endif

/* SPDX-License-Identifier: MIT
 *
 * "Did you mean …?": the word of a list that a mistyped one is closest to. */
#ifndef MLPD_NEAREST_H
#define MLPD_NEAREST_H

#include <stddef.h>

enum { NEAREST_MAX_BYTES = 64 }; /* longer words are like no other */

/* How many letters must be put in, left out, changed or swapped with their
 * neighbour; SIZE_MAX: one is longer than NEAREST_MAX_BYTES.  Threads: any. */
size_t nearest_distance(const char *a, const char *b);

/* A search: offer each word, then ask. */
struct nearest {
    const char *word; /* what was typed */
    const char *best; /* NULL: nothing is close */
    size_t distance;
};
struct nearest nearest_to(const char *word);
void nearest_offer(struct nearest *search, const char *candidate);

#endif

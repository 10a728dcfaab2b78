/* SPDX-License-Identifier: MIT */
#include "cli/nearest.h"

#include <stdint.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the table of distances between the
 * first i letters of `a` and the first j of `b`. */
size_t nearest_distance(const char *a, const char *b)
{
    size_t n_a = strlen(a), n_b = strlen(b);
    size_t rows[3][NEAREST_MAX_BYTES + 1];
    if (n_a > NEAREST_MAX_BYTES || n_b > NEAREST_MAX_BYTES)
        return SIZE_MAX;
    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[n_a % 3][n_b];
}

struct nearest nearest_to(const char *word)
{
    /* A third of the letters may be wrong, three at most. */
    return (struct nearest){.word = word,
                            .distance = least(strlen(word) / 3, 3) + 1};
}

void nearest_offer(struct nearest *search, const char *candidate)
{
    size_t distance = nearest_distance(search->word, candidate);
    if (distance >= search->distance)
        return;
    search->distance = distance;
    search->best = candidate;
}

/* SPDX-License-Identifier: MIT
 *
 * Splits along the borders of groups and between two times: a row that is held
 * out has no sister among those that train. */
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"
#include "data/split.h"

/* The stream that is the groups' own, apart from that of rows. */
static const uint64_t group_stream = UINT64_C(0x67726f757073); /* "groups" */

static void part(uint32_t n,
                 const bool *held_out,
                 uint32_t *train,
                 size_t *n_train,
                 uint32_t *validation,
                 size_t *n_validation)
{
    *n_train = *n_validation = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (held_out[i])
            validation[(*n_validation)++] = i;
        else
            train[(*n_train)++] = i;
    }
}

/* --- groups --------------------------------------------------------------- */

struct group {
    uint32_t n; /* rows */
    uint32_t number;
    unsigned char fold; /* or 1: held out */
};

/* The groups that have rows, in the seed's order; groups[n_groups]. */
static bool shuffle(uint32_t n,
                    const uint32_t *group_of,
                    size_t n_groups,
                    uint64_t seed,
                    struct group *groups,
                    size_t *n_used)
{
    uint32_t *order = alloc_array(n_groups, sizeof *order);
    uint32_t *sizes = alloc_array(n_groups, sizeof *sizes);
    *n_used = 0;
    if (order && sizes) {
        for (uint32_t i = 0; i < n; i++)
            if (group_of[i] != SPLIT_NO_GROUP)
                sizes[group_of[i]]++;
        random_permutation(seed, group_stream, order, (uint32_t)n_groups);
        for (size_t i = 0; i < n_groups; i++)
            if (sizes[order[i]] > 0)
                groups[(*n_used)++] =
                    (struct group){.n = sizes[order[i]], .number = order[i]};
    }
    bool made = order && sizes;
    free(order);
    free(sizes);
    return made;
}

/* Those that bring the sum nearer to `want`; without any the smallest. */
static void choose(struct group *groups, size_t n, double want)
{
    double held = 0;
    size_t n_chosen = 0, smallest = 0;
    for (size_t i = 0; i < n; i++) {
        double with = held + groups[i].n;
        smallest = groups[i].n < groups[smallest].n ? i : smallest;
        if (n_chosen + 1 == n || !(fabs(with - want) < fabs(held - want)))
            continue;
        groups[i].fold = 1;
        held = with;
        n_chosen++;
    }
    if (n_chosen == 0 && n > 1 && want > 0)
        groups[smallest].fold = 1;
}

mlp_status split_groups(uint32_t n,
                        const uint32_t *group_of,
                        size_t n_groups,
                        double fraction,
                        uint64_t seed,
                        uint32_t *train,
                        size_t *n_train,
                        uint32_t *validation,
                        size_t *n_validation)
{
    assert(fraction >= 0 && fraction < 1);
    struct group *groups = alloc_array(n_groups, sizeof *groups);
    bool *chosen = alloc_array(n_groups, sizeof *chosen);
    bool *held_out = alloc_array(n, sizeof *held_out);
    size_t n_used;
    mlp_status status = MLP_NOMEM;
    if (groups && chosen && held_out &&
        shuffle(n, group_of, n_groups, seed, groups, &n_used)) {
        choose(groups, n_used, fraction * n);
        for (size_t i = 0; i < n_used; i++)
            chosen[groups[i].number] = groups[i].fold == 1;
        for (uint32_t i = 0; i < n; i++)
            held_out[i] = group_of[i] != SPLIT_NO_GROUP && chosen[group_of[i]];
        part(n, held_out, train, n_train, validation, n_validation);
        status = MLP_OK;
    }
    free(groups);
    free(chosen);
    free(held_out);
    return status;
}

static int by_size(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Groups of one size keep the seed's order: their numbers are lent to it. */
static void
sort_by_size(struct group *groups, size_t n, const uint32_t *number_at)
{
    qsort(groups, n, sizeof *groups, by_size);
    for (size_t i = 0; i < n; i++)
        groups[i].number = number_at[groups[i].number];
}

static void fill_folds(struct group *groups, size_t n, size_t n_folds)
{
    size_t rows[SPLIT_NO_FOLD] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t least = 0;
        for (size_t f = 1; f < n_folds; f++)
            least = rows[f] < rows[least] ? f : least;
        groups[i].fold = (unsigned char)least;
        rows[least] += groups[i].n;
    }
}

mlp_status split_group_folds(uint32_t n,
                             const uint32_t *group_of,
                             size_t n_groups,
                             size_t n_folds,
                             uint64_t seed,
                             unsigned char *fold_of)
{
    assert(n_folds > 0 && n_folds < SPLIT_NO_FOLD);
    struct group *groups = alloc_array(n_groups, sizeof *groups);
    uint32_t *number_at = alloc_array(n_groups, sizeof *number_at);
    unsigned char *fold = alloc_array(n_groups, sizeof *fold);
    size_t n_used;
    mlp_status status = MLP_NOMEM;
    if (groups && number_at && fold &&
        shuffle(n, group_of, n_groups, seed, groups, &n_used)) {
        for (size_t i = 0; i < n_used; i++) {
            number_at[i] = groups[i].number;
            groups[i].number = (uint32_t)i;
        }
        sort_by_size(groups, n_used, number_at);
        fill_folds(groups, n_used, n_folds);
        for (size_t i = 0; i < n_used; i++)
            fold[groups[i].number] = groups[i].fold;
        for (uint32_t i = 0; i < n; i++)
            fold_of[i] = group_of[i] == SPLIT_NO_GROUP ? SPLIT_NO_FOLD
                                                       : fold[group_of[i]];
        status = MLP_OK;
    }
    free(groups);
    free(number_at);
    free(fold);
    return status;
}

/* --- times ---------------------------------------------------------------- */

static int by_time(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* The last time that trains, among n that are sorted: behind it about `want`
 * rows are left. +INFINITY: all do. */
static double border(const double *sorted, size_t n, double want)
{
    double best = HUGE_VAL, nearest = HUGE_VAL;
    for (size_t i = 1; i < n && want > 0; i++) {
        double off = fabs((double)(n - i) - want);
        if (sorted[i] > sorted[i - 1] && off <= nearest) {
            best = sorted[i - 1];
            nearest = off;
        }
    }
    return best;
}

mlp_status split_latest(uint32_t n,
                        const double *times,
                        double fraction,
                        uint32_t *train,
                        size_t *n_train,
                        uint32_t *validation,
                        size_t *n_validation)
{
    assert(fraction >= 0 && fraction < 1);
    double *sorted = alloc_array(n, sizeof *sorted);
    bool *held_out = alloc_array(n, sizeof *held_out);
    mlp_status status = MLP_NOMEM;
    if (sorted && held_out) {
        size_t n_timed = 0;
        for (uint32_t i = 0; i < n; i++)
            if (!isnan(times[i]))
                sorted[n_timed++] = times[i];
        if (n_timed > 0)
            qsort(sorted, n_timed, sizeof *sorted, by_time);
        double last = border(sorted, n_timed, fraction * n);
        for (uint32_t i = 0; i < n; i++)
            held_out[i] = times[i] > last;
        part(n, held_out, train, n_train, validation, n_validation);
        status = MLP_OK;
    }
    free(sorted);
    free(held_out);
    return status;
}

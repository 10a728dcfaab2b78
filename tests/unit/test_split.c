/* SPDX-License-Identifier: MIT
 *
 * The split: every row once, each class its share, the seed decides. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/split.h"

enum { N = 1000 };

struct parts {
    uint32_t train[N], validation[N];
    size_t n_train, n_validation;
};

static struct parts split(uint32_t n,
                          const uint32_t *classes,
                          size_t n_classes,
                          double fraction,
                          uint64_t seed)
{
    struct parts parts;
    cr_assert_eq(split_rows(n, classes, n_classes, fraction, seed, parts.train,
                            &parts.n_train, parts.validation,
                            &parts.n_validation),
                 MLP_OK);
    return parts;
}

/* Class 0: half of the rows, 1: a quarter, …; the last has one row. */
static void halving_classes(uint32_t classes[N])
{
    for (uint32_t i = 0; i < N; i++) {
        classes[i] = 0;
        for (uint32_t k = i + 1; k % 2 == 0 && classes[i] < 9; k /= 2)
            classes[i]++;
    }
}

Test(split, every_row_is_in_one_part_in_ascending_order)
{
    static const double fractions[] = {0, 0.001, 0.2, 0.5, 0.9, 0.999};
    for (size_t k = 0; k < 6; k++)
        for (uint32_t n = 0; n <= N; n += n < 20 ? 1 : 98) {
            struct parts parts = split(n, NULL, 0, fractions[k], 7);
            size_t t = 0, v = 0;
            for (uint32_t row = 0; row < n; row++) {
                bool held_out =
                    v < parts.n_validation && parts.validation[v] == row;
                bool kept = t < parts.n_train && parts.train[t] == row;
                cr_assert(held_out != kept);
                v += held_out;
                t += kept;
            }
            cr_assert_eq(t + v, n);
            cr_assert_eq(parts.n_train + parts.n_validation, n);
            cr_assert(n == 0 || parts.n_train > 0);
        }
}

Test(split, a_fifth_of_a_thousand_rows_is_two_hundred)
{
    cr_expect_eq(split(N, NULL, 0, 0.2, 1).n_validation, 200);
    cr_expect_eq(split(N, NULL, 0, 0, 1).n_validation, 0);
}

Test(split, each_class_gives_its_share_and_keeps_a_row)
{
    uint32_t classes[N];
    size_t n_of_class[10] = {0}, held_out[10] = {0};
    halving_classes(classes);
    struct parts parts = split(N, classes, 10, 0.2, 3);
    for (size_t i = 0; i < N; i++)
        n_of_class[classes[i]]++;
    for (size_t i = 0; i < parts.n_validation; i++)
        held_out[classes[parts.validation[i]]]++;
    cr_assert_eq(n_of_class[9], 1);
    for (size_t c = 0; c < 10; c++) {
        double share = 0.2 * (double)n_of_class[c];
        cr_expect_lt((double)held_out[c], share + 1.01);
        cr_expect_gt((double)held_out[c], share - 1.01);
        cr_expect_lt(held_out[c], n_of_class[c]);
    }
    cr_expect_lt(abs((int)parts.n_validation - 200), 3);
}

Test(split, classes_of_one_row_are_trained_on)
{
    uint32_t classes[N];
    for (uint32_t i = 0; i < N; i++)
        classes[i] = i;
    struct parts parts = split(N, classes, N, 0.5, 3);
    cr_expect_eq(parts.n_train, N);
    cr_expect_eq(parts.n_validation, 0);
}

Test(split, many_small_classes_give_their_share_together)
{
    uint32_t classes[N];
    for (uint32_t i = 0; i < N; i++)
        classes[i] = i / 2;
    struct parts parts = split(N, classes, N / 2, 0.2, 3);
    cr_expect_eq(parts.n_validation, 200);
}

Test(split, classes_that_no_row_has_do_not_matter)
{
    uint32_t classes[N], sparse[N];
    halving_classes(classes);
    for (size_t i = 0; i < N; i++)
        sparse[i] = classes[i] * 5 + 3;
    struct parts a = split(N, classes, 10, 0.3, 3);
    struct parts b = split(N, sparse, 100, 0.3, 3);
    cr_assert_eq(a.n_train, b.n_train);
    cr_expect_arr_eq(a.train, b.train, a.n_train * sizeof *a.train);
}

Test(split, the_seed_and_nothing_else_decides)
{
    uint32_t classes[N];
    halving_classes(classes);
    struct parts a = split(N, classes, 10, 0.2, 3);
    struct parts b = split(N, classes, 10, 0.2, 3);
    struct parts c = split(N, classes, 10, 0.2, 4);
    cr_assert_eq(a.n_validation, b.n_validation);
    cr_expect_arr_eq(a.validation, b.validation,
                     a.n_validation * sizeof *a.validation);
    cr_assert_eq(a.n_validation, c.n_validation);
    cr_expect_neq(memcmp(a.validation, c.validation,
                         a.n_validation * sizeof *a.validation),
                  0);
}

/* --- whole groups --------------------------------------------------------- */

enum { N_GROUPS = 40 };

/* Groups of 1 to 49 rows, and some rows without one. */
static void uneven_groups(uint32_t groups[N])
{
    for (uint32_t i = 0; i < N; i++)
        groups[i] = i % 50 == 0 ? SPLIT_NO_GROUP : (i * i / 61) % N_GROUPS;
}

static struct parts
split_by_group(uint32_t n, const uint32_t *groups, double fraction)
{
    struct parts parts;
    cr_assert_eq(split_groups(n, groups, N_GROUPS, fraction, 3, parts.train,
                              &parts.n_train, parts.validation,
                              &parts.n_validation),
                 MLP_OK);
    cr_assert_eq(parts.n_train + parts.n_validation, n);
    return parts;
}

Test(split, a_group_is_on_one_side_and_rows_without_one_train)
{
    uint32_t groups[N];
    uneven_groups(groups);
    for (double fraction = 0; fraction < 0.95; fraction += 0.1) {
        struct parts parts = split_by_group(N, groups, fraction);
        bool held_out[N_GROUPS] = {false};
        for (size_t i = 0; i < parts.n_validation; i++) {
            cr_assert_neq(groups[parts.validation[i]], SPLIT_NO_GROUP);
            held_out[groups[parts.validation[i]]] = true;
        }
        for (size_t i = 0; i < parts.n_train; i++) {
            uint32_t group = groups[parts.train[i]];
            cr_assert(group == SPLIT_NO_GROUP || !held_out[group]);
        }
        cr_expect_float_eq((double)parts.n_validation, fraction * N, 60);
    }
}

Test(split, of_two_groups_one_is_held_out_however_large)
{
    uint32_t groups[100] = {0};
    for (size_t i = 90; i < 100; i++)
        groups[i] = 1;
    cr_expect_eq(split_by_group(100, groups, 0.01).n_validation, 10);
    cr_expect_eq(split_by_group(100, groups, 0.9).n_validation, 90);
    cr_expect_eq(split_by_group(100, groups, 0).n_validation, 0);
    cr_expect_eq(split_by_group(90, groups, 0.5).n_validation, 0);
}

Test(split, the_seed_chooses_the_groups)
{
    uint32_t groups[N];
    struct parts a, b;
    uneven_groups(groups);
    a = split_by_group(N, groups, 0.2);
    cr_assert_eq(split_groups(N, groups, N_GROUPS, 0.2, 4, b.train, &b.n_train,
                              b.validation, &b.n_validation),
                 MLP_OK);
    cr_expect(a.n_validation != b.n_validation ||
              memcmp(a.validation, b.validation,
                     a.n_validation * sizeof *a.validation) != 0);
}

Test(split, folds_of_groups_are_whole_and_even)
{
    enum { N_FOLDS = 5 };
    uint32_t groups[N];
    unsigned char fold_of[N];
    int fold_of_group[N_GROUPS], sizes[N_FOLDS] = {0};
    uneven_groups(groups);
    for (size_t g = 0; g < N_GROUPS; g++)
        fold_of_group[g] = -1;
    cr_assert_eq(split_group_folds(N, groups, N_GROUPS, N_FOLDS, 7, fold_of),
                 MLP_OK);
    for (size_t i = 0; i < N; i++) {
        if (groups[i] == SPLIT_NO_GROUP) {
            cr_assert_eq(fold_of[i], SPLIT_NO_FOLD);
            continue;
        }
        int *fold = &fold_of_group[groups[i]];
        cr_assert(*fold < 0 || *fold == fold_of[i]);
        *fold = fold_of[i];
        cr_assert_lt(*fold, N_FOLDS);
        sizes[*fold]++;
    }
    for (size_t f = 0; f < N_FOLDS; f++)
        cr_expect(sizes[f] > 180 && sizes[f] < 220, "%d", sizes[f]);
}

/* --- the latest rows ------------------------------------------------------ */

static struct parts
split_by_time(uint32_t n, const double *times, double fraction)
{
    struct parts parts;
    cr_assert_eq(split_latest(n, times, fraction, parts.train, &parts.n_train,
                              parts.validation, &parts.n_validation),
                 MLP_OK);
    cr_assert_eq(parts.n_train + parts.n_validation, n);
    return parts;
}

Test(split, the_latest_are_held_out_wherever_they_stand)
{
    double times[N];
    for (uint32_t i = 0; i < N; i++)
        times[i] = (double)(i * 7 % N);
    struct parts parts = split_by_time(N, times, 0.2);
    cr_assert_eq(parts.n_validation, 200);
    for (size_t i = 0; i < 200; i++)
        cr_assert_geq(times[parts.validation[i]], 800);
    cr_expect_eq(split_by_time(N, times, 0).n_validation, 0);
}

Test(split, one_time_is_on_one_side_and_rows_without_one_train)
{
    double years[] = {2021, 2022, 2022, (double)NAN, 2023,
                      2023, 2023, 2023, 2023,        2022};
    cr_expect_eq(split_by_time(10, years, 0.2).n_validation, 5);
    cr_expect_eq(split_by_time(10, years, 0.01).n_validation, 5);
    cr_expect_eq(split_by_time(10, years, 0.9).n_validation, 8);
    cr_expect_eq(split_by_time(10, years, 0.65).n_validation, 5,
                 "the later of two that are as near");
    for (size_t i = 0; i < 10; i++)
        years[i] = 2023;
    cr_expect_eq(split_by_time(10, years, 0.5).n_validation, 0);
}

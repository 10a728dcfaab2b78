/* SPDX-License-Identifier: MIT
 *
 * The split: every row once, each class its share, the seed decides. */
#include <criterion/criterion.h>
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

/* SPDX-License-Identifier: MIT */
#include "model/ranking.h"

#include <criterion/criterion.h>
#include <math.h>

static struct ranking
ranking_for(size_t n_columns, size_t n_rows, size_t max_keys)
{
    struct ranking ranking;
    cr_assert_eq(ranking_init(&ranking, n_columns, n_rows, max_keys, NULL),
                 MLP_OK);
    return ranking;
}

/* The area for scores of which the first n_with rows have the class. */
static double auc(const float *scores, size_t n, size_t n_with)
{
    struct ranking ranking = ranking_for(1, n, RANKING_MAX_KEYS);
    for (size_t i = 0; i < n; i++)
        ranking_add_class(&ranking, &scores[i], i < n_with ? 0 : 1);
    double area = ranking_auc(&ranking, 0);
    cr_expect(area == ranking_auc(&ranking, 0) || isnan(area));
    ranking_free(&ranking);
    return area;
}

/* Pairs (with, without) in order, by hand. */
Test(ranking, area_is_the_share_of_pairs_in_order_and_ties_are_half)
{
    cr_expect_eq(auc((float[]){.9F, .8F, .1F, .2F}, 4, 2), 1);
    cr_expect_eq(auc((float[]){.1F, .2F, .9F, .8F}, 4, 2), 0);
    cr_expect_eq(auc((float[]){.5F, .5F, .5F, .5F}, 4, 2), 0.5);
    cr_expect_eq(auc((float[]){.9F, .3F, .5F, .1F}, 4, 2), 0.75);
    cr_expect_eq(auc((float[]){.9F, .5F, .5F, .1F}, 4, 2), 0.875);
    cr_expect_eq(auc((float[]){1, 0, 0}, 3, 1), 1);
}

Test(ranking, without_rows_of_both_kinds_there_is_no_area)
{
    cr_expect(isnan(auc((float[]){.9F, .3F}, 2, 2)));
    cr_expect(isnan(auc((float[]){.9F, .3F}, 2, 0)));
    cr_expect(isnan(auc((float[]){.9F}, 0, 0)));
}

Test(ranking, what_is_no_probability_counts_as_the_nearest)
{
    cr_expect_eq(auc((float[]){2, 1}, 2, 1), 0.5);
    cr_expect_eq(auc((float[]){-1, 0}, 2, 1), 0.5);
    cr_expect_eq(auc((float[]){NAN, -0.0F}, 2, 1), 0.5);
    cr_expect_eq(auc((float[]){INFINITY, NAN}, 2, 1), 1);
}

Test(ranking, columns_are_apart)
{
    struct ranking ranking = ranking_for(2, 3, RANKING_MAX_KEYS);
    ranking_add_labels(&ranking, (float[]){.9F, .9F}, (float[]){1, 0});
    ranking_add_labels(&ranking, (float[]){.5F, .5F}, (float[]){0, 1});
    ranking_add_labels(&ranking, (float[]){.1F, .1F}, (float[]){0, 0});
    cr_expect_eq(ranking_auc(&ranking, 0), 1);
    cr_expect_eq(ranking_auc(&ranking, 1), 0.5);
    ranking_free(&ranking);
}

/* 1,000 rows in room for 300: every 4th. What they say is nearly the same. */
Test(ranking, of_many_rows_evenly_spaced_ones_are_kept)
{
    struct ranking some = ranking_for(2, 1000, 600);
    struct ranking all = ranking_for(2, 1000, 2000);
    cr_expect_eq(some.stride, 4);
    cr_expect_eq(some.capacity, 250);
    cr_expect_eq(all.stride, 1);
    for (unsigned i = 0; i < 1000; i++) {
        unsigned noise = i * 2654435761U >> 16;
        bool has_it = noise % 3 == 0;
        float y = (float)((noise >> 3) % 100 + (has_it ? 30 : 0)) / 130;
        ranking_add_class(&some, (float[]){y, 1 - y}, !has_it);
        ranking_add_class(&all, (float[]){y, 1 - y}, !has_it);
    }
    cr_expect_eq(some.n_kept, 250);
    cr_expect_eq(all.n_kept, 1000);
    cr_expect_float_eq(ranking_auc(&some, 0), ranking_auc(&all, 0), 0.05);
    cr_expect_float_eq(ranking_auc(&all, 0), ranking_auc(&all, 1), 1e-12);
    ranking_free(&some);
    ranking_free(&all);
}

Test(ranking, more_columns_than_room_give_no_area)
{
    struct ranking ranking = ranking_for(3, 10, 2);
    ranking_add_class(&ranking, (float[]){.1F, .2F, .7F}, 2);
    cr_expect(isnan(ranking_auc(&ranking, 2)));
    ranking_free(&ranking);
}

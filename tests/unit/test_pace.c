/* SPDX-License-Identifier: MIT
 *
 * The number of threads follows what steps cost. */
#include <criterion/criterion.h>

#include "nn/pace.h"

/* Seconds of a step by the number of threads. */
typedef double step_cost(size_t n_members);

static double alone(size_t n_members)
{
    return 0.001 / (double)n_members;
}

/* Two processors are others': who waits for them loses. */
static double crowded(size_t n_members)
{
    return n_members > 2 ? 0.005 : alone(n_members);
}

static double with_a_neighbour(size_t n_members)
{
    return n_members > 1 ? 0.003 : 0.001;
}

/* The share of `n` seconds that is spent with other than so many threads. */
static double
share_off(struct pace *pace, step_cost *cost, double n, size_t n_members)
{
    double all = 0, off = 0;
    while (all < n) {
        size_t members = pace_members(pace);
        double seconds = cost(members);
        pace_note(pace, 1, seconds);
        all += seconds;
        off += members == n_members ? 0 : seconds;
    }
    return off / all;
}

Test(pace, of_one_thread_is_one)
{
    struct pace pace;
    pace_init(&pace, 1);
    for (size_t i = 0; i < 1000; i++)
        pace_note(&pace, 1, 1);
    cr_expect_eq(pace_members(&pace), 1);
}

Test(pace, keeps_to_all_threads_where_they_pay)
{
    static const size_t numbers[] = {2, 3, 4, 7, 256};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct pace pace;
        pace_init(&pace, numbers[i]);
        cr_expect_eq(pace_members(&pace), numbers[i]);
        share_off(&pace, alone, 1, numbers[i]);
        cr_expect_lt(share_off(&pace, alone, 10, numbers[i]), 0.05);
    }
}

Test(pace, finds_the_number_that_a_crowd_leaves)
{
    struct pace pace;
    pace_init(&pace, 8);
    share_off(&pace, crowded, 1, 2);
    cr_expect_lt(share_off(&pace, crowded, 10, 2), 0.1);
}

Test(pace, gives_way_to_a_neighbour_and_comes_back)
{
    struct pace pace;
    pace_init(&pace, 2);
    share_off(&pace, alone, 2, 2);
    cr_expect_lt(share_off(&pace, with_a_neighbour, 2, 1), 0.1);
    cr_expect_lt(share_off(&pace, alone, 2, 2), 0.15);
}

/* One slow window, of 4 ms and more, must not cost a hundred others. */
Test(pace, forgives_a_hiccup)
{
    struct pace pace;
    pace_init(&pace, 2);
    share_off(&pace, alone, 2, 2);
    pace_note(&pace, 1, 0.02);
    cr_expect_lt(share_off(&pace, alone, 0.1, 2), 0.2);
}

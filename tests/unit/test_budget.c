/* SPDX-License-Identifier: MIT
 *
 * What requests hold together. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/budget.h"

Test(budget, shares_are_raised_to_what_there_is_and_returned)
{
    struct budget budget = {.max_bytes = 10};
    struct budget_share a = {&budget, 0}, b = {&budget, 0};
    cr_expect(budget_raise(&a, 4));
    cr_expect(budget_raise(&a, 3), "a share never shrinks");
    cr_expect_eq(budget.n_bytes, 4);
    cr_expect(budget_raise(&b, 6));
    cr_expect_not(budget_raise(&a, 5));
    cr_expect_eq(a.n_bytes, 4);
    budget_return(&b);
    cr_expect(budget_raise(&a, 10));
    budget_return(&a);
    budget_return(&a);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(budget, what_insists_goes_beyond_the_end_and_nothing_wraps)
{
    struct budget budget = {.max_bytes = 10};
    struct budget_share a = {&budget, 0}, b = {&budget, 0};
    budget_insist(&a, 15);
    cr_expect_eq(budget.n_bytes, 15);
    cr_expect_not(budget_raise(&b, 1));
    cr_expect_not(budget_raise(&b, UINT64_MAX));
    budget_return(&a);
    cr_expect_not(budget_raise(&b, UINT64_MAX));
    cr_expect(budget_raise(&b, 10));
    budget_return(&b);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(budget, without_one_there_is_always_room)
{
    struct budget endless = {0};
    struct budget_share none = {0}, some = {&endless, 0};
    cr_expect(budget_raise(&none, UINT64_MAX));
    budget_insist(&none, UINT64_MAX);
    budget_return(&none);
    cr_expect(budget_raise(&some, (uint64_t)1 << 60));
    budget_return(&some);
    cr_expect_eq(endless.n_bytes, 0);
}

static void *take_and_return(void *argument)
{
    struct budget_share share = {argument, 0};
    for (int i = 0; i < 20000; i++) {
        (void)budget_raise(&share, 3);
        (void)budget_raise(&share, 7);
        budget_return(&share);
    }
    return NULL;
}

Test(budget, threads_together_never_have_more_than_there_is)
{
    enum { N = 4 };
    struct budget budget = {.max_bytes = 10};
    pthread_t threads[N];
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, take_and_return, &budget);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(budget.n_bytes, 0);
    cr_expect_leq(budget.high_bytes, 10);
}

static long resident_bytes(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    cr_assert_eq(fscanf(file, "%ld %ld", &pages, &resident), 2);
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

/* Small blocks, of which a few stay, so that the heap does not end behind
 * them. */
Test(budget, memory_goes_back_to_the_system_behind_a_rush)
{
    enum { N = 200000, EACH = 200, KEPT = 1000 };
    static void *blocks[N];
    struct budget budget = {.max_bytes = 1 << 30};
    struct budget_share share = {&budget, 0};
    for (int i = 0; i < N; i++)
        memset(blocks[i] = malloc(EACH), 1, EACH);
    cr_assert(budget_raise(&share, (uint64_t)N * EACH));
    for (int i = 0; i < N; i++)
        if (i % KEPT != 0)
            free(blocks[i]);
    long high = resident_bytes();
    budget_tidy(&budget, 100000);
    cr_expect(budget_is_untidy(&budget), "it is still in use, they say");
    budget_return(&share);
    budget_tidy(&budget, 100000);
    cr_expect_not(budget_is_untidy(&budget));
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    long low = resident_bytes();
    cr_expect_lt(low, high - N * EACH / 2, "%ld, then %ld", high, low);
#endif
    (void)high; /* a sanitizer has an allocator of its own */
    for (int i = 0; i < N; i += KEPT)
        free(blocks[i]);
}

Test(budget, it_is_tidied_now_and_then_at_most)
{
    struct budget budget = {.max_bytes = 1 << 30};
    struct budget_share share = {&budget, 0};
    for (int64_t now = 100000; now < 100100; now += 99) {
        cr_assert(budget_raise(&share, 1 << 28));
        budget_return(&share);
        budget_tidy(&budget, now);
    }
    cr_expect(budget_is_untidy(&budget));
    budget_tidy(&budget, 110000);
    cr_expect_not(budget_is_untidy(&budget));
}

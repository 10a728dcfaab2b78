/* SPDX-License-Identifier: MIT */
#include "jobs/reserve.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "allocation.h"

/* Each test is a process of its own, with the whole reserve. */

Test(reserve, with_memory_it_is_not_touched)
{
    for (int i = 0; i < 100; i++) {
        char *block = reserve_malloc(1000);
        cr_assert_not_null(block);
        block = reserve_realloc(block, 2000);
        cr_assert_not_null(block);
        reserve_free(block);
    }
}

/* As if there were none but the reserve. */
static void *starved(void *block, size_t n)
{
    allocation_watch(0);
    void *taken = reserve_realloc(block, n);
    (void)allocation_unwatch();
    return taken;
}

Test(reserve, without_memory_it_gives_some_and_then_no_more)
{
    size_t n = 0;
    while (n < 100 && starved(NULL, 100) != NULL)
        n++;
    cr_expect_geq(n, 20);
    cr_expect_leq(n, 40);
    cr_expect_null(starved(NULL, SIZE_MAX - 8));
    cr_expect_null(reserve_calloc(SIZE_MAX / 2, 4));
}

Test(reserve, a_block_of_it_moves_out_with_its_bytes)
{
    char *block = starved(NULL, 16);
    cr_assert_not_null(block);
    memcpy(block, "0123456789abcdef", 16);
    char *moved = reserve_realloc(block, 64);
    cr_assert_not_null(moved);
    cr_expect_arr_eq(moved, "0123456789abcdef", 16);
    reserve_free(moved);
    allocation_watch(0);
    unsigned char *zeros = reserve_calloc(4, 8);
    (void)allocation_unwatch();
    cr_assert_not_null(zeros);
    for (int i = 0; i < 32; i++)
        cr_expect_eq(zeros[i], 0);
    reserve_free(zeros);
}

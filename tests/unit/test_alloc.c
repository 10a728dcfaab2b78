/* SPDX-License-Identifier: MIT
 *
 * Checked sizes and zeroed memory. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

Test(alloc, a_product_that_overflows_is_refused)
{
    size_t out = 1;
    cr_assert(size_mul(SIZE_MAX / 3, 3, &out));
    cr_assert_eq(out, SIZE_MAX / 3 * 3);
    cr_assert_not(size_mul(SIZE_MAX / 2 + 1, 2, &out));
    cr_assert_eq(out, 0);
    cr_assert(size_mul(SIZE_MAX, 0, &out));
    cr_assert_eq(out, 0);
}

Test(alloc, a_sum_that_overflows_is_refused)
{
    size_t out = 1;
    cr_assert(size_add(SIZE_MAX - 1, 1, &out));
    cr_assert_eq(out, SIZE_MAX);
    cr_assert_not(size_add(SIZE_MAX, 1, &out));
    cr_assert_eq(out, 0);
}

Test(alloc, memory_is_zero)
{
    for (size_t n = 1; n < 2000; n = n * 3 + 1) {
        char *dirty = malloc(n * 8);
        memset(dirty, 0xa5, n * 8);
        free(dirty);
        unsigned char *a = alloc_array(n, 8), *b = alloc_aligned(n, 8);
        for (size_t i = 0; i < n * 8; i++)
            cr_assert(a[i] == 0 && b[i] == 0, "byte %zu of %zu", i, n * 8);
        free(a);
        free(b);
    }
}

Test(alloc, aligned_memory_is_aligned)
{
    for (size_t n = 0; n < 300; n++) {
        void *memory = alloc_aligned(n, 1);
        cr_assert_eq((uintptr_t)memory % ALLOC_ALIGNMENT, 0);
        free(memory);
    }
}

Test(alloc, nothing_is_still_a_pointer)
{
    void *a = alloc_array(0, 8), *b = alloc_array(8, 0);
    void *c = alloc_aligned(0, 0);
    cr_assert(a != NULL && b != NULL && c != NULL && a != b);
    free(a);
    free(b);
    free(c);
}

Test(alloc, a_count_that_overflows_gives_null)
{
    volatile size_t huge = SIZE_MAX / 4 + 2;
    cr_assert_null(alloc_array(huge, 4));
    cr_assert_null(alloc_aligned(huge, 4));
    cr_assert_null(alloc_aligned(1, SIZE_MAX - (huge & 1)));
}

Test(alloc, text_is_copied_and_terminated)
{
    char *text = alloc_text("seven of these", 5);
    cr_assert_str_eq(text, "seven");
    free(text);
    text = alloc_text(NULL, 0);
    cr_assert_str_eq(text, "");
    free(text);
}

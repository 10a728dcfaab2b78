/* SPDX-License-Identifier: MIT */
#include "http/spare.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Each byte of a block is its own, whatever was given back before it. */
Test(spare, blocks_that_are_out_do_not_overlap)
{
    enum { N = 64, ROUNDS = 200 };
    unsigned char *blocks[N] = {0};
    size_t sizes[N] = {0};
    srand(3);
    for (size_t i = 0; i < (size_t)N * ROUNDS; i++) {
        size_t k = (size_t)rand() % N;
        for (size_t b = 0; blocks[k] != NULL && b < sizes[k]; b++)
            cr_assert_eq(blocks[k][b], (unsigned char)k, "%zu of %zu", b,
                         sizes[k]);
        spare_give(blocks[k], sizes[k]);
        sizes[k] = 1 + (size_t)rand() % 10000;
        blocks[k] = spare_take(sizes[k]);
        cr_assert_not_null(blocks[k]);
        cr_assert_eq((uintptr_t)blocks[k] % _Alignof(max_align_t), 0);
        memset(blocks[k], (int)k, sizes[k]);
    }
    for (size_t k = 0; k < N; k++)
        spare_give(blocks[k], sizes[k]);
}

Test(spare, a_block_may_be_resized_and_freed_as_any_other)
{
    for (size_t i = 0; i < 3; i++) {
        char *block = spare_take(4000);
        memset(block, 'a', 4000);
        block = realloc(block, 100000);
        cr_assert_eq(block[3999], 'a');
        free(block);
        spare_give(spare_take(4000), 4000);
    }
    spare_give(NULL, 4000);
}

/* What one thread takes another may give back, and end: a sanitizer would see
 * what it leaves behind. */
static void *give(void *context)
{
    void **blocks = context;
    for (size_t i = 0; i < 100; i++)
        spare_give(blocks[i], 2000);
    return NULL;
}

Test(spare, a_thread_that_ends_leaves_nothing)
{
    void *blocks[100];
    pthread_t thread;
    for (size_t i = 0; i < 100; i++)
        blocks[i] = spare_take(2000);
    cr_assert_eq(pthread_create(&thread, NULL, give, blocks), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
}

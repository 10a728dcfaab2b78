/* SPDX-License-Identifier: MIT
 *
 * Dropout masks, against the stream's words taken one by one. */
#include "math/drop.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/random.h"

enum { N = 500 };

/* By the words of math/drop.h's definition. */
static mlp_real expected(const struct dropout *d, uint64_t k)
{
    uint64_t block = k / 64 * 16 + k % 16;
    const uint32_t counter[] = {(uint32_t)block, (uint32_t)(block >> 32),
                                d->stream[0], d->stream[1]};
    uint32_t words[4];
    philox4x32(counter, d->key, words);
    double u = (double)(words[k / 16 % 4] >> 8) * 0x1p-24;
    return u < (double)d->share ? 0 : 1 / (1 - d->share);
}

static struct dropout dropout_of(uint64_t seed, mlp_real share)
{
    random_stream random;
    random_init(&random, seed, UINT64_C(0x300000000000005));
    return (struct dropout){{random.key[0], random.key[1]},
                            {random.stream[0], random.stream[1]},
                            share};
}

static void expect_masks(const struct dropout *d, uint64_t first, size_t n)
{
    mlp_real a[N] = {0}, mask[N + 1], out[N];
    for (size_t i = 0; i < n; i++)
        a[i] = (mlp_real)i - 3;
    mask[n] = 7;
    drop_apply(d, first, n, a, mask, out);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(mask[i], expected(d, first + i), "number %zu from %llu", i,
                     (unsigned long long)first);
        cr_assert_eq(out[i], a[i] * mask[i]);
    }
    cr_expect_eq(mask[n], 7, "beyond the end");
}

Test(drop, every_number_is_that_of_its_place_wherever_a_part_begins)
{
    const uint64_t far = (UINT64_C(1) << 34) - 64; /* the counter's carry */
    const struct dropout d = dropout_of(7, 0.15F);
    for (size_t first = 0; first < 200; first += 13)
        for (size_t n = 0; n <= N; n += 71)
            expect_masks(&d, first, n);
    expect_masks(&d, far * 4, N);
    expect_masks(&d, far + 5, N);
}

Test(drop, about_the_share_is_dropped)
{
    const struct dropout d = dropout_of(1, 0.3F);
    mlp_real a[N] = {0}, mask[N], out[N];
    size_t dropped = 0;
    for (size_t k = 0; k < 100; k++) {
        drop_apply(&d, k * N, N, a, mask, out);
        for (size_t i = 0; i < N; i++)
            dropped += mask[i] == 0;
    }
    cr_expect_float_eq((double)dropped / (100.0 * N), 0.3, 0.01);
}

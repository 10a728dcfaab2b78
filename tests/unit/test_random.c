/* SPDX-License-Identifier: MIT
 *
 * Random streams. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

/* Random123 1.09, tests/kat_vectors: "philox4x32 10". */
Test(random, philox_gives_the_published_answers)
{
    static const struct {
        uint32_t counter[4], key[2], output[4];
    } answers[] = {
        {{0, 0, 0, 0},
         {0, 0},
         {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        uint32_t output[4];
        philox4x32(answers[i].counter, answers[i].key, output);
        cr_assert_arr_eq(output, answers[i].output, sizeof output);
    }
}

Test(random, a_stream_is_philox_of_its_counter)
{
    random_stream random;
    random_init(&random, 0x0123456789abcdef, 0xfedcba9876543210);
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t counter[4] = {i / 4, 0, 0x76543210, 0xfedcba98};
        uint32_t key[2] = {0x89abcdef, 0x01234567}, output[4];
        philox4x32(counter, key, output);
        cr_assert_eq(random_u32(&random), output[i % 4]);
    }
}

Test(random, seeds_and_streams_differ)
{
    random_stream a, b, c;
    random_init(&a, 1, 0);
    random_init(&b, 1, 1);
    random_init(&c, 2, 0);
    uint64_t x = random_u64(&a), y = random_u64(&b), z = random_u64(&c);
    cr_assert(x != y && y != z && x != z);
}

Test(random, uniform_draws_stay_in_range_and_fill_it)
{
    enum { N = 200000, BINS = 20 };
    size_t doubles[BINS] = {0}, floats[BINS] = {0};
    random_stream random;
    random_init(&random, 7, 0);
    for (int i = 0; i < N; i++) {
        double d = random_double(&random);
        float f = random_float(&random);
        cr_assert(d >= 0 && d < 1 && f >= 0 && f < 1);
        doubles[(int)(d * BINS)]++;
        floats[(int)(f * BINS)]++;
    }
    for (int i = 0; i < BINS; i++) { /* five standard deviations */
        cr_assert_float_eq((double)doubles[i], N / BINS, 490);
        cr_assert_float_eq((double)floats[i], N / BINS, 490);
    }
}

Test(random, below_is_even_over_its_range)
{
    enum { N = 300000, BOUND = 6 };
    size_t counts[BOUND] = {0};
    random_stream random;
    random_init(&random, 3, 9);
    for (int i = 0; i < N; i++) {
        uint32_t draw = random_below(&random, BOUND);
        cr_assert_lt(draw, BOUND);
        counts[draw]++;
    }
    for (int i = 0; i < BOUND; i++)
        cr_assert_float_eq((double)counts[i], N / BOUND, 1020);
    cr_assert_eq(random_below(&random, 1), 0);
}

/* A plain product with 3 * 2^30 takes four words to three values, and every
 * value that 3 divides comes twice as often. */
Test(random, below_has_no_bias_for_large_bounds)
{
    enum { N = 90000 };
    const uint32_t bound = 3u << 30;
    size_t counts[3] = {0};
    random_stream random;
    random_init(&random, 11, 0);
    for (int i = 0; i < N; i++)
        counts[random_below(&random, bound) % 3]++;
    for (int i = 0; i < 3; i++)
        cr_assert_float_eq((double)counts[i], N / 3, 710);
}

Test(random, normals_have_the_moments_of_a_normal)
{
    enum { N = 200000 };
    double sum[5] = {0};
    size_t beyond_two = 0;
    random_stream random;
    random_init(&random, 42, 0);
    for (int i = 0; i < N; i++) {
        double z = random_normal(&random), power = 1;
        for (int k = 0; k < 5; k++, power *= z)
            sum[k] += power;
        beyond_two += fabs(z) > 2;
    }
    cr_assert_float_eq(sum[1] / N, 0, 0.012);
    cr_assert_float_eq(sum[2] / N, 1, 0.016);
    cr_assert_float_eq(sum[3] / N, 0, 0.045);
    cr_assert_float_eq(sum[4] / N, 3, 0.12);
    cr_assert_float_eq((double)beyond_two / N, 0.0455, 0.0024);
}

Test(random, normals_agree_with_the_polar_method_over_libm)
{
    random_stream random, uniform;
    random_init(&random, 5, 5);
    random_init(&uniform, 5, 5);
    for (int i = 0; i < 20000; i++) {
        double u, v, s;
        do {
            u = 2 * random_double(&uniform) - 1;
            v = 2 * random_double(&uniform) - 1;
            s = u * u + v * v;
        } while (s >= 1 || s <= 0);
        double scale = sqrt(-2 * log(s) / s);
        double first = random_normal(&random), second = random_normal(&random);
        cr_assert_float_eq(first, u * scale, 4e-15);
        cr_assert_float_eq(second, v * scale, 4e-15);
    }
}

Test(random, permutation_holds_each_number_once)
{
    for (uint32_t n = 0; n < 200; n += 7) {
        uint32_t order[200];
        bool seen[200] = {false};
        random_permutation(1, n, order, n);
        for (uint32_t i = 0; i < n; i++) {
            cr_assert(order[i] < n && !seen[order[i]]);
            seen[order[i]] = true;
        }
    }
}

Test(random, permutation_is_a_function_of_seed_and_stream)
{
    uint32_t a[100], b[100], c[100], d[100];
    random_permutation(1, 2, a, 100);
    random_permutation(1, 2, b, 100);
    random_permutation(1, 3, c, 100);
    random_permutation(2, 2, d, 100);
    cr_assert_arr_eq(a, b, sizeof a);
    cr_assert_arr_neq(a, c, sizeof a);
    cr_assert_arr_neq(a, d, sizeof a);
}

Test(random, all_orders_of_three_are_equally_likely)
{
    enum { N = 60000 };
    size_t counts[27] = {0};
    for (uint64_t stream = 0; stream < N; stream++) {
        uint32_t order[3];
        random_permutation(8, stream, order, 3);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    size_t n_orders = 0;
    for (int i = 0; i < 27; i++) {
        if (counts[i] == 0)
            continue;
        n_orders++;
        cr_assert_float_eq((double)counts[i], N / 6, 460);
    }
    cr_assert_eq(n_orders, 6);
}

Test(random, a_seek_leads_to_that_word)
{
    random_stream straight, sought;
    random_init(&straight, 7, 3);
    for (uint64_t n = 0; n < 100; n++) {
        random_init(&sought, 7, 3);
        random_seek(&sought, n);
        cr_assert_eq(random_u32(&sought), random_u32(&straight));
    }
}

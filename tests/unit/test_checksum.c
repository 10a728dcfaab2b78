/* SPDX-License-Identifier: MIT */
#include "base/checksum.h"

#include <criterion/criterion.h>
#include <string.h>

static uint64_t sum_of(const void *bytes, size_t n)
{
    struct checksum sum;
    checksum_init(&sum);
    checksum_add(&sum, bytes, n);
    return checksum_value(&sum);
}

Test(checksum, gives_the_published_values)
{
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {
        {"", 0xEF46DB3751D8E999},
        {"a", 0xD24EC4F1A98C6E5B},
        {"abc", 0x44BC2CF5AD770999},
        {"Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(sum_of(cases[i].text, strlen(cases[i].text)),
                     cases[i].value, "%s", cases[i].text);
}

Test(checksum, does_not_depend_on_how_the_bytes_are_cut)
{
    unsigned char bytes[131];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        for (size_t cut = 0; cut <= n; cut++) {
            struct checksum sum;
            checksum_init(&sum);
            checksum_add(&sum, bytes, cut);
            checksum_add(&sum, bytes + cut, n - cut);
            cr_assert_eq(checksum_value(&sum), sum_of(bytes, n),
                         "%zu bytes cut at %zu", n, cut);
        }
    }
}

Test(checksum, changes_with_every_bit)
{
    unsigned char bytes[100] = {0};
    uint64_t plain = sum_of(bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        cr_expect_neq(sum_of(bytes, sizeof bytes), plain, "bit %zu", bit);
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
}

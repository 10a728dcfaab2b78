/* SPDX-License-Identifier: MIT
 *
 * The short way to read a number against the long one. */
#include "base/number_short.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/number.h"

/* `text` with `n` bytes behind it, in memory that ends there. */
static size_t read_short(const char *text, size_t n, float *out)
{
    size_t length = strlen(text);
    char *exact = malloc(length + n);
    memcpy(exact, text, length);
    memset(exact + length, '7', n);
    size_t read = short_number(exact, exact + length + n, out);
    free(exact);
    return read;
}

/* Whatever is not refused is what the long way makes of it, to the bit. */
static bool check_agreement(const char *text)
{
    float value;
    mlp_decimal decimal;
    size_t n = read_short(text, SHORT_WINDOW, &value);
    if (n == 0)
        return false;
    cr_assert_eq(mlp_decimal_scan(text, strlen(text), &decimal), n, "%s", text);
    float expected = mlp_decimal_to_float(&decimal);
    cr_assert(memcmp(&value, &expected, sizeof value) == 0, "%s", text);
    return true;
}

Test(number_short, all_of_up_to_four_digits_agree_with_the_long_way)
{
    static const char *const signs[] = {"", "-"}, *const ends[] = {",", "]",
                                                                   " "};
    char text[32];
    for (size_t i = 0; i < 2; i++) {
        for (int n = 0; n < 10000; n++) {
            snprintf(text, sizeof text, "%s%d%s", signs[i], n, ends[n % 3]);
            cr_assert(check_agreement(text), "%s", text);
            for (int places = 1; places <= 4; places++) {
                snprintf(text, sizeof text, "%s%d.%0*d%s", signs[i], n % 1000,
                         places, n % (int)pow(10, places), ends[n % 3]);
                cr_assert(check_agreement(text), "%s", text);
            }
        }
    }
}

/* Each byte in each place of "1,2,3,4,". */
Test(number_short, four_digits_at_once_are_four_digits_and_nothing_else)
{
    const float expected[] = {1, 2, 3, 4};
    for (size_t place = 0; place < SHORT_DIGITS_BYTES; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[] = "1,2,3,4,";
            float got[SHORT_DIGITS_AT_ONCE];
            text[place] = (char)byte;
            bool good = place % 2 ? byte == ',' : byte >= '0' && byte <= '9';
            cr_assert_eq(short_four_digits(text, got), good, "%zu %u", place,
                         byte);
            for (size_t i = 0; good && i < SHORT_DIGITS_AT_ONCE; i++)
                cr_assert_eq(got[i], i == place / 2 && place % 2 == 0
                                         ? (float)(byte - '0')
                                         : expected[i]);
        }
    }
}

Test(number_short, seven_digits_round_like_the_long_way)
{
    char text[32];
    srand(11);
    for (int i = 0; i < 300000; i++) {
        int places = rand() % 7;
        snprintf(text, sizeof text, "%.*f,", places,
                 rand() % 10000000 / pow(10, places));
        cr_assert(check_agreement(text), "%s", text);
    }
}

Test(number_short, whatever_is_unusual_is_left_to_the_long_way)
{
    static const char *const texts[] = {
        "",           ",",          "]",           "-,",
        "--1,",       "+1,",        ".5,",         "-.5,",
        "1.,",        "01,",        "-01,",        "00,",
        "00.5,",      "1e2,",       "1E2,",        "1.5e2,",
        "1.5.5,",     "1-2,",       "1-,",         "1+,",
        "0x1,",       "1a,",        "1\n",         "1}",
        "1.5}",       "nan,",       "null,",       "12345678,",
        "0.1234567,", "1234.5678,", "0.00000000,", "123456789.5,"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        float value;
        cr_expect_eq(read_short(texts[i], SHORT_WINDOW, &value), 0, "%s",
                     texts[i]);
    }
}

Test(number_short, every_text_of_a_few_bytes_is_refused_or_agreed_upon)
{
    static const char alphabet[] = "019.-e, ]";
    enum { LETTERS = sizeof alphabet - 1, LENGTH = 6 };
    size_t n_texts = (size_t)pow(LETTERS, LENGTH), agreed = 0;
    for (size_t i = 0; i < n_texts; i += 3) {
        char text[LENGTH + 1] = {0};
        size_t code = i;
        for (size_t j = 0; j < LENGTH; j++, code /= LETTERS)
            text[j] = alphabet[code % LETTERS];
        agreed += check_agreement(text);
    }
    cr_expect_gt(agreed, 10000);
}

Test(number_short, no_byte_outside_is_read)
{
    static const char *const texts[] = {"0,",         "-1,",
                                        "-1234567,",  "-1234567.12345678901,",
                                        "-0.123456,", "-12345678901234567890,"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        float value; /* a sanitizer stands behind */
        for (size_t n = 0; n < 2 * SHORT_WINDOW; n++)
            read_short(texts[i], n, &value);
    }
    float value = 0;
    cr_expect_eq(read_short("25,", SHORT_WINDOW - 3, &value), 2);
    cr_expect_eq(value, 25);
    cr_expect_eq(read_short("25,", SHORT_WINDOW - 4, &value), 0);
}

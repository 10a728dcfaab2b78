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

/* What short_integers() makes of `text` in memory that ends with it. */
static size_t
read_integers(const char *text, size_t max, float *values, size_t *n)
{
    size_t length = strlen(text);
    char *exact = malloc(length > 0 ? length : 1);
    memcpy(exact, text, length);
    size_t read =
        (size_t)(short_integers(exact, exact + length, values, max, n) - exact);
    free(exact);
    return read;
}

/* Each byte in each place of "1,20,255,". */
Test(number_short, whole_numbers_with_commas_and_nothing_else_are_read_together)
{
    static const char sample[] = "1,20,255,";
    for (size_t place = 0; place < sizeof sample - 1; place++) {
        for (unsigned byte = 1; byte < 256; byte++) {
            char text[sizeof sample + SHORT_WINDOW] = {0}, *p = text;
            float values[4];
            size_t n, behind = 0;
            memcpy(text, sample, sizeof sample - 1);
            text[place] = (char)byte;
            memset(text + sizeof sample - 1, '7', SHORT_WINDOW);
            size_t read = read_integers(text, 3, values, &n);
            for (size_t i = 0; i < n; i++) {
                char *end;
                cr_assert_eq(values[i], strtof(p, &end), "%s", text);
                cr_assert(end > p && (*p != '0' || end == p + 1), "%s", text);
                cr_assert_eq(*end, ',', "%s", text);
                behind = (size_t)(end - text);
                p = end + 1 + (end[1] == ' ');
            }
            cr_assert_eq(read, behind, "%s", text);
            cr_assert(memcmp(text, sample, sizeof sample - 1) != 0 || n == 3);
        }
    }
}

/* So many of a number, and one of the second kind behind them. */
static size_t
write_run(char *text, const char *number, size_t n, const char *other)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        length += (size_t)sprintf(text + length, "%s", number);
    return length + (size_t)sprintf(text + length, "%s", other);
}

Test(number_short, numbers_that_repeat_are_counted_to_the_last)
{
    static const char *const numbers[] = {"0,",   "0, ",   "7,",
                                          "0.0,", "0.5, ", "255,"};
    static const char *const others[] = {"1,", "0.0,", "00,",
                                         "0]", "0 ,",  "0,,"};
    enum { MOST = 40, MAX = 33 };
    char text[MOST * 8];
    float values[MAX + 1];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            for (size_t n = 1; n < MOST; n++) {
                size_t period = strlen(numbers[i]);
                size_t length = write_run(text, numbers[i], n, others[k]);
                char *exact = malloc(length);
                memcpy(exact, text, length);
                for (size_t v = 0; v <= MAX; v++)
                    values[v] = -1;
                values[0] = strtof(text, NULL);
                size_t again = short_repeat(exact + period, exact + length,
                                            period, values + 1, values + MAX);
                free(exact);
                cr_assert(again < MAX);
                /* The other may begin as they do, whole numbers do not. */
                cr_assert(again < n ||
                              memcmp(others[k], numbers[i], period) == 0,
                          "%s", text);
                cr_assert(again + SHORT_REPEATS >= (n < MAX ? n : MAX), "%s",
                          text);
                for (size_t v = 0; v <= MAX; v++)
                    cr_assert_eq(values[v], v <= again ? values[0] : -1, "%s",
                                 text);
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

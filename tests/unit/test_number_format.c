/* SPDX-License-Identifier: MIT
 *
 * Float and double to the shortest decimal text. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "mlp/number.h"

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* NUL-terminated; a byte beyond the room must stay as it was. */
static const char *format_float(float value, char text[MLP_FLOAT_TEXT_MAX + 2])
{
    text[MLP_FLOAT_TEXT_MAX] = '#';
    size_t length = mlp_format_float(value, text);
    cr_assert(length > 0 && length <= MLP_FLOAT_TEXT_MAX);
    cr_assert_eq(text[MLP_FLOAT_TEXT_MAX], '#');
    text[length] = '\0';
    return text;
}

static size_t n_significant(const char *text)
{
    size_t n = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
            continue;
        n++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

static void check_round_trip(uint32_t bits)
{
    float value = float_of(bits);
    if (!isfinite(value))
        return;
    char text[MLP_FLOAT_TEXT_MAX + 2];
    format_float(value, text);
    mlp_decimal decimal;
    size_t length = mlp_decimal_scan(text, strlen(text), &decimal);
    float ours = mlp_decimal_to_float(&decimal), libc = strtof(text, NULL);
    cr_assert(length == strlen(text), "%s is not a JSON number", text);
    cr_assert(memcmp(&ours, &value, 4) == 0 && memcmp(&libc, &value, 4) == 0,
              "%a became %s", (double)value, text);
}

Test(number_format, floats_look_as_people_write_them)
{
    static const struct {
        float value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0f, "-0"},
        {1, "1"},
        {-1, "-1"},
        {10, "10"},
        {100.5f, "100.5"},
        {0.1f, "0.1"},
        {1.0f / 3, "0.33333334"},
        {1e-5f, "0.00001"},
        {1.5e-5f, "0.000015"},
        {9.999999e-6f, "9.999999e-6"},
        {1e-7f, "1e-7"},
        {-1.25e-10f, "-1.25e-10"},
        {16777216, "16777216"},
        {33554432, "33554432"},
        {123456792, "123456790"},
        {9.9999994e9f, "9999999000"},
        {1e10f, "1e10"},
        {1.2345678e20f, "1.2345678e20"},
        {FLT_MAX, "3.4028235e38"},
        {-FLT_MAX, "-3.4028235e38"},
        {FLT_MIN, "1.1754944e-38"},
        {FLT_TRUE_MIN, "1e-45"},
        {-1.17549421e-38f, "-1.1754942e-38"},
        {0.3f, "0.3"},
        {2.0f / 3, "0.6666667"},
        {0x1p-20f, "9.536743e-7"},
        {1048576.25f, "1048576.2"}, /* two are as near: the even one */
        {1048576.75f, "1048576.8"},
        {0x1p90f, "1.2379401e27"},
    };
    char text[MLP_FLOAT_TEXT_MAX + 2];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(format_float(cases[i].value, text), cases[i].text);
}

Test(number_format, five_million_floats_read_back_as_themselves)
{
    enum { N = 5000000, STEP = 859 }; /* N * STEP is just below 2^32 */
    for (uint32_t i = 0; i < N; i++)
        check_round_trip(i * STEP);
}

Test(number_format, the_neighbours_of_powers_of_two_read_back_as_themselves)
{
    for (uint32_t exponent = 0; exponent < 255; exponent++)
        for (uint32_t i = 0; i < 32; i++)
            check_round_trip((exponent << 23) + i - 16);
}

Test(number_format, no_float_has_a_shorter_text)
{
    enum { N = 300000, STEP = 14316 };
    for (uint32_t i = 1; i < N; i++) {
        float value = float_of(i * STEP + i % 7);
        if (!isfinite(value) || fabsf(value) <= 0)
            continue;
        char text[MLP_FLOAT_TEXT_MAX + 2], trial[40];
        size_t n = n_significant(format_float(value, text));
        snprintf(trial, sizeof trial, "%.*e", (int)n - 1, (double)value);
        cr_assert_float_eq(strtof(trial, NULL), value, 0);
        if (n > 1) {
            snprintf(trial, sizeof trial, "%.*e", (int)n - 2, (double)value);
            cr_assert(strtof(trial, NULL) != value, "%s is longer than %s",
                      text, trial);
        }
    }
}

/* Of the texts of that length the nearest one: printf's, where that reads back
 * as the same float, which it does unless the value is a power of two. */
Test(number_format, of_the_shortest_it_is_the_nearest)
{
    enum { N = 300000, STEP = 14315 };
    for (uint32_t i = 1; i < N; i++) {
        float value = float_of(i * STEP);
        if (!isfinite(value) || fabsf(value) <= 0)
            continue;
        char text[MLP_FLOAT_TEXT_MAX + 2], trial[40];
        size_t n = n_significant(format_float(value, text));
        snprintf(trial, sizeof trial, "%.*e", (int)n - 1, (double)value);
        cr_assert_leq(fabs(strtod(text, NULL) - (double)value),
                      fabs(strtod(trial, NULL) - (double)value));
    }
}

static void check_double(double value)
{
    char text[MLP_DOUBLE_TEXT_MAX + 1];
    size_t length = mlp_format_double(value, text);
    cr_assert_leq(length, MLP_DOUBLE_TEXT_MAX);
    text[length] = '\0';
    double back = strtod(text, NULL);
    cr_assert(memcmp(&back, &value, sizeof value) == 0, "%a became %s", value,
              text);
    mlp_decimal decimal;
    cr_assert_eq(mlp_decimal_scan(text, length, &decimal), length, "%s", text);
}

Test(number_format, doubles_look_as_people_write_them)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {-1.0 / 3, "-0.3333333333333333"},
        {1e-5, "0.00001"},
        {1e-6, "1e-6"},
        {9999999999, "9999999999"},
        {1e10, "1e10"},
        {12345678901, "1.2345678901e10"},
        {DBL_MAX, "1.7976931348623157e308"},
        {-DBL_MIN, "-2.2250738585072014e-308"},
        {0x1p-1074, "5e-324"},
        {1e23, "1e23"},
        {0.001, "0.001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[MLP_DOUBLE_TEXT_MAX + 1];
        text[mlp_format_double(cases[i].value, text)] = '\0';
        cr_assert_str_eq(text, cases[i].text);
    }
}

Test(number_format, doubles_read_back_as_themselves)
{
    random_stream random;
    random_init(&random, 4, 0);
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = random_u64(&random);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            check_double(value);
        check_double(random_normal(&random));
    }
}

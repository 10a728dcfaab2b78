/* SPDX-License-Identifier: MIT
 *
 * Decimal text to float and double, held against the C library's. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_powers.h"
#include "base/random.h"
#include "mlp/number.h"

static uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* `text`, a whole number in JSON's grammar, reads as in strtof and strtod. */
static void check_reading(const char *text)
{
    mlp_decimal decimal;
    size_t length = strlen(text);
    cr_assert_eq(mlp_decimal_scan(text, length, &decimal), length, "%s", text);
    float f = mlp_decimal_to_float(&decimal), f_want = strtof(text, NULL);
    double d = mlp_decimal_to_double(&decimal), d_want = strtod(text, NULL);
    cr_assert(float_bits(f) == float_bits(f_want), "%s: got %a, want %a", text,
              (double)f, (double)f_want);
    cr_assert(double_bits(d) == double_bits(d_want), "%s: got %a, want %a",
              text, d, d_want);
}

/* --- scanning ------------------------------------------------------------- */

Test(number, scan_takes_the_longest_number_in_json_grammar)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"0", 1},
        {"-0", 2},
        {"7", 1},
        {"-12", 3},
        {"0.5", 3},
        {"10.25e3", 7},
        {"1E+2", 4},
        {"1e-2", 4},
        {"01", 1},
        {"-01", 2},
        {"00", 1},
        {"0.", 1},
        {"1.", 1},
        {"1.e5", 1},
        {".5", 0},
        {"-.5", 0},
        {"-", 0},
        {"+1", 0},
        {"", 0},
        {"e5", 0},
        {"1e", 1},
        {"1e+", 1},
        {"1ex", 1},
        {"1e5.5", 3},
        {"1.5.5", 3},
        {"--1", 0},
        {"0x10", 1},
        {"nan", 0},
        {"inf", 0},
        {"Infinity", 0},
        {"12345678,", 8},
        {"0.12345678]", 10},
        {"123456789 1", 9},
        {" 1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_decimal decimal;
        const char *text = cases[i].text;
        cr_assert_eq(mlp_decimal_scan(text, strlen(text), &decimal),
                     cases[i].length, "'%s'", text);
    }
}

Test(number, scan_reads_no_byte_outside)
{
    static const char text[] = "-1234567890.1234567890123e-12";
    for (size_t n = 0; n < sizeof text; n++) {
        char *exact = malloc(n > 0 ? n : 1); /* a sanitizer stands behind it */
        memcpy(exact, text, n);
        mlp_decimal decimal;
        cr_assert_leq(mlp_decimal_scan(exact, n, &decimal), n);
        mlp_parse_decimal(exact, n, &decimal);
        free(exact);
    }
}

Test(number, scan_says_what_it_saw)
{
    mlp_decimal d;
    mlp_decimal_scan("-12.50e3,", 9, &d);
    cr_assert(d.negative && !d.integer && !d.truncated);
    cr_assert_eq(d.digits, 1250);
    cr_assert_eq(d.exponent, 1);
    cr_assert_eq(d.length, 8);
    mlp_decimal_scan("42", 2, &d);
    cr_assert(d.integer && !d.negative && d.digits == 42 && d.exponent == 0);
    mlp_decimal_scan("42e0", 4, &d);
    cr_assert_not(d.integer);
    mlp_decimal_scan("42.0", 4, &d);
    cr_assert_not(d.integer);
}

Test(number, nineteen_significant_digits_are_kept)
{
    mlp_decimal d;
    mlp_decimal_scan("12345678901234567890123", 23, &d);
    cr_assert_eq(d.digits, 1234567890123456789);
    cr_assert_eq(d.exponent, 4);
    cr_assert(d.truncated && d.integer);
    mlp_decimal_scan("0.00000000000000000000001234", 28, &d);
    cr_assert_eq(d.digits, 1234);
    cr_assert_eq(d.exponent, -26);
    cr_assert_not(d.truncated);
    mlp_decimal_scan("1.500000000000000000000000", 26, &d);
    cr_assert_eq(d.digits, 1500000000000000000);
    cr_assert_not(d.truncated, "zeros at the end are not significant");
    mlp_decimal_scan("9999999999999999999.9", 21, &d);
    cr_assert_eq(d.digits, 9999999999999999999ull);
    cr_assert_eq(d.exponent, 0);
    cr_assert(d.truncated);
}

Test(number, exponents_saturate_and_zeros_can_bring_them_back)
{
    check_reading("1e999999999999999999999999");
    check_reading("-1e-999999999999999999999999");
    check_reading("0e999999999999999999999999");
    check_reading("1e2147483648");
    check_reading("1e-4294967296");
    enum { N_ZEROS = 400000 };
    char *text = malloc(N_ZEROS + 40);
    memcpy(text, "0.", 2);
    memset(text + 2, '0', N_ZEROS);
    snprintf(text + 2 + N_ZEROS, 30, "123e%d", N_ZEROS + 2);
    check_reading(text);
    snprintf(text + 2 + N_ZEROS, 30, "123e99999999999999999999");
    check_reading(text);
    text[0] = '1';
    memset(text + 1, '0', N_ZEROS);
    snprintf(text + 1 + N_ZEROS, 30, ".5e-%d", N_ZEROS);
    check_reading(text);
    free(text);
}

/* --- the table of powers -------------------------------------------------- */

enum { LIMBS = 12 };

static void multiply(uint32_t *x, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)x[i] * factor;
        x[i] = (uint32_t)carry;
        carry >>= 32;
    }
    cr_assert_eq(carry, 0);
}

static int compare(const uint32_t *x, const uint32_t *y)
{
    for (int i = LIMBS - 1; i >= 0; i--)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

static void set128(uint32_t *x, uint128 value)
{
    memset(x, 0, LIMBS * sizeof *x);
    for (int i = 0; i < 4; i++)
        x[i] = (uint32_t)(value >> 32 * i);
}

/* t = floor(2^b / 5^n) is t 5^n <= 2^b < (t + 1) 5^n, for the b that lies
 * between. */
static bool is_floor_of_inverse(uint128 t, int n)
{
    uint32_t low[LIMBS], high[LIMBS], power[LIMBS];
    set128(low, t);
    set128(high, t + 1);
    for (int i = 0; i < n; i++) {
        multiply(low, 5);
        multiply(high, 5);
    }
    set128(power, (uint128)1 << 127);
    while (compare(power, low) < 0)
        multiply(power, 2);
    return compare(power, high) < 0;
}

Test(number, each_power_of_ten_is_what_its_definition_says)
{
    uint128 five = 1;
    for (int q = 0; q <= POWER_MAX; q++, five *= 5) {
        const power_of_ten *entry = &powers_of_ten[q - POWER_MIN];
        uint128 t = (uint128)entry->high << 64 | entry->low;
        uint128 want = five;
        while (want >> 127 == 0)
            want <<= 1;
        cr_assert(t == want, "1e%d", q);
    }
    for (int q = POWER_MIN; q < 0; q++) {
        const power_of_ten *entry = &powers_of_ten[q - POWER_MIN];
        uint128 t = (uint128)entry->high << 64 | entry->low;
        cr_assert(t >> 127 == 1, "1e%d", q);
        cr_assert(is_floor_of_inverse(q >= -27 ? t - 1 : t, -q), "1e%d", q);
    }
}

/* --- to binary ------------------------------------------------------------ */

Test(number, edges_read_as_in_the_c_library)
{
    /* clang-format off */
    static const char *const texts[] = {
        "0", "-0", "0.0", "-0e-999", "1", "0.1", "-0.1", "3.4028234e38",
        "3.4028235e38", "3.4028235677973366e38", "3.4028235677973365e38",
        "3.4028236e38", "1e39", "1e38", "9e38", "1.17549435e-38",
        "1.1754943e-38", "1.17549429e-38", "1.4e-45", "7e-46", "7.1e-46",
        "7.006492321624085e-46", "7.0064923216240853e-46",
        "7.0064923216240854e-46", "7.0064923216240862e-46", "1e-46", "1e-64",
        "9999999999999999999e-64", "9999999999999999999e-65",
        "18446744073709551615", "18446744073709551616", "16777216", "16777217",
        "16777218", "16777219", "33554433", "33554434", "33554435",
        "9007199254740993", "9007199254740992.5", "8388608.5", "8388609.5",
        "1.7976931348623157e308", "1.7976931348623159e308", "1e309", "5e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "1e-400",
        "2.2250738585072011e-308", "1e22", "1e23", "123456789012345678e-30",
        "0.000000000000000000000000000000000000011754943508222875",
        "1.00000005960464477539062500000000000000000000000000000000000000000",
        "1.00000005960464477539062500000000000000000000000000000000000000001",
        "1.00000017881393432617187500000000000000000000000000000000000000000",
        "1.00000017881393432617187499999999999999999999999999999999999999999",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_reading(texts[i]);
}

Test(number, random_decimals_read_as_in_the_c_library)
{
    random_stream random;
    random_init(&random, 1, 0);
    for (int i = 0; i < 300000; i++) {
        char text[80];
        uint64_t a = random_u64(&random) >> random_below(&random, 64);
        uint64_t b = random_u64(&random) >> random_below(&random, 64);
        int exponent = (int)random_below(&random, 140) - 90;
        if (i % 2 == 0)
            snprintf(text, sizeof text, "%llue%d", (unsigned long long)a,
                     exponent);
        else
            snprintf(text, sizeof text, "-%llu.%llue%d", (unsigned long long)a,
                     (unsigned long long)b, exponent);
        check_reading(text);
    }
}

Test(number, doubles_of_seventeen_digits_read_as_in_the_c_library)
{
    random_stream random;
    random_init(&random, 2, 0);
    for (int i = 0; i < 200000; i++) {
        char text[40];
        double near = (double)float_of(random_u32(&random));
        if (!isfinite(near))
            continue;
        near *= 1 + random_normal(&random) * 1e-8;
        snprintf(text, sizeof text, "%.17g", near);
        check_reading(text);
        snprintf(text, sizeof text, "%.17g", random_double(&random));
        check_reading(text);
    }
}

/* The last digit of the mantissa before `e`, one less: 25e3 -> 24999…e3. */
static void lower_mantissa(char *text, const char *exponent, size_t length)
{
    char *p = text + length - 1;
    while (*p == '0' || *p == '.')
        p--;
    (*p)--;
    for (p++; p < text + length; p++)
        if (*p != '.')
            *p = '9';
    sprintf(text + length, "99999999999999999999%s", exponent);
}

/* Exactly between two floats, a hair above and a hair below. */
Test(number, halves_go_to_even_and_a_hair_decides_them)
{
    random_stream random;
    random_init(&random, 3, 0);
    for (int i = 0; i < 60000; i++) {
        uint32_t bits = random_u32(&random) & 0x7fffffff;
        if (i % 4 == 0)
            bits &= 0xffffff; /* subnormal, or nearly */
        float low = float_of(bits), high = float_of(bits + 1);
        if (!isfinite(high))
            continue;
        char text[700], exponent[16];
        snprintf(text, sizeof text, "%.160e", ((double)low + (double)high) / 2);
        check_reading(text);
        char *e = strchr(text, 'e');
        size_t length = (size_t)(e - text);
        strcpy(exponent, e);
        int n_zeros = (int)random_below(&random, 300);
        sprintf(e, "%0*d1%s", n_zeros + 1, 0, exponent);
        check_reading(text);
        text[length] = '\0';
        lower_mantissa(text, exponent, length);
        check_reading(text);
    }
}

/* The middle of two doubles has up to 767 digits; long double holds it. */
Test(number, halves_between_doubles_need_all_their_digits)
{
    enum { DIGITS = 800 };
    random_stream random;
    random_init(&random, 6, 0);
    for (int i = 0; i < 2000; i++) {
        uint64_t bits = random_u64(&random) >> 1;
        if (i % 2 == 0)
            bits &= 0xfffffffffffff; /* subnormal */
        double low, high;
        memcpy(&low, &bits, sizeof low);
        bits++;
        memcpy(&high, &bits, sizeof high);
        if (!isfinite(high))
            continue;
        char text[DIGITS + 40], exponent[16];
        long double middle = ((long double)low + (long double)high) / 2;
        snprintf(text, sizeof text, "%.*Le", DIGITS, middle);
        check_reading(text);
        char *e = strchr(text, 'e');
        strcpy(exponent, e);
        sprintf(e, "00001%s", exponent);
        check_reading(text);
    }
}

Test(number, reading_leaves_errno_alone)
{
    errno = EAGAIN;
    mlp_decimal decimal;
    mlp_decimal_scan("1.00000000000000000000000000001e999", 35, &decimal);
    cr_assert(isinf(mlp_decimal_to_double(&decimal)));
    cr_assert(isinf(mlp_decimal_to_float(&decimal)));
    mlp_decimal_scan("7.0064923216240853546186479164495e-46", 37, &decimal);
    cr_assert_geq(mlp_decimal_to_float(&decimal), 0);
    cr_assert_eq(errno, EAGAIN);
}

/* --- whole fields --------------------------------------------------------- */

Test(number, a_field_may_be_written_as_people_do)
{
    static const struct {
        const char *text;
        double value;
        bool integer;
    } cases[] = {
        {"1", 1, true},
        {"+1", 1, true},
        {"-1", -1, true},
        {" 1", 1, true},
        {"1\t ", 1, true},
        {".5", 0.5, false},
        {"-.5", -0.5, false},
        {"5.", 5, false},
        {"+5.e1", 50, false},
        {"007", 7, true},
        {"00.50", 0.5, false},
        {"1e3", 1000, false},
        {"\t-2.5E-1 ", -0.25, false},
        {"-0", 0, true},
        {"0000000000000000000000000012", 12, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_decimal d;
        const char *text = cases[i].text;
        cr_assert(mlp_parse_decimal(text, strlen(text), &d), "'%s'", text);
        cr_assert_float_eq(mlp_decimal_to_double(&d), cases[i].value, 0);
        cr_assert_eq(d.integer, cases[i].integer, "'%s'", text);
    }
}

Test(number, a_field_with_anything_else_is_refused_and_leaves_out_untouched)
{
    static const char *const texts[] = {
        "",
        " ",
        "\t",
        ".",
        "-",
        "+",
        "-.",
        "e5",
        ".e5",
        "1e",
        "1e+",
        "1 2",
        "1,5",
        "0x10",
        "nan",
        "inf",
        "NaN",
        "1a",
        "--1",
        "+-1",
        "1..2",
        "1.2.3",
        "1\n",
        "\n1",
        "- 1",
        "1e5.0",
        "one",
        "1_000",
        "\xef\xbb\xbf 1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mlp_decimal d = {.digits = 77};
        cr_assert_not(mlp_parse_decimal(texts[i], strlen(texts[i]), &d), "'%s'",
                      texts[i]);
        cr_assert_eq(d.digits, 77);
    }
}

Test(number, a_field_of_many_digits_is_still_exact)
{
    char text[600] = " +";
    snprintf(text + 2, sizeof text - 2, "%.500f", 0.1);
    mlp_decimal d;
    cr_assert(mlp_parse_decimal(text, strlen(text), &d));
    cr_assert(d.truncated);
    cr_assert_eq(double_bits(mlp_decimal_to_double(&d)), double_bits(0.1));
    cr_assert_eq(float_bits(mlp_decimal_to_float(&d)), float_bits(0.1f));
}

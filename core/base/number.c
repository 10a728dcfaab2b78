/* SPDX-License-Identifier: MIT
 *
 * Decimal text to float and double. */
#include "mlp/number.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_powers.h"

enum {
    MAX_DIGITS = 19, /* 10^19 < 2^64 */
    MAX_EXPONENT = 100000,
    FLOAT_FRACTION_BITS = 23,
    FLOAT_BIAS = 127,
    FLOAT_EXPONENT_INFINITE = 255,
};

/* --- scanning ------------------------------------------------------------- */

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Eight digits at once: `word` holds their bytes, the first lowest. */
static bool is_eight_digits(uint64_t word)
{
    const uint64_t high = 0xf0f0f0f0f0f0f0f0, six = 0x0606060606060606;
    return ((word & high) | ((word + six) & high) >> 4) == 0x3333333333333333;
}

/* Their value: pairs, then fours, then all eight, each in its own lane. */
static uint64_t eight_digits(uint64_t word)
{
    word -= 0x3030303030303030;
    word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ff;
    word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffff;
    return (word * 10000 + (word >> 32)) & 0xffffffff;
}

/* Skip digits and append them to *digits, modulo 2^64. */
static const char *take_digits(const char *p, const char *end, uint64_t *digits)
{
    uint64_t sum = *digits, word;
    while (end - p >= 8) {
        memcpy(&word, p, sizeof word);
        word = le64toh(word);
        if (!is_eight_digits(word))
            break;
        sum = sum * 100000000 + eight_digits(word);
        p += 8;
    }
    for (; p < end && is_digit(*p); p++)
        sum = sum * 10 + (uint64_t)(*p - '0');
    *digits = sum;
    return p;
}

/* Skip [eE][+-]?[0-9]+ if it is there and add its value to *exponent. It is
 * capped where no text in memory could have zeros enough to bring it back. */
static const char *
take_exponent(const char *p, const char *end, int64_t *exponent)
{
    const int64_t cap = INT64_MAX / 20;
    const char *q = p;
    if (q == end || (*q | 0x20) != 'e')
        return p;
    q++;
    bool negative = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+'))
        q++;
    if (q == end || !is_digit(*q))
        return p;
    int64_t value = 0;
    for (; q < end && is_digit(*q); q++)
        value = value < cap ? value * 10 + (*q - '0') : cap;
    *exponent += negative ? -value : value;
    return q;
}

/* Take the first 19 significant ones of the n digits that start at p, with at
 * most a point between them. Returns how many digits are left behind. */
static int64_t keep_significant(const char *p, size_t n, mlp_decimal *out)
{
    uint64_t digits = 0;
    size_t kept = 0, dropped = 0;
    bool nonzero = false;
    for (; n > 0; p++) {
        if (!is_digit(*p))
            continue;
        n--;
        if (kept == MAX_DIGITS) {
            dropped++;
            nonzero = nonzero || *p != '0';
        } else if (kept > 0 || *p != '0') {
            digits = digits * 10 + (uint64_t)(*p - '0');
            kept++;
        }
    }
    out->digits = digits;
    out->truncated = nonzero;
    return (int64_t)dropped;
}

/* The longest number at text[0..length); its sign was taken already. `lenient`
 * is mlp_parse_decimal()'s grammar: leading zeros, no digit on one side of the
 * point. */
static const char *
scan_unsigned(const char *p, const char *end, bool lenient, mlp_decimal *out)
{
    const char *whole = p;
    uint64_t digits = 0;
    if (!lenient && p < end && *p == '0')
        p++;
    else
        for (; p < end && is_digit(*p); p++)
            digits = digits * 10 + (uint64_t)(*p - '0');
    size_t n_whole = (size_t)(p - whole), n_fraction = 0;
    if (p < end && *p == '.' && (lenient || n_whole > 0)) {
        const char *fraction = take_digits(p + 1, end, &digits);
        n_fraction = (size_t)(fraction - p) - 1;
        if (n_fraction > 0 || (lenient && n_whole > 0))
            p = fraction;
    }
    if (n_whole + n_fraction == 0)
        return NULL;
    int64_t exponent = -(int64_t)n_fraction;
    p = take_exponent(p, end, &exponent);
    out->digits = digits;
    out->truncated = false;
    out->integer = p == whole + n_whole;
    if (n_whole + n_fraction > MAX_DIGITS)
        exponent += keep_significant(whole, n_whole + n_fraction, out);
    if (exponent > MAX_EXPONENT)
        exponent = MAX_EXPONENT;
    out->exponent =
        (int32_t)(exponent < -MAX_EXPONENT ? -MAX_EXPONENT : exponent);
    return p;
}

size_t mlp_decimal_scan(const char *text, size_t length, mlp_decimal *out)
{
    if (length == 0)
        return 0;
    bool negative = *text == '-';
    const char *end = scan_unsigned(text + negative, text + length, false, out);
    if (end == NULL)
        return 0;
    out->negative = negative;
    out->text = text;
    out->length = (size_t)(end - text);
    return out->length;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool mlp_parse_decimal(const char *text, size_t length, mlp_decimal *out)
{
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    while (length > 0 && is_blank(*text)) {
        text++;
        length--;
    }
    if (length == 0)
        return false;
    const char *end = text + length;
    bool has_sign = *text == '-' || *text == '+';
    mlp_decimal decimal = {
        .text = text, .length = length, .negative = *text == '-'};
    if (scan_unsigned(text + has_sign, end, true, &decimal) != end)
        return false;
    *out = decimal;
    return true;
}

/* --- to binary ------------------------------------------------------------ */

/* More digits than the middle between any two neighbours has (112 for float,
 * 767 for double): with so many kept, of the rest it only matters whether it
 * is zero. */
enum { FLOAT_ENOUGH_DIGITS = 120, DOUBLE_ENOUGH_DIGITS = 780 };

/* Spell the number with at most max_digits digits and a sticky one, without a
 * point, which a locale could make a comma. */
static void
respell(const mlp_decimal *decimal, int max_digits, char *out, size_t room)
{
    int n = 0, exponent = decimal->exponent;
    bool nonzero = false;
    if (decimal->truncated) {
        const char *p = decimal->text, *end = p + decimal->length;
        for (; p < end && (*p | 0x20) != 'e'; p++) {
            if (!is_digit(*p))
                continue;
            if (n == max_digits)
                nonzero = nonzero || *p != '0';
            else if (n > 0 || *p != '0')
                out[n++] = *p;
        }
        exponent += MAX_DIGITS - n;
        if (nonzero) {
            out[n++] = '1';
            exponent--;
        }
    }
    if (n == 0)
        n = snprintf(out, room, "%llu", (unsigned long long)decimal->digits);
    snprintf(out + n, room - (size_t)n, "e%d", exponent);
}

static float exact_float(const mlp_decimal *decimal)
{
    char text[FLOAT_ENOUGH_DIGITS + 32];
    int saved = errno;
    respell(decimal, FLOAT_ENOUGH_DIGITS, text, sizeof text);
    float value = strtof(text, NULL);
    errno = saved;
    return value;
}

static double exact_double(const mlp_decimal *decimal)
{
    char text[DOUBLE_ENOUGH_DIGITS + 32];
    int saved = errno;
    respell(decimal, DOUBLE_ENOUGH_DIGITS, text, sizeof text);
    double value = strtod(text, NULL);
    errno = saved;
    return value;
}

static float float_of_bits(uint32_t exponent, uint32_t fraction)
{
    uint32_t bits = exponent << FLOAT_FRACTION_BITS | fraction;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The first 128 bits of w 10^q, w with its top bit set; the second product is
 * needed only where the first leaves the bits below the rounding bit open. */
static power_of_ten product_of(uint64_t w, int q)
{
    const uint64_t open = UINT64_MAX >> (FLOAT_FRACTION_BITS + 3);
    const power_of_ten *power = &powers_of_ten[q - POWER_MIN];
    uint128 product = (uint128)w * power->high;
    if (((uint64_t)(product >> 64) & open) == open)
        product += (uint128)w * power->low >> 64;
    return (power_of_ten){(uint64_t)(product >> 64), (uint64_t)product};
}

/* A float below 2^-126: its exponent is fixed, so the fraction is shifted to
 * fit and rounded there. No tie: 5^-q would have to divide w, and does not. */
static float subnormal_of(uint64_t mantissa, int exponent)
{
    if (exponent <= -63)
        return 0;
    mantissa >>= 1 - exponent;
    mantissa = (mantissa + 1) >> 1;
    return float_of_bits(0, (uint32_t)mantissa); /* may carry into 2^-126 */
}

/* digits 10^q, rounded once, ties to even (Eisel-Lemire). The product has 25
 * bits of fraction and rounding bit on top; it is exact in the cases in which
 * a tie can be. */
static float nearest_float(uint64_t digits, int q)
{
    const int half_shift = 64 - FLOAT_FRACTION_BITS - 3;
    if (digits == 0 || q < POWER_MIN)
        return 0;
    if (q > 38)
        return float_of_bits(FLOAT_EXPONENT_INFINITE, 0);
    int zeros = __builtin_clzll(digits);
    power_of_ten product = product_of(digits << zeros, q);
    int carry = (int)(product.high >> 63);
    int shift = carry + half_shift;
    uint64_t mantissa = product.high >> shift;
    int log2_power = (q * 217706) >> 16; /* floor(q log2 10) */
    int exponent = log2_power + 63 + carry - zeros + FLOAT_BIAS;
    if (exponent <= 0)
        return subnormal_of(mantissa, exponent);
    bool tie = product.low <= 1 && q >= -17 && q <= 10 && (mantissa & 3) == 1 &&
               mantissa << shift == product.high;
    mantissa = tie ? mantissa >> 1 : (mantissa + 1) >> 1;
    if (mantissa >> (FLOAT_FRACTION_BITS + 1) != 0) { /* rounded up to 2^n */
        mantissa >>= 1;
        exponent++;
    }
    if (exponent >= FLOAT_EXPONENT_INFINITE)
        return float_of_bits(FLOAT_EXPONENT_INFINITE, 0);
    uint32_t fraction = (uint32_t)mantissa & ((1u << FLOAT_FRACTION_BITS) - 1);
    return float_of_bits((uint32_t)exponent, fraction);
}

float mlp_decimal_to_float(const mlp_decimal *decimal)
{
    float value = nearest_float(decimal->digits, decimal->exponent);
    if (decimal->truncated &&
        value != nearest_float(decimal->digits + 1, decimal->exponent))
        value = exact_float(decimal);
    return decimal->negative ? -value : value;
}

/* Digits and power of ten both exact: one operation rounds once (Clinger
 * 1990). Anything else is strtod's. */
double mlp_decimal_to_double(const mlp_decimal *decimal)
{
    static const double powers[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int q = decimal->exponent;
    double value;
    if (decimal->truncated || decimal->digits > 1ull << 53 || q < -22 || q > 22)
        value = exact_double(decimal);
    else if (q < 0)
        value = (double)decimal->digits / powers[-q];
    else
        value = (double)decimal->digits * powers[q];
    return decimal->negative ? -value : value;
}

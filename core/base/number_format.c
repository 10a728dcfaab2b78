/* SPDX-License-Identifier: MIT
 *
 * Float and double to the shortest decimal text. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_powers.h"
#include "mlp/number.h"

/* A positive value digits * 10^exponent. */
struct shortest {
    uint64_t digits;
    int exponent;
};

/* --- layout --------------------------------------------------------------- */

/* Plain from 1e-5 up to 1e10, where `first` is the first digit's exponent. */
enum { PLAIN_MIN = -5, PLAIN_MAX = 9 };

static char *put(char *out, const char *bytes, int n)
{
    memcpy(out, bytes, (size_t)n);
    return out + n;
}

static char *put_zeros(char *out, int n)
{
    memset(out, '0', (size_t)n);
    return out + n;
}

/* n digits of which `before` stand before the point; it may be outside them. */
static char *put_plain(char *out, const char *digits, int n, int before)
{
    if (before <= 0) {
        out = put_zeros(out, 1);
        *out++ = '.';
        return put(put_zeros(out, -before), digits, n);
    }
    if (before >= n)
        return put_zeros(put(out, digits, n), before - n);
    out = put(out, digits, before);
    *out++ = '.';
    return put(out, digits + before, n - before);
}

static char *put_scientific(char *out, const char *digits, int n, int first)
{
    char text[8];
    out = put_plain(out, digits, n, 1);
    *out++ = 'e';
    return put(out, text, snprintf(text, sizeof text, "%d", first));
}

static size_t layout(bool negative, struct shortest value, char *out)
{
    char text[24], *begin = out;
    while (value.digits > 0 && value.digits % 10 == 0) {
        value.digits /= 10;
        value.exponent++;
    }
    int n = 0;
    for (uint64_t rest = value.digits; rest > 0 || n == 0; rest /= 10)
        text[sizeof text - 1 - (size_t)n++] = (char)('0' + rest % 10);
    const char *digits = text + sizeof text - n;
    int first = value.digits == 0 ? 0 : value.exponent + n - 1;
    if (negative)
        *out++ = '-';
    if (first < PLAIN_MIN || first > PLAIN_MAX)
        out = put_scientific(out, digits, n, first);
    else
        out = put_plain(out, digits, n, first + 1);
    return (size_t)(out - begin);
}

/* --- float: Schubfach ----------------------------------------------------- */

/* Integer estimates of the paper, exact in the range of a float. */
static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

static int floor_log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}

static int floor_log10_three_quarters_pow2(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

/* floor(g c / 2^64) with its lowest bit set when anything was cut off, g being
 * 10^k rounded up to 64 bits. */
static uint32_t round_to_odd(int k, uint32_t c)
{
    const power_of_ten *power = &powers_of_ten[k - POWER_MIN];
    uint64_t g = power->high + (power->low != 0);
    uint64_t product = (uint64_t)((uint128)g * c >> 32);
    return (uint32_t)(product >> 32) | ((uint32_t)product > 1);
}

/* The shortest decimal in the rounding interval of c 2^q, the nearest to it of
 * those. `lower_closer`: c is a power of two, whose lower neighbour is half as
 * far away. All bounds are times 4, in units of 10^k:
 *
 *     lower <= 4 s <= value <= 4 (s + 1) <= upper, or one of them is outside */
static struct shortest schubfach(uint32_t c, int q, bool lower_closer)
{
    bool odd = c % 2 != 0; /* an even c owns the ends of its interval */
    int k =
        lower_closer ? floor_log10_three_quarters_pow2(q) : floor_log10_pow2(q);
    int h = q + floor_log2_pow10(-k) + 1;
    uint32_t lower = round_to_odd(-k, (4 * c - 2 + lower_closer) << h) + odd;
    uint32_t value = round_to_odd(-k, (4 * c) << h);
    uint32_t upper = round_to_odd(-k, (4 * c + 2) << h) - odd;

    uint32_t s = value / 4, tens = s / 10 * 10;
    if (tens > 0) {
        bool down = lower <= 4 * tens, up = 4 * tens + 40 <= upper;
        if (down != up)
            return (struct shortest){tens / 10 + up, k + 1};
    }
    bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
    if (down == up) {
        uint32_t middle = 4 * s + 2;
        up = value > middle || (value == middle && s % 2 != 0);
    }
    return (struct shortest){s + up, k};
}

size_t mlp_format_float(float value, char *out)
{
    assert(isfinite(value));
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bool negative = bits >> 31 != 0;
    uint32_t fraction = bits & 0x7fffff, exponent = bits >> 23 & 0xff;
    if ((bits & 0x7fffffff) == 0)
        return layout(negative, (struct shortest){0, 0}, out);
    if (exponent == 0)
        return layout(negative, schubfach(fraction, -149, false), out);
    uint32_t c = fraction | 0x800000;
    int q = (int)exponent - 150;
    if (q <= 0 && q > -24 && (c & ((1u << -q) - 1)) == 0)
        return layout(negative, (struct shortest){c >> -q, 0}, out);
    bool lower_closer = fraction == 0 && exponent > 1;
    return layout(negative, schubfach(c, q, lower_closer), out);
}

/* --- double: trial -------------------------------------------------------- */

/* `value` rounded to n digits, read from what printf makes of it. */
static struct shortest rounded_to(double value, int n)
{
    char text[48];
    snprintf(text, sizeof text, "%.*e", n - 1, value);
    struct shortest result = {0, 0};
    const char *p = text;
    for (; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            result.digits = result.digits * 10 + (uint64_t)(*p - '0');
    result.exponent = (int)strtol(p + 1, NULL, 10) - (n - 1);
    return result;
}

/* 15 digits hold any decimal of up to 15 that a normal double came from, with
 * zeros at the end, which layout() drops; a subnormal has fewer to give. */
size_t mlp_format_double(double value, char *out)
{
    assert(isfinite(value));
    double magnitude = fabs(value);
    int n = magnitude < DBL_MIN ? 1 : DBL_DIG;
    struct shortest result = rounded_to(magnitude, n);
    for (; n < DBL_DECIMAL_DIG; result = rounded_to(magnitude, ++n)) {
        mlp_decimal decimal = {.digits = result.digits,
                               .exponent = result.exponent};
        if (mlp_decimal_to_double(&decimal) >= magnitude &&
            mlp_decimal_to_double(&decimal) <= magnitude)
            break;
    }
    return layout(signbit(value) != 0, result, out);
}

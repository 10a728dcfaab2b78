/* SPDX-License-Identifier: MIT
 *
 * The short numbers that matrices are full of, read and converted in one go:
 * -?(0|[1-9][0-9]*)(\.[0-9]+)? of at most seven digits. Anything longer or in
 * any way unusual it leaves to mlp_decimal_scan() and mlp_decimal_to_float(),
 * which give the same for these.
 *
 * Inline, in loops whose branches are guessed right as long as neighbours are
 * written alike: twice as fast as any arithmetic on whole words, because the
 * next number need not wait for this one's length. */
#ifndef MLP_BASE_NUMBER_SHORT_H
#define MLP_BASE_NUMBER_SHORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    SHORT_DIGITS = 7, /* 10^7 < 2^24: they and their powers are exact floats */
    SHORT_WINDOW =
        1 + 2 * (SHORT_DIGITS + 1), /* the bytes that are looked at */
};

/* How many digits there are at p, and their value; it looks no further than
 * one beyond SHORT_DIGITS. */
static inline size_t short_digits(const char *p, uint32_t *value)
{
    uint32_t sum = 0, digit;
    size_t n = 0;
    for (; n <= SHORT_DIGITS; n++) {
        digit = (unsigned char)(p[n] - '0');
        if (digit > 9)
            break;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return n;
}

/* The number at p, which has no sign and ends in front of a ',', a ']' or a
 * blank. One division rounds once (Clinger 1990). */
static inline size_t short_unsigned(const char *p, float *out)
{
    static const uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    uint32_t digits, fraction;
    size_t n = short_digits(p, &digits);
    if (n == 0 || n > SHORT_DIGITS || (n > 1 && *p == '0'))
        return 0;
    *out = (float)digits;
    if (p[n] == '.') {
        size_t n_fraction = short_digits(p + n + 1, &fraction);
        if (n_fraction == 0 || n + n_fraction > SHORT_DIGITS)
            return 0;
        uint32_t power = powers[n_fraction];
        *out = (float)(digits * power + fraction) / (float)power;
        n += 1 + n_fraction;
    }
    return p[n] == ',' || p[n] == ']' || p[n] == ' ' ? n : 0;
}

/* The length of the short number at p, which is *out; 0 when there is none, or
 * the end is too near to tell: *out is then undefined. */
static inline size_t short_number(const char *p, const char *end, float *out)
{
    if (end - p < SHORT_WINDOW)
        return 0;
    if (*p != '-')
        return short_unsigned(p, out);
    size_t n = short_unsigned(p + 1, out);
    if (n == 0)
        return 0;
    *out = -*out;
    return 1 + n;
}

/* Do the next SHORT_REPEATS numbers at p read as the one before them, which
 * with all that is up to p has `period` bytes, from two on? Then the text goes
 * on with that period, and no number of it needs to be looked at, as in a
 * picture's margin. SHORT_REPEATS * period bytes are there. */
enum { SHORT_REPEATS = 4, SHORT_PERIOD_MAX = 8 };
static inline bool short_repeats(const char *p, size_t period)
{
    uint64_t here, before;
    size_t last = SHORT_REPEATS * period - sizeof here, i = 0;
    for (;; i = i + sizeof here < last ? i + sizeof here : last) {
        memcpy(&here, p + i, sizeof here);
        memcpy(&before, p + i - period, sizeof before);
        if (here != before || i == last)
            break;
    }
    return here == before;
}

/* values[-1] again, for as often as its text repeats from p on, `period` bytes
 * each, up to values_end; how many of them. */
static inline size_t short_repeat(const char *p,
                                  const char *end,
                                  size_t period,
                                  float *values,
                                  const float *values_end)
{
    const float value = values[-1];
    const size_t bytes = SHORT_REPEATS * period;
    size_t n = 0;
    while (values_end - (values + n) >= SHORT_REPEATS &&
           (size_t)(end - p) >= bytes && short_repeats(p, period)) {
        for (size_t i = 0; i < SHORT_REPEATS; i++)
            values[n + i] = value;
        n += SHORT_REPEATS;
        p += bytes;
    }
    return n;
}

/* The length of a whole number of at most three digits with a comma behind it;
 * 0: it is none. */
enum { SHORT_INTEGER_MAX = 3 };
static inline size_t short_integer(const char *p, float *out)
{
    uint32_t first = (unsigned char)(p[0] - '0'), second, third;
    *out = (float)first;
    if (first <= 9 && p[1] == ',')
        return 1;
    second = (unsigned char)(p[1] - '0');
    if (first - 1 > 8 || second > 9)
        return 0;
    first = 10 * first + second;
    *out = (float)first;
    if (p[2] == ',')
        return 2;
    third = (unsigned char)(p[2] - '0');
    *out = (float)(10 * first + third);
    return third <= 9 && p[3] == ',' ? 3 : 0;
}

/* As many of these as follow each other from p on, a comma and perhaps a blank
 * behind each, until there are max. The place behind the last one, or p when
 * there is none. */
static inline const char *short_integers(const char *p,
                                         const char *end,
                                         float *values,
                                         size_t max,
                                         size_t *n)
{
    const char *behind = p;
    float *next = values, *values_end = values + max;
    while (next < values_end && end - p >= SHORT_WINDOW) {
        size_t length = short_integer(p, next);
        if (length == 0)
            break;
        behind = p + length;
        p = behind + 1 + (behind[1] == ' ');
        next++;
        if (length > 1)
            continue;
        size_t period = (size_t)(p - behind) + 1;
        size_t again = short_repeat(p, end, period, next, values_end);
        next += again;
        p += again * period;
        behind += again * period;
    }
    *n = (size_t)(next - values);
    return behind;
}

#endif

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

#include <endian.h>
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

/* Four digits that are numbers, with commas behind, as black pixels mostly are,
 * at p[0..8); *out is undefined where they are not. Each has a lane of 16 bits,
 * in which 0x76 takes what is above 9 over 0x7f. */
enum { SHORT_DIGITS_BYTES = 8, SHORT_DIGITS_AT_ONCE = 4 };
static inline bool short_four_digits(const char *p, float *out)
{
    const uint64_t commas = 0x2c002c002c002c00, zeros = 0x0030003000300030;
    uint64_t word;
    memcpy(&word, p, sizeof word);
    word = le64toh(word) ^ (commas | zeros);
    if (((word | (word + 0x0076007600760076)) & 0xff80ff80ff80ff80) != 0)
        return false;
    for (unsigned i = 0; i < SHORT_DIGITS_AT_ONCE; i++)
        out[i] = (float)(uint8_t)(word >> (16 * i));
    return true;
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

#endif

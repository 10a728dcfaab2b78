/* SPDX-License-Identifier: MIT
 *
 * Spellings of numbers, compared and cleaned digit by digit. */
#include "data/numeral.h"

#include <string.h>

/* Exponents beyond are all the same; text is never long enough to matter. */
static const int64_t exponent_max = INT64_C(1) << 40;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *find_exponent(const char *text, const char *end)
{
    while (text < end && *text != 'e' && *text != 'E')
        text++;
    return text;
}

static int64_t read_exponent(const char *text, const char *end)
{
    if (text == end)
        return 0;
    text++;
    bool negative = text < end && *text == '-';
    if (text < end && !is_digit(*text))
        text++;
    int64_t value = 0;
    for (; text < end; text++)
        if (value < exponent_max)
            value = value * 10 + (*text - '0');
    return negative ? -value : value;
}

/* How many digits stand between `digit` and the point, negative when the point
 * comes first; the point may be left out behind the last digit. */
static int64_t digits_before_point(const char *digit, const char *point)
{
    return point >= digit ? point - digit : point - digit + 1;
}

struct numeral numeral_of(const char *text, size_t length)
{
    const char *end = text + length;
    struct numeral numeral = {.negative = length > 0 && *text == '-'};
    const char *exponent = find_exponent(text, end);
    const char *point = memchr(text, '.', (size_t)(exponent - text));

    const char *first = text;
    while (first < exponent && (*first < '1' || *first > '9'))
        first++;
    if (first == exponent)
        return (struct numeral){0};
    const char *last = exponent;
    while (last[-1] == '0' || last[-1] == '.')
        last--;
    numeral.first = first;
    numeral.last = last;
    numeral.magnitude = digits_before_point(first, point ? point : exponent) +
                        read_exponent(exponent, end);
    return numeral;
}

static const char *skip_point(const char *text, const char *end)
{
    return text < end && *text == '.' ? text + 1 : text;
}

bool numeral_equal(const struct numeral *a, const struct numeral *b)
{
    if (a->magnitude != b->magnitude || a->negative != b->negative)
        return false;
    const char *p = a->first;
    const char *q = b->first;
    for (;;) {
        p = skip_point(p, a->last);
        q = skip_point(q, b->last);
        if (p == a->last || q == b->last)
            return p == a->last && q == b->last;
        if (*p++ != *q++)
            return false;
    }
}

uint64_t polynomial_step(uint64_t sum, uint64_t secret, uint64_t term)
{
    const uint64_t prime = (UINT64_C(1) << 61) - 1;
    __extension__ unsigned __int128 product =
        (__extension__(unsigned __int128) sum) * secret + term;
    uint64_t folded = ((uint64_t)product & prime) + (uint64_t)(product >> 61);
    return folded >= prime ? folded - prime : folded;
}

uint64_t numeral_hash(const struct numeral *numeral, uint64_t secret)
{
    uint64_t sum = (uint64_t)(numeral->magnitude + 2 * exponent_max);
    sum = polynomial_step(sum, secret, numeral->negative);
    for (const char *p = numeral->first; p < numeral->last; p++)
        if (*p != '.')
            sum = polynomial_step(sum, secret, (uint8_t)*p);
    return sum;
}

/* Copy the digits at *text and move behind them. */
static char *copy_digits(const char **text, const char *end, char *out)
{
    while (*text < end && is_digit(**text))
        *out++ = *(*text)++;
    return out;
}

size_t numeral_write_json(const char *text, size_t length, char *out)
{
    const char *end = text + length;
    char *to = out;
    if (text < end && *text == '-')
        *to++ = '-';
    if (text < end && (*text == '-' || *text == '+'))
        text++;
    while (text + 1 < end && *text == '0' && is_digit(text[1]))
        text++;
    if (text < end && *text == '.')
        *to++ = '0';
    to = copy_digits(&text, end, to);
    if (text < end && *text == '.') {
        text++;
        if (text < end && is_digit(*text))
            *to++ = '.';
        to = copy_digits(&text, end, to);
    }
    memcpy(to, text, (size_t)(end - text));
    return (size_t)(to - out) + (size_t)(end - text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

void numeral_trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_blank((*text)[*length - 1]))
        (*length)--;
}

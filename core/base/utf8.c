/* SPDX-License-Identifier: MIT
 *
 * UTF-8, one character at a time. */
#include "base/utf8.h"

#include <assert.h>
#include <stdbool.h>

/* The well-formed sequences (Unicode 15, table 3-7): by first byte, the length
 * and the range of the second; all later bytes are 80 … bf. */
static const struct sequence {
    unsigned char first_min, first_max, length, second_min, second_max;
} sequences[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct sequence *sequence_of(unsigned char first)
{
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        if (first >= sequences[i].first_min && first <= sequences[i].first_max)
            return &sequences[i];
    return NULL;
}

size_t utf8_character(const char *text, size_t length)
{
    if (length == 0)
        return 0;
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80)
        return 1;
    const struct sequence *s = sequence_of(bytes[0]);
    if (s == NULL || length < s->length || bytes[1] < s->second_min ||
        bytes[1] > s->second_max)
        return 0;
    for (size_t i = 2; i < s->length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return s->length;
}

size_t utf8_encode(uint32_t code, char out[4])
{
    assert(code <= 0x10ffff && (code < 0xd800 || code > 0xdfff));
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(first[length] | code);
    return length;
}

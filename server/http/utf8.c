/* SPDX-License-Identifier: MIT */
#include "http/utf8.h"

/* Length of the UTF-8 sequence at s, of n bytes; 0 when it is none. What the
 * first byte says about the second: [low, high]. */
static size_t sequence_length(const unsigned char *s, size_t n)
{
    static const struct lead {
        unsigned char first, last, low, high;
        size_t length;
    } leads[] = {
        {0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const struct lead *lead = leads;
    while (lead < leads + sizeof leads / sizeof *leads &&
           !(s[0] >= lead->first && s[0] <= lead->last))
        lead++;
    if (lead == leads + sizeof leads / sizeof *leads || lead->length > n)
        return 0;
    if (lead->length > 1 && !(s[1] >= lead->low && s[1] <= lead->high))
        return 0;
    for (size_t i = 2; i < lead->length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return lead->length;
}

bool utf8_is_valid(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0, n; i < length; i += n) {
        n = sequence_length(s + i, length - i);
        if (n == 0)
            return false;
    }
    return true;
}

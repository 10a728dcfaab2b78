/* SPDX-License-Identifier: MIT
 *
 * UTF-8, held against a decoder that computes the code and judges it after. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static size_t reference(const unsigned char *p, size_t n)
{
    size_t length = p[0] < 0x80   ? 1
                    : p[0] < 0xc0 ? 0
                    : p[0] < 0xe0 ? 2
                    : p[0] < 0xf0 ? 3
                    : p[0] < 0xf8 ? 4
                                  : 0;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length <= 1)
        return length;
    if (n < length)
        return 0;
    uint32_t code = p[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[length] || code > 0x10ffff || surrogate ? 0 : length;
}

Test(utf8, every_two_bytes_and_their_sequels_are_judged_rightly)
{
    static const unsigned char sequels[] = {0x00, 0x41, 0x7f, 0x80,
                                            0xbf, 0xc0, 0xff};
    enum { N = sizeof sequels };
    for (uint32_t head = 0; head < 65536; head++) {
        for (uint32_t tail = 0; tail < N * N; tail++) {
            unsigned char text[4] = {(unsigned char)(head >> 8),
                                     (unsigned char)head, sequels[tail / N],
                                     sequels[tail % N]};
            for (size_t n = 1; n <= 4; n++)
                cr_assert(utf8_character((const char *)text, n) ==
                              reference(text, n),
                          "%02x %02x %02x %02x, %zu", text[0], text[1], text[2],
                          text[3], n);
        }
    }
}

Test(utf8, every_scalar_value_is_encoded_as_one_character)
{
    char last[4] = {0};
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        char text[4] = {0};
        size_t n = utf8_encode(code, text);
        cr_assert_eq(utf8_character(text, n), n, "U+%04x", code);
        /* UTF-8 sorts as the code points do. */
        cr_assert_gt(memcmp(text, last, 4), 0, "U+%04x", code);
        memcpy(last, text, 4);
    }
}

Test(utf8, nothing_is_no_character)
{
    cr_assert_eq(utf8_character(NULL, 0), 0);
    cr_assert_eq(utf8_character("", 1), 1);
}

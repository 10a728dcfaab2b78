/* SPDX-License-Identifier: MIT
 *
 * Text from outside, character by character. */
#include "data/text.h"

#include <string.h>

#include "base/utf8.h"

bool text_is_utf8(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        size_t n = utf8_character(text + i, length - i);
        if (n == 0 || text[i] == '\0')
            return false;
        i += n;
    }
    return true;
}

const char *text_fault(const char *text, size_t length)
{
    return memchr(text, '\0', length) != NULL ? "has a NUL byte"
                                              : "is not UTF-8";
}

struct excerpt text_excerpt(const char *text, size_t length)
{
    static const char more[] = "...";
    const size_t room = EXCERPT_MAX - sizeof more;
    struct excerpt out = {""};
    size_t used = 0;
    for (size_t i = 0; i < length;) {
        size_t n = utf8_character(text + i, length - i);
        bool valid = n > 0 && text[i] != '\0';
        n = valid ? n : 1;
        if (used + n > room) {
            memcpy(out.text + used, more, sizeof more);
            return out;
        }
        if (valid)
            memcpy(out.text + used, text + i, n);
        else
            out.text[used] = '?';
        used += n;
        i += n;
    }
    return out;
}

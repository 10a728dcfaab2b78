/* SPDX-License-Identifier: MIT
 *
 * The inside of JSON strings: checking it and undoing its escapes. */
#include "base/json_string.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "mlp/json.h"

static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '\\' && byte != '"';
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    if (n < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int c = p[i] >= 'A' && p[i] <= 'F' ? p[i] | 0x20 : p[i];
        const char *digit = c == '\0' ? NULL : strchr(digits, c);
        if (digit == NULL)
            return -1;
        value = value << 4 | (int32_t)(digit - digits);
    }
    return value;
}

/* What an escape may turn out to be instead of a character. */
static const char unknown_escape[] = "an unknown escape";
static const char bad_unicode[] = "\\u without four hexadecimal digits";
static const char lone_surrogate[] = "a lone surrogate";
static const char nul_character[] = "the character \\u0000";

/* \uXXXX or a surrogate pair at p[0..n), which starts with "\u". */
static const char *
read_unicode(const char *p, size_t n, uint32_t *code, size_t *length)
{
    int32_t high = hex4(p + 2, n - 2);
    if (high < 0)
        return bad_unicode;
    if (high == 0)
        return nul_character;
    *code = (uint32_t)high;
    *length = 6;
    if (high < 0xd800 || high > 0xdfff)
        return NULL;
    if (high > 0xdbff || n < 8 || p[6] != '\\' || p[7] != 'u')
        return lone_surrogate;
    int32_t low = hex4(p + 8, n - 8);
    if (low < 0xdc00 || low > 0xdfff)
        return lone_surrogate;
    *code =
        0x10000 + (((uint32_t)high & 0x3ff) << 10 | ((uint32_t)low & 0x3ff));
    *length = 12;
    return NULL;
}

/* The escape at p[0..n), which starts with a backslash: its character and
 * length, or what is wrong with it. */
static const char *
read_escape(const char *p, size_t n, uint32_t *code, size_t *length)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (n >= 2 && p[1] == 'u')
        return read_unicode(p, n, code, length);
    const char *letter = n < 2 || p[1] == '\0' ? NULL : strchr(letters, p[1]);
    if (letter == NULL)
        return unknown_escape;
    *code = (unsigned char)meanings[letter - letters];
    *length = 2;
    return NULL;
}

const char *json_string_check(const char *text, size_t length, size_t *where)
{
    size_t i = 0, step = 1;
    const char *wrong = NULL;
    for (; i < length && wrong == NULL; i += wrong == NULL ? step : 0) {
        uint32_t code;
        step = 1;
        if (is_plain(text[i]))
            continue;
        if (text[i] == '\\')
            wrong = read_escape(text + i, length - i, &code, &step);
        else if ((unsigned char)text[i] < 0x20 || text[i] == '"')
            wrong = "a control character";
        else if ((step = utf8_character(text + i, length - i)) == 0)
            wrong = "bytes that are not UTF-8";
    }
    *where = i;
    return wrong;
}

void mlp_json_unescape(const char *text, size_t length, mlp_buffer *out)
{
    const char *end = text + length;
    while (text < end) {
        const char *escape = memchr(text, '\\', (size_t)(end - text));
        const char *run_end = escape != NULL ? escape : end;
        mlp_buffer_append(out, text, (size_t)(run_end - text));
        text = run_end;
        if (escape == NULL)
            break;
        uint32_t code = 0;
        size_t n = 1;
        char character[4];
        if (read_escape(text, (size_t)(end - text), &code, &n) == NULL)
            mlp_buffer_append(out, character, utf8_encode(code, character));
        text += n;
    }
}

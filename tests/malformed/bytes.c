/* SPDX-License-Identifier: MIT */
#include "malformed/bytes.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bytes_append(struct bytes *bytes, const char *data, size_t n)
{
    if (bytes->capacity - bytes->length <= n) {
        bytes->capacity = 2 * (bytes->length + n) + 64;
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (bytes->data == NULL)
            abort();
    }
    if (n > 0)
        memcpy(bytes->data + bytes->length, data, n);
    bytes->length += n;
    bytes->data[bytes->length] = '\0';
}

void bytes_text(struct bytes *bytes, const char *text)
{
    bytes_append(bytes, text, strlen(text));
}

void bytes_format(struct bytes *bytes, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof text)
        abort();
    bytes_append(bytes, text, (size_t)n);
}

void bytes_clear(struct bytes *bytes)
{
    bytes->length = 0;
    bytes_append(bytes, "", 0);
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

/* --- notation ------------------------------------------------------------- */

static bool decode_name(struct bytes *out, const char *text, size_t n)
{
    static const struct {
        const char *name, *bytes;
        size_t n;
    } names[] = {{"crlf", "\r\n", 2},
                 {"cr", "\r", 1},
                 {"lf", "\n", 1},
                 {"tab", "\t", 1},
                 {"nul", "", 1}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == n && memcmp(names[i].name, text, n) == 0) {
            bytes_append(out, names[i].bytes, names[i].n);
            return true;
        }
    return false;
}

static bool decode_repetition(struct bytes *out, const char *text, size_t n)
{
    const char *star = memchr(text, '*', n);
    size_t digits = strspn(text, "0123456789");
    if (star == NULL || digits == 0 || text + digits != star)
        return false;
    struct bytes once = {0};
    bool good = bytes_decode(&once, star + 1, n - digits - 1);
    for (unsigned long i = strtoul(text, NULL, 10); good && i > 0; i--)
        bytes_append(out, once.data, once.length);
    bytes_free(&once);
    return good;
}

static bool decode_hex(struct bytes *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i += 3) {
        char digits[3] = {text[i], i + 1 < n ? text[i + 1] : '\0', '\0'};
        bool blank_behind = i + 2 >= n || text[i + 2] == ' ';
        if (!isxdigit((unsigned char)digits[0]) ||
            !isxdigit((unsigned char)digits[1]) || !blank_behind)
            return false;
        char byte = (char)strtoul(digits, NULL, 16);
        bytes_append(out, &byte, 1);
    }
    return n > 0;
}

/* The '>' that belongs to the '<' at open, or NULL. */
static const char *find_close(const char *open, const char *end)
{
    size_t depth = 0;
    for (; open < end; open++) {
        if (*open == '<')
            depth++;
        else if (*open == '>' && --depth == 0)
            return open;
    }
    return NULL;
}

bool bytes_decode(struct bytes *out, const char *text, size_t n)
{
    const char *end = text + n;
    while (text < end) {
        const char *open = memchr(text, '<', (size_t)(end - text));
        const char *run_end = open != NULL ? open : end;
        bytes_append(out, text, (size_t)(run_end - text));
        if (open == NULL)
            return true;
        const char *close = find_close(open, end);
        if (close == NULL)
            return false;
        size_t inside = (size_t)(close - open - 1);
        if (!decode_name(out, open + 1, inside) &&
            !decode_repetition(out, open + 1, inside) &&
            !decode_hex(out, open + 1, inside))
            return false;
        text = close + 1;
    }
    return true;
}

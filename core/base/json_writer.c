/* SPDX-License-Identifier: MIT
 *
 * JSON values that stand alone; commas and brackets are the caller's. */
#include <math.h>

#include "base/uninitialized.h"
#include "base/utf8.h"
#include "mlp/json.h"

enum { UNSIGNED_MAX_DIGITS = 20, PLAIN_MAX_BYTES = 32 };

/* What stands for the byte c in a string; NULL when it may stand for itself
 * and is ASCII. */
static const char *short_escape(char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

static bool is_plain_ascii(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The length of the longest start of text[0..length) that needs no escape. */
static size_t plain_run(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        if (is_plain_ascii(text[i])) {
            i++;
            continue;
        }
        size_t n = utf8_character(text + i, length - i);
        if (n == 0 || (unsigned char)text[i] < 0x20 || text[i] == '"' ||
            text[i] == '\\')
            break;
        i += n;
    }
    return i;
}

/* A short text that needs no escape, as names are. False: nothing is written,
 * it is not, or there is no room yet. */
static bool write_plain(mlp_buffer *out, const char *text, size_t length)
{
    if (length > PLAIN_MAX_BYTES || !mlp_buffer_has_room(out, length + 2))
        return false;
    char *p = out->data + out->length;
    *p++ = '"';
    for (size_t i = 0; i < length; i++) {
        if (!is_plain_ascii(text[i]))
            return false;
        *p++ = text[i];
    }
    *p++ = '"';
    *p = '\0';
    out->length += length + 2;
    return true;
}

void mlp_json_write_string(mlp_buffer *out, const char *text, size_t length)
{
    if (write_plain(out, text, length))
        return;
    mlp_buffer_text(out, "\"");
    for (size_t i = 0; i < length; i++) {
        size_t run = plain_run(text + i, length - i);
        mlp_buffer_append(out, text + i, run);
        i += run;
        if (i == length)
            break;
        const char *escape = short_escape(text[i]);
        if (escape != NULL)
            mlp_buffer_text(out, escape);
        else if ((unsigned char)text[i] < 0x20)
            mlp_buffer_format(out, "\\u%04x", (unsigned)text[i]);
        else
            mlp_buffer_text(out, "\xef\xbf\xbd"); /* U+FFFD */
    }
    mlp_buffer_text(out, "\"");
}

void mlp_json_write_unsigned(mlp_buffer *out, uint64_t value)
{
    char text[UNSIGNED_MAX_DIGITS], *p = text + sizeof text;
    do
        *--p = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    mlp_buffer_append(out, p, (size_t)(text + sizeof text - p));
}

void mlp_json_write_float(mlp_buffer *out, float value)
{
    char text[MLP_FLOAT_TEXT_MAX] UNINITIALIZED;
    if (!isfinite(value)) {
        mlp_buffer_text(out, "null");
    } else if (mlp_buffer_has_room(out, sizeof text)) {
        out->length += mlp_format_float(value, out->data + out->length);
        out->data[out->length] = '\0';
    } else {
        mlp_buffer_append(out, text, mlp_format_float(value, text));
    }
}

void mlp_json_write_double(mlp_buffer *out, double value)
{
    char text[MLP_DOUBLE_TEXT_MAX];
    if (isfinite(value))
        mlp_buffer_append(out, text, mlp_format_double(value, text));
    else
        mlp_buffer_text(out, "null");
}

/* SPDX-License-Identifier: MIT
 *
 * Statuses and their texts. */
#include "mlp/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *mlp_status_text(mlp_status status)
{
    static const char *const texts[] = {
#define X(name, text) [MLP_##name] = (text),
        MLP_STATUS_TABLE(X)
#undef X
    };
    size_t i = (size_t)status;
    return i < sizeof texts / sizeof *texts ? texts[i] : "unknown status";
}

/* Where to cut text[0..n) so that no UTF-8 sequence loses its end. */
static size_t whole_characters(const char *text, size_t n)
{
    size_t cut = n;
    while (cut > 0 && n - cut < 3 && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    return cut;
}

/* Formatted aside first, so that `err->text` may be one of the arguments: that
 * is how a caller puts its own place before a text from below. */
mlp_status mlp_fail(mlp_error *err, mlp_status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    char text[2 * sizeof err->text];
    va_list args;
    va_start(args, format);
    int written = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t length = written < 0 ? 0 : strlen(text);
    if (length >= sizeof err->text)
        length = whole_characters(text, sizeof err->text - 1);
    memcpy(err->text, text, length);
    err->text[length] = '\0';
    err->status = status;
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_UNKNOWN = 80, WIDTH_MAX = 500 };

bool terminal_is(FILE *stream)
{
    return isatty(fileno(stream)) == 1;
}

bool terminal_has_colour(FILE *stream)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return terminal_is(stream) && (no == NULL || no[0] == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}

unsigned terminal_width(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_UNKNOWN;
    return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t terminal_columns(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += !continues(*text);
    return n;
}

/* C0, DEL, and C1 (in UTF-8: C2 80 to C2 9F). */
void terminal_clean(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text != '\0' && n + 1 < size; text++) {
        unsigned char byte = (unsigned char)*text;
        bool c1 = byte == 0xc2 && (unsigned char)text[1] >= 0x80 &&
                  (unsigned char)text[1] < 0xa0;
        out[n++] = byte < 0x20 || byte == 0x7f || c1 ? '?' : *text;
        text += c1;
    }
    if (*text != '\0')
        while (n > 0 && continues(*text)) /* a code point that was cut */
            text--, n--;
    out[n] = '\0';
}

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

/* The bytes of a control character: C0, DEL, and C1 (in UTF-8: C2 80 to C2
 * 9F). 0: it is none. */
static size_t control_bytes(const char *at)
{
    unsigned char byte = (unsigned char)at[0], next = (unsigned char)at[1];
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0)
        return 2;
    return byte < 0x20 || byte == 0x7f;
}

void terminal_clean(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text != '\0' && n + 1 < size; text++) {
        size_t control = control_bytes(text);
        out[n++] = control > 0 ? '?' : *text;
        text += control > 1;
    }
    if (*text != '\0')
        while (n > 0 && continues(*text)) /* a code point that was cut */
            text--, n--;
    out[n] = '\0';
}

void terminal_print_word(const char *text, FILE *stream)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=.,:/@%";
    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        (void)fputs(text, stream);
        return;
    }
    (void)fputc('\'', stream);
    for (const char *at = text; *at != '\0'; at++) {
        size_t control = control_bytes(at);
        if (*at == '\'')
            (void)fputs("'\\''", stream);
        else
            (void)fputc(control > 0 ? '?' : *at, stream);
        at += control > 1;
    }
    (void)fputc('\'', stream);
}

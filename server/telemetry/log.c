/* SPDX-License-Identifier: MIT
 *
 * The log: a line is built on the stack and leaves with one write(2), so that
 * lines of many threads never mix and logging works without memory. What comes
 * from outside is escaped: no control byte reaches a terminal, and a JSON line
 * is always legal JSON. */
#include "telemetry/log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mlp/status.h"

/* Bytes after which one field's text is cut, escapes counted. */
enum { TEXT_MAX = 1024 };
/* Kept free for what ends a line: ,"truncated":true}\n */
enum { TAIL_MAX = 32 };

/* PIPE_BUF bytes, so that a pipe takes the line whole. */
struct line {
    char bytes[LOG_LINE_MAX];
    size_t length;
    bool full; /* an append did not fit and was left out */
};

static const struct level_name {
    const char *name, *colour;
} level_names[] = {
    [LOG_DEBUG] = {"debug", "\033[2m"},
    [LOG_INFO] = {"info", "\033[32m"},
    [LOG_WARN] = {"warn", "\033[33m"},
    [LOG_ERROR] = {"error", "\033[31m"},
};

/* Written by log_open() before there are threads, only read afterwards. */
static struct {
    enum log_level level;
    bool json, colour;
} settings = {.level = LOG_INFO, .json = true};

void log_open(enum log_level level, enum log_format format)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    const char *no_colour = getenv("NO_COLOR");

    settings.level = level;
    settings.json = format == LOG_JSON || (format == LOG_AUTO && !terminal);
    settings.colour = terminal && (no_colour == NULL || *no_colour == '\0');
}

static void line_bytes(struct line *line, const char *bytes, size_t n)
{
    if (line->full || n > sizeof line->bytes - TAIL_MAX - line->length) {
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->length, bytes, n);
    line->length += n;
}

static void line_text(struct line *line, const char *text)
{
    line_bytes(line, text, strlen(text));
}

static void line_format(struct line *line, const char *format, ...)
    MLP_PRINTF(2, 3);
static void line_format(struct line *line, const char *format, ...)
{
    char text[64];
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n > 0 && (size_t)n < sizeof text)
        line_bytes(line, text, (size_t)n);
}

/* How many bytes the UTF-8 character at `s` has, and which it is; 0 when it is
 * none (RFC 3629: no surrogates, nothing longer than needed or above U+10FFFF).
 * A NUL ends the text, so that nothing behind it is read. */
static size_t decode(const unsigned char *s, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80             ? 1
               : (s[0] & 0xe0) == 0xc0 ? 2
               : (s[0] & 0xf0) == 0xe0 ? 3
               : (s[0] & 0xf8) == 0xf0 ? 4
                                       : 0;
    if (n < 2) {
        *code = s[0];
        return n;
    }
    *code = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3f);
    }
    bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < smallest[n] || *code > 0x10ffff || surrogate ? 0 : n;
}

/* Append `text` between quotes; both formats use JSON's escapes. */
static void line_string(struct line *line, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t end = line->length + TEXT_MAX;

    line_text(line, "\"");
    while (*s != '\0' && line->length < end && !line->full) {
        uint32_t code;
        size_t n = decode(s, &code);
        if (n == 0)
            line_text(line, "\xef\xbf\xbd");
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            line_format(line, "\\u%04x", (unsigned)code);
        else if (code == '"' || code == '\\')
            line_format(line, "\\%c", (char)code);
        else
            line_bytes(line, (const char *)s, n);
        s += n == 0 ? 1 : n;
    }
    line_text(line, *s == '\0' ? "\"" : "…\"");
}

/* Text that reads well without quotes: names, numbers, paths. */
static bool is_plain(const char *text)
{
    size_t n = strnlen(text, TEXT_MAX);
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"\\=", text[i]))
            return false;
    return n > 0 && n < TEXT_MAX;
}

static void line_value(struct line *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        if (!settings.json && is_plain(field->text))
            line_text(line, field->text);
        else
            line_string(line, field->text);
        break;
    case LOG_FIELD_INT:
        line_format(line, "%" PRId64, field->integer);
        break;
    case LOG_FIELD_REAL:
        if (isfinite(field->real))
            line_format(line, "%.6g", field->real);
        else
            line_text(line, "null");
        break;
    }
}

/* The whole field, or nothing of it. */
static void line_field(struct line *line, const struct log_field *field)
{
    size_t before = line->length;

    if (settings.json) {
        line_text(line, ",");
        line_string(line, field->key);
        line_text(line, ":");
    } else {
        line_text(line, " ");
        line_text(line, field->key);
        line_text(line, "=");
    }
    line_value(line, field);
    if (line->full)
        line->length = before;
}

static void
line_begin(struct line *line, enum log_level level, const char *event)
{
    const struct level_name *name = &level_names[level];
    struct timespec now;
    struct tm utc;
    char stamp[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    int ms = (int)(now.tv_nsec / 1000000);
    if (settings.json) {
        line_format(line, "{\"time\":\"%s.%03dZ\",", stamp, ms);
        line_format(line, "\"level\":\"%s\",\"event\":", name->name);
        line_string(line, event);
    } else {
        line_format(line, "%s.%03dZ ", stamp, ms);
        line_text(line, settings.colour ? name->colour : "");
        line_format(line, "%-5s", name->name);
        line_text(line, settings.colour ? "\033[0m " : " ");
        line_text(line, event);
    }
}

/* TAIL_MAX bytes were kept for this. */
static void line_end(struct line *line)
{
    static const char *const tails[2][2] = {
        {"\n", " truncated=true\n"},
        {"}\n", ",\"truncated\":true}\n"},
    };
    const char *tail = tails[settings.json][line->full];
    size_t n = strlen(tail);

    memcpy(line->bytes + line->length, tail, n);
    line->length += n;
}

bool log_takes(enum log_level level)
{
    return level >= settings.level;
}

void log_write(enum log_level level,
               const char *event,
               const struct log_field *fields)
{
    struct line line;
    bool truncated = false;
    ssize_t n;

    line.length = 0;
    line.full = false;
    line_begin(&line, level, event);
    for (const struct log_field *field = fields; field->key; field++) {
        if (field->kind == LOG_FIELD_TEXT && field->text == NULL)
            continue;
        line_field(&line, field);
        truncated = truncated || line.full;
        line.full = false;
    }
    line.full = truncated;
    line_end(&line);
    /* There is nobody to tell when the log itself cannot be written. */
    do
        n = write(STDERR_FILENO, line.bytes, line.length);
    while (n < 0 && errno == EINTR);
}

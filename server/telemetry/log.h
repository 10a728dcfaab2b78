/* SPDX-License-Identifier: MIT
 *
 * One event, one line: JSON on stderr, or readable text on a terminal. Text
 * from outside is escaped. Never logged: bodies, keys. */
#ifndef MLPD_LOG_H
#define MLPD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_AUTO, LOG_JSON, LOG_TEXT };

struct log_field {
    const char *key;
    enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_REAL } kind;
    const char *text; /* NULL leaves the field out */
    int64_t integer;
    double real;
};

#define LOG_TEXT_FIELD(k, v)                                                   \
    ((struct log_field){.key = (k), .kind = LOG_FIELD_TEXT, .text = (v)})
#define LOG_INT(k, v)                                                          \
    ((struct log_field){                                                       \
        .key = (k), .kind = LOG_FIELD_INT, .integer = (int64_t)(v)})
#define LOG_REAL(k, v)                                                         \
    ((struct log_field){.key = (k), .kind = LOG_FIELD_REAL, .real = (v)})

/* Once, before any thread. AUTO is TEXT when stderr is a terminal. */
void log_open(enum log_level level, enum log_format format);

/* Is a line of this level written at all?  Threads: any. */
bool log_takes(enum log_level level);

/* Write one line with one write(2); fields end with one without a key. A line
 * that would be longer than LOG_LINE_MAX loses fields, never its form.
 * Threads: any. */
enum { LOG_LINE_MAX = 4096 };
void log_write(enum log_level level,
               const char *event,
               const struct log_field *fields);

/* log_event(LOG_INFO, "job_started", LOG_INT("job", id)); fields may be left
 * out. */
#define log_event(level, ...)                                                  \
    do                                                                         \
        if (log_takes(level))                                                  \
            log_write(                                                         \
                level, LOG_FIRST(__VA_ARGS__, 0),                              \
                (const struct log_field[]){LOG_REST(__VA_ARGS__, LOG_END)});   \
    while (0)
#define LOG_FIRST(event, ...) event
#define LOG_REST(event, ...)  __VA_ARGS__
#define LOG_END               ((struct log_field){.key = NULL})

#endif

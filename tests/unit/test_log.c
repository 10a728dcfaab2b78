/* SPDX-License-Identifier: MIT */
#include "telemetry/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* What was written to stderr since capture_begin(). */
static int capture_fds[2];
static int capture_saved;

static void capture_begin(void)
{
    cr_assert_eq(pipe2(capture_fds, O_NONBLOCK), 0);
    capture_saved = dup(STDERR_FILENO);
    dup2(capture_fds[1], STDERR_FILENO);
}

static size_t capture_end(char *out, size_t size)
{
    dup2(capture_saved, STDERR_FILENO);
    ssize_t n = read(capture_fds[0], out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    close(capture_fds[0]);
    close(capture_fds[1]);
    close(capture_saved);
    return n > 0 ? (size_t)n : 0;
}

static json_t *parse(const char *line)
{
    json_error_t error;
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &error);

    cr_assert_not_null(json, "%s in: %s", error.text, line);
    return json;
}

static const char *text_of(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

Test(log, a_line_is_one_json_object_with_time_level_event_and_fields)
{
    char line[8192];

    log_open(LOG_INFO, LOG_JSON);
    capture_begin();
    log_event(LOG_WARN, "job_started", LOG_INT("job", 17),
              LOG_TEXT_FIELD("model", "iris"), LOG_REAL("seconds", 0.25));
    capture_end(line, sizeof line);
    cr_assert_eq(strchr(line, '\n'), line + strlen(line) - 1);
    json_t *json = parse(line);
    const char *time = text_of(json, "time");
    cr_expect_eq(strlen(time), strlen("2026-01-02T03:04:05.678Z"));
    cr_expect_eq(time[10], 'T');
    cr_expect_eq(time[23], 'Z');
    cr_expect_str_eq(text_of(json, "level"), "warn");
    cr_expect_str_eq(text_of(json, "event"), "job_started");
    cr_expect_str_eq(text_of(json, "model"), "iris");
    cr_expect_eq(json_integer_value(json_object_get(json, "job")), 17);
    cr_expect_eq(json_real_value(json_object_get(json, "seconds")), 0.25);
    json_decref(json);
}

Test(log, an_event_needs_no_fields)
{
    char line[8192];

    log_open(LOG_INFO, LOG_JSON);
    capture_begin();
    log_event(LOG_INFO, "draining");
    capture_end(line, sizeof line);
    json_t *json = parse(line);
    cr_expect_str_eq(text_of(json, "event"), "draining");
    cr_expect_eq(json_object_size(json), 3);
    json_decref(json);
}

Test(log, what_is_below_the_level_is_not_written)
{
    char line[8192];

    log_open(LOG_WARN, LOG_JSON);
    capture_begin();
    log_event(LOG_DEBUG, "a");
    log_event(LOG_INFO, "b");
    cr_expect_eq(capture_end(line, sizeof line), 0);
}

Test(log, a_null_text_is_left_out_and_a_nan_is_null)
{
    char line[8192];

    log_open(LOG_INFO, LOG_JSON);
    capture_begin();
    log_event(LOG_INFO, "e", LOG_TEXT_FIELD("absent", NULL),
              LOG_REAL("loss", (double)NAN));
    capture_end(line, sizeof line);
    json_t *json = parse(line);
    cr_expect_null(json_object_get(json, "absent"));
    cr_expect(json_is_null(json_object_get(json, "loss")));
    json_decref(json);
}

Test(log, hostile_text_stays_one_legal_line)
{
    char line[8192];

    log_open(LOG_INFO, LOG_JSON);
    capture_begin();
    log_event(LOG_INFO, "e",
              LOG_TEXT_FIELD("x", "a\"b\\c\nd\re\x1b[31m\x7f\xc2\x9b"
                                  "31m\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80"
                                  "é\xe2\x82"));
    capture_end(line, sizeof line);
    for (const char *c = line; c[1] != '\0'; c++)
        cr_expect_geq((unsigned char)*c, 0x20);
    cr_expect_null(strchr(line, 0x1b));
    cr_expect_null(strchr(line, 0x7f));
    cr_expect_null(strstr(line, "\xc2\x9b"));
    json_t *json = parse(line);
    const char *text = text_of(json, "x");
    cr_expect_eq(strncmp(text, "a\"b\\c\nd\re\x1b[31m\x7f\xc2\x9b", 17), 0);
    cr_expect_not_null(strstr(text, "é"));
    cr_expect_not_null(strstr(text, "\xef\xbf\xbd"));
    json_decref(json);
}

Test(log, long_texts_are_cut_and_too_many_fields_dropped_with_a_note)
{
    char line[2 * LOG_LINE_MAX], text[10000];

    memset(text, '\x01', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_open(LOG_INFO, LOG_JSON);
    capture_begin();
    log_event(LOG_INFO, "e", LOG_TEXT_FIELD("a", text),
              LOG_TEXT_FIELD("b", text), LOG_TEXT_FIELD("c", text),
              LOG_TEXT_FIELD("d", text), LOG_TEXT_FIELD("e", text),
              LOG_INT("last", 5));
    cr_expect_leq(capture_end(line, sizeof line), LOG_LINE_MAX);
    json_t *json = parse(line);
    cr_expect_not_null(text_of(json, "a"));
    cr_expect_null(text_of(json, "e"));
    cr_expect_eq(json_integer_value(json_object_get(json, "last")), 5);
    cr_expect(json_is_true(json_object_get(json, "truncated")));
    json_decref(json);
}

Test(log, every_length_of_a_text_gives_a_whole_line)
{
    char line[2 * LOG_LINE_MAX], text[2 * LOG_LINE_MAX];

    log_open(LOG_INFO, LOG_JSON);
    for (size_t n = 0; n < sizeof text; n += 37) {
        for (size_t i = 0; i < n; i++)
            text[i] = "é\n"[i % 3];
        text[n] = '\0';
        capture_begin();
        log_event(LOG_INFO, "e", LOG_TEXT_FIELD("a", text),
                  LOG_TEXT_FIELD("b", text), LOG_TEXT_FIELD("c", text),
                  LOG_TEXT_FIELD("d", text), LOG_TEXT_FIELD("e", text));
        cr_expect_leq(capture_end(line, sizeof line), LOG_LINE_MAX);
        json_decref(parse(line));
    }
}

Test(log, text_format_is_time_level_event_and_pairs)
{
    char line[8192];

    log_open(LOG_INFO, LOG_TEXT);
    capture_begin();
    log_event(LOG_INFO, "job_ended", LOG_INT("job", 3),
              LOG_TEXT_FIELD("model", "iris"),
              LOG_TEXT_FIELD("detail", "a b\x1b[2J"));
    capture_end(line, sizeof line);
    cr_expect_str_eq(line + strlen("2026-01-02T03:04:05.678Z"),
                     " info  job_ended job=3 model=iris "
                     "detail=\"a b\\u001b[2J\"\n");
}

static void *write_many(void *argument)
{
    char text[200];

    memset(text, *(const char *)argument, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 50; i++)
        log_event(LOG_INFO, "e", LOG_TEXT_FIELD("x", text));
    return NULL;
}

Test(log, lines_of_many_threads_never_mix)
{
    static char out[1 << 17];
    static char letters[] = "abcd";
    pthread_t threads[4];
    int n = 0;

    log_open(LOG_INFO, LOG_JSON);
    capture_begin();
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, write_many, letters + i);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    capture_end(out, sizeof out);
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *json = parse(line);
        const char *text = text_of(json, "x");
        cr_expect_eq(strspn(text, (char[]){text[0], '\0'}), 199);
        json_decref(json);
        n++;
    }
    cr_expect_eq(n, 200);
}

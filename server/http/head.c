/* SPDX-License-Identifier: MIT
 *
 * One walk over a head (RFC 9112, sections 3, 5 and 6). */
#include "http/head.h"

#include <string.h>
#include <strings.h>

enum { LINE_END = 2 /* CR LF */, LENGTH_MAX_DIGITS = 18 };

static bool is_token(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        bool digit = c >= '0' && c <= '9';
        if (!letter && !digit &&
            (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return length > 0;
}

static bool is_clean(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static void refuse(struct head *head, const char *text)
{
    problem_set(head->problem, PROBLEM_MALFORMED, NULL, "%s", text);
}

/* --- fields --------------------------------------------------------------- */

static void
read_length(struct head *head, const char *value, size_t value_length)
{
    struct framing *framing = head->framing;
    uint64_t length = 0;
    bool good = value_length > 0 && value_length <= LENGTH_MAX_DIGITS;
    for (size_t i = 0; good && i < value_length; i++) {
        good = value[i] >= '0' && value[i] <= '9';
        length = length * 10 + (uint64_t)(value[i] - '0');
    }
    if (!good) {
        refuse(head, "Content-Length is no acceptable number");
        return;
    }
    framing->has_length = true;
    framing->length = length;
}

static void
read_encoding(struct head *head, const char *value, size_t value_length)
{
    head->framing->chunked = true;
    if (value_length != strlen("chunked") ||
        strncasecmp(value, "chunked", value_length) != 0)
        refuse(head, "a Transfer-Encoding other than chunked");
}

static void
read_expect(struct head *head, const char *value, size_t value_length)
{
    head->framing->continues =
        value_length == strlen("100-continue") &&
        strncasecmp(value, "100-continue", value_length) == 0;
}

static const struct {
    const char *name;
    void (*read)(struct head *head, const char *value, size_t value_length);
} fields[HEAD_FIELDS] = {
    [HEAD_LENGTH] = {"Content-Length", read_length},
    [HEAD_ENCODING] = {"Transfer-Encoding", read_encoding},
    [HEAD_HOST] = {"Host", NULL},
    [HEAD_AUTHORIZATION] = {"Authorization", NULL},
    [HEAD_ORIGIN] = {"Origin", NULL},
    [HEAD_SITE] = {"Sec-Fetch-Site", NULL},
    [HEAD_IDEMPOTENCY_KEY] = {"Idempotency-Key", NULL},
    [HEAD_EXPECT] = {"Expect", read_expect},
};

static void read_field(struct head *head,
                       const char *name,
                       size_t name_length,
                       const char *value,
                       size_t value_length)
{
    for (size_t i = 0; i < HEAD_FIELDS; i++) {
        if (strlen(fields[i].name) != name_length ||
            strncasecmp(fields[i].name, name, name_length) != 0)
            continue;
        if (head->n_seen[i]++ > 0)
            problem_set(head->problem, PROBLEM_MALFORMED, NULL,
                        "%s is there twice", fields[i].name);
        if (fields[i].read != NULL)
            fields[i].read(head, value, value_length);
    }
}

/* The library has put NULs over CR and LF. */
static bool is_line_end(const char *at)
{
    return at[0] == '\0' && at[1] == '\0';
}

bool head_field(struct head *head,
                const char *name,
                size_t name_length,
                const char *value,
                size_t value_length)
{
    if (head->in_place && (name != head->next || !is_line_end(name - LINE_END)))
        refuse(head, "a header line is folded or has a NUL, or does not end "
                     "with CR LF");
    else if (!is_token(name, name_length))
        refuse(head, "a header's name has bytes that do not belong there");
    else if (!is_clean(value, value_length))
        refuse(head, "a header's value has control bytes");
    else
        read_field(head, name, name_length, value, value_length);
    head->next = value + value_length + LINE_END;
    return !problem_is_set(head->problem);
}

/* --- beginning and end ---------------------------------------------------- */

void head_begin(struct head *head,
                const struct request_line *line,
                bool in_place,
                struct framing *framing,
                struct problem *problem)
{
    size_t version = strlen(line->version);
    *framing = (struct framing){0};
    *head = (struct head){
        .framing = framing,
        .problem = problem,
        .in_place = in_place,
        .next = line->version + version + LINE_END,
        .old = strcmp(line->version, "HTTP/1.0") == 0,
    };
    if (!is_token(line->method, strlen(line->method)))
        refuse(head, "the method has bytes that do not belong there");
    else if (in_place &&
             (line->target != line->method + strlen(line->method) + 1 ||
              line->version != line->target_end + 1))
        refuse(head, "the request line is not three words, a blank between");
}

void head_end(struct head *head, const char *end)
{
    if (head->in_place &&
        (head->next + LINE_END != end || !is_line_end(head->next) ||
         !is_line_end(head->next - LINE_END)))
        refuse(head, "a header line is folded or has a NUL, or does not end "
                     "with CR LF");
    bool encoded = head->n_seen[HEAD_ENCODING] > 0;
    if (head->n_seen[HEAD_LENGTH] > 0 && encoded)
        refuse(head, "Content-Length and Transfer-Encoding are both there");
    if (head->n_seen[HEAD_HOST] == 0 && !head->old)
        refuse(head, "Host is not there");
    if (encoded && head->old)
        refuse(head, "HTTP/1.0 has no Transfer-Encoding");
}

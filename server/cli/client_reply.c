/* SPDX-License-Identifier: MIT */
#include "cli/client_reply.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void client_reply_init(struct client_reply *reply, mlp_sink sink)
{
    *reply = (struct client_reply){.sink = sink};
}

static mlp_status no_http(mlp_error *err, const char *what)
{
    return mlp_fail(err, MLP_FORMAT, "what answers does not speak HTTP: %s",
                    what);
}

/* --- lines ---------------------------------------------------------------- */

/* "HTTP/1.1 200 OK" */
static mlp_status
take_status_line(struct client_reply *reply, const char *line, mlp_error *err)
{
    const char *code = line + 9;
    if (reply->n_line < 12 || strncmp(line, "HTTP/1.", 7) != 0 ||
        (line[7] != '0' && line[7] != '1') || line[8] != ' ' ||
        strspn(code, "0123456789") != 3 || code[0] < '1' || code[0] > '5' ||
        (code[3] != ' ' && code[3] != '\0'))
        return no_http(err, "its first line is no status line");
    reply->status =
        (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    reply->state = CLIENT_REPLY_HEADERS;
    return MLP_OK;
}

/* Digits of `base` and nothing else. */
static bool parse_count(const char *text, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned digit =
            *text >= '0' && *text <= '9'
                ? (unsigned)(*text - '0')
                : (unsigned)(tolower((unsigned char)*text) - 'a') + 10;
        if (!isxdigit((unsigned char)*text) || digit >= base ||
            __builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *out = value;
    return true;
}

static mlp_status
take_length(struct client_reply *reply, const char *value, mlp_error *err)
{
    uint64_t length;
    if (!parse_count(value, 10, &length) ||
        (reply->has_length && length != reply->left))
        return no_http(err, "Content-Length is no number");
    reply->has_length = true;
    reply->left = length;
    return MLP_OK;
}

static void take_type(struct client_reply *reply, const char *value)
{
    size_t n = strcspn(value, "; \t");
    if (n >= sizeof reply->type)
        n = 0;
    for (size_t i = 0; i < n; i++)
        reply->type[i] = (char)tolower((unsigned char)value[i]);
    reply->type[n] = '\0';
}

static mlp_status
take_header(struct client_reply *reply, char *line, mlp_error *err)
{
    char *colon = strchr(line, ':');
    if (colon == NULL || colon == line || line[0] == ' ' || line[0] == '\t')
        return no_http(err, "a header line has no name");
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    for (size_t n = strlen(value);
         n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
        value[n - 1] = '\0';
    if (strcasecmp(line, "Content-Length") == 0)
        return take_length(reply, value, err);
    if (strcasecmp(line, "Content-Type") == 0)
        take_type(reply, value);
    else if (strcasecmp(line, "Transfer-Encoding") == 0) {
        if (strcasecmp(value, "chunked") != 0)
            return no_http(err, "its Transfer-Encoding is not known");
        reply->chunked = true;
    }
    return MLP_OK;
}

/* The empty line behind the headers: what comes next? */
static mlp_status end_head(struct client_reply *reply, mlp_error *err)
{
    if (reply->status < 200) { /* 100 Continue: the real one follows */
        size_t n_lines = reply->n_lines;
        client_reply_init(reply, reply->sink);
        reply->n_lines = n_lines; /* there is an end to these, too */
        return MLP_OK;
    }
    if (reply->chunked && reply->has_length)
        return no_http(err, "it is chunked and has a length");
    if (reply->status == 204 || reply->status == 304 ||
        (reply->has_length && reply->left == 0))
        reply->state = CLIENT_REPLY_DONE;
    else
        reply->state =
            reply->chunked ? CLIENT_REPLY_CHUNK_SIZE : CLIENT_REPLY_BODY;
    return MLP_OK;
}

/* "1a2b" or "1a2b;extension" */
static mlp_status
take_chunk_size(struct client_reply *reply, char *line, mlp_error *err)
{
    line[strcspn(line, "; \t")] = '\0';
    if (!parse_count(line, 16, &reply->left))
        return no_http(err, "a chunk has no size");
    reply->state = reply->left > 0 ? CLIENT_REPLY_CHUNK : CLIENT_REPLY_TRAILERS;
    return MLP_OK;
}

static mlp_status
take_line(struct client_reply *reply, char *line, mlp_error *err)
{
    if (memchr(line, '\0', reply->n_line) != NULL)
        return no_http(err, "a NUL in its head");
    if (++reply->n_lines > CLIENT_HEAD_MAX_LINES &&
        reply->state != CLIENT_REPLY_CHUNK_SIZE &&
        reply->state != CLIENT_REPLY_CHUNK_END)
        return no_http(err, "its head does not end");
    switch (reply->state) {
    case CLIENT_REPLY_STATUS_LINE:
        return take_status_line(reply, line, err);
    case CLIENT_REPLY_HEADERS:
        return line[0] == '\0' ? end_head(reply, err)
                               : take_header(reply, line, err);
    case CLIENT_REPLY_CHUNK_SIZE:
        return take_chunk_size(reply, line, err);
    case CLIENT_REPLY_CHUNK_END:
        reply->state = CLIENT_REPLY_CHUNK_SIZE;
        return line[0] == '\0' ? MLP_OK
                               : no_http(err, "a chunk is longer than it says");
    default: /* trailers */
        if (line[0] == '\0')
            reply->state = CLIENT_REPLY_DONE;
        return MLP_OK;
    }
}

/* --- bytes ---------------------------------------------------------------- */

/* One byte of a line; at its end the line is taken. */
static mlp_status
feed_line(struct client_reply *reply, char byte, mlp_error *err)
{
    if (byte != '\n') {
        if (reply->n_line + 1 >= sizeof reply->line)
            return no_http(err, "a line of its head is too long");
        reply->line[reply->n_line++] = byte;
        return MLP_OK;
    }
    if (reply->n_line > 0 && reply->line[reply->n_line - 1] == '\r')
        reply->n_line--;
    reply->line[reply->n_line] = '\0';
    mlp_status status = take_line(reply, reply->line, err);
    reply->n_line = 0;
    return status;
}

/* As much of the body as is here; *used says how much. */
static mlp_status feed_body(struct client_reply *reply,
                            const char *bytes,
                            size_t n,
                            size_t *used,
                            mlp_error *err)
{
    bool counted = reply->has_length || reply->chunked;
    if (counted && n > reply->left)
        n = (size_t)reply->left;
    *used = n;
    reply->n_body += n;
    if (counted) {
        reply->left -= n;
        if (reply->left == 0)
            reply->state =
                reply->chunked ? CLIENT_REPLY_CHUNK_END : CLIENT_REPLY_DONE;
    }
    return reply->sink.write(reply->sink.context, bytes, n, err);
}

mlp_status client_reply_feed(struct client_reply *reply,
                             const char *bytes,
                             size_t n,
                             mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; i < n && status == MLP_OK;) {
        size_t used = 1;
        if (reply->state == CLIENT_REPLY_DONE)
            return no_http(err, "more comes behind its end");
        if (reply->state == CLIENT_REPLY_BODY ||
            reply->state == CLIENT_REPLY_CHUNK)
            status = feed_body(reply, bytes + i, n - i, &used, err);
        else
            status = feed_line(reply, bytes[i], err);
        i += used;
    }
    return status;
}

mlp_status client_reply_end(struct client_reply *reply, mlp_error *err)
{
    if (reply->state == CLIENT_REPLY_DONE)
        return MLP_OK;
    if (reply->state == CLIENT_REPLY_BODY && !reply->has_length) {
        reply->state = CLIENT_REPLY_DONE;
        return MLP_OK;
    }
    return mlp_fail(err, MLP_FORMAT, "the answer ended too early");
}

/* SPDX-License-Identifier: MIT
 *
 * Replies. When there is no memory for one, it is a constant that exists from
 * the start, that nobody writes to and that destroy leaves alone. */
#include "http/reply.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/json_text.h"
#include "http/reply_inner.h"
#include "http/spare.h"

/* More than anybody asks for; less than what would hurt. */
#define JSON_REPLY_MAX_BYTES ((size_t)1 << 30)

enum { SPARE_BYTES = 4096 };

static char no_memory_text[] =
    "{\"type\":\"https://mlpd.dev/problems/overloaded\","
    "\"title\":\"The server has no room\",\"status\":503,"
    "\"detail\":\"there is not enough memory for this request now\","
    "\"error\":\"there is not enough memory for this request now\"}\n";

static struct http_reply no_memory = {
    .status = 503,
    .type = "application/problem+json",
    .bytes = no_memory_text,
    .length = sizeof no_memory_text - 1,
    .fd = -1,
};

static struct http_reply *reply_create(int status, const char *type)
{
    struct http_reply *reply = spare_take(sizeof *reply);
    if (reply == NULL)
        return &no_memory;
    reply->status = status;
    reply->type = type;
    reply->bytes = NULL;
    reply->length = 0;
    reply->fd = -1;
    reply->size = 0;
    reply->next = NULL;
    reply->n_fields = 0;
    return reply;
}

struct http_reply *reply_empty(int status)
{
    return reply_create(status, NULL);
}

struct http_reply *reply_json(int status, json_t *json)
{
    mlp_buffer text;
    mlp_buffer_init(&text, JSON_REPLY_MAX_BYTES);
    if (json != NULL)
        json_text_write(&text, json);
    else
        text.status = MLP_NOMEM;
    mlp_buffer_text(&text, "\n"); /* kind to terminals */
    json_decref(json);
    return reply_buffer(status, "application/json", &text);
}

/* A slow reader may keep it for long: give back what is not used. */
static char *trim(char *bytes, size_t length, size_t capacity)
{
    if (capacity - length <= SPARE_BYTES)
        return bytes;
    char *trimmed = realloc(bytes, length + 1);
    return trimmed != NULL ? trimmed : bytes;
}

struct http_reply *reply_too_large(void)
{
    struct problem problem = {0};
    problem_set(&problem, PROBLEM_TOO_LARGE, NULL,
                "the answer would be too large; ask for less at a time");
    return reply_problem(&problem, NULL);
}

struct http_reply *
reply_buffer(int status, const char *type, mlp_buffer *buffer)
{
    mlp_status outcome = buffer->status;
    size_t length = 0, capacity = buffer->capacity;
    char *bytes = mlp_buffer_take(buffer, &length);
    if (bytes == NULL) {
        mlp_buffer_free(buffer);
        if (outcome == MLP_LIMIT)
            return reply_too_large();
        return outcome == MLP_OK ? reply_create(status, type) : &no_memory;
    }
    struct http_reply *reply = reply_create(status, type);
    if (reply == &no_memory) {
        free(bytes);
        return reply;
    }
    reply->bytes = trim(bytes, length, capacity);
    reply->length = length;
    return reply;
}

struct http_reply *reply_problem(const struct problem *problem,
                                 const char *request_id)
{
    mlp_buffer text;
    mlp_buffer_init(&text, PROBLEM_MAX_BYTES);
    problem_write(&text, problem, request_id);

    struct http_reply *reply = reply_buffer(problem_status(problem->type),
                                            "application/problem+json", &text);
    if (problem->allow[0] != '\0')
        reply_header(reply, "Allow", "%s", problem->allow);
    if (problem->type == PROBLEM_UNAUTHORIZED)
        reply_header(reply, "WWW-Authenticate", "Bearer");
    if (problem->retry_after_s > 0)
        reply_header(reply, "Retry-After", "%u", problem->retry_after_s);
    return reply;
}

struct http_reply *
reply_file(int status, const char *type, int fd, uint64_t size)
{
    struct http_reply *reply = reply_create(status, type);
    if (reply == &no_memory) {
        close(fd);
        return reply;
    }
    reply->fd = fd;
    reply->size = size;
    return reply;
}

struct http_reply *reply_stream(int status,
                                const char *type,
                                void (*next)(struct http_request *request))
{
    struct http_reply *reply = reply_create(status, type);
    if (reply != &no_memory)
        reply->next = next;
    return reply;
}

struct http_reply *reply_header(struct http_reply *reply,
                                const char *name,
                                const char *format,
                                ...)
{
    if (reply == &no_memory || reply->n_fields == REPLY_HEADERS_MAX)
        return reply;
    struct reply_field *field = &reply->fields[reply->n_fields++];
    field->name = name;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(field->value, sizeof field->value, format, arguments);
    va_end(arguments);
    return reply;
}

void reply_destroy(struct http_reply *reply)
{
    if (reply == NULL || reply == &no_memory)
        return;
    free(reply->bytes);
    if (reply->fd >= 0)
        close(reply->fd);
    spare_give(reply, sizeof *reply);
}

int reply_status(const struct http_reply *reply)
{
    return reply->status;
}

static struct MHD_Response *response_of_body(struct http_reply *reply)
{
    if (reply->fd >= 0)
        return MHD_create_response_from_fd64(reply->size, reply->fd);
    enum MHD_ResponseMemoryMode mode =
        reply == &no_memory || reply->bytes == NULL ? MHD_RESPMEM_PERSISTENT
                                                    : MHD_RESPMEM_MUST_FREE;
    return MHD_create_response_from_buffer(
        reply->length, reply->bytes != NULL ? reply->bytes : no_memory_text,
        mode);
}

void reply_add_headers(const struct http_reply *reply,
                       struct MHD_Response *response)
{
    if (reply->type != NULL)
        MHD_add_response_header(response, "Content-Type", reply->type);
    for (size_t i = 0; i < reply->n_fields; i++)
        MHD_add_response_header(response, reply->fields[i].name,
                                reply->fields[i].value);
}

struct MHD_Response *reply_response(struct http_reply *reply)
{
    struct MHD_Response *response = response_of_body(reply);
    if (response == NULL)
        return NULL;
    if (reply != &no_memory) {
        reply->bytes = NULL;
        reply->fd = -1;
    }
    reply_add_headers(reply, response);
    return response;
}

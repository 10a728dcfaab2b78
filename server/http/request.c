/* SPDX-License-Identifier: MIT
 *
 * What a handler may ask of a request, and how it answers. */
#include "http/request.h"

#include <assert.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/request_inner.h"
#include "http/spare.h"
#include "mlp/number.h"

struct http_request *request_create(struct MHD_Connection *connection,
                                    const char *target)
{
    size_t size = strlen(target) + 1, path = strcspn(target, "?");
    size_t n_bytes = sizeof(struct http_request) + 2 * size;
    struct http_request *request = spare_take(n_bytes);
    if (request == NULL)
        return NULL;
    memset(request, 0, sizeof *request);
    request->n_bytes = n_bytes;
    request->connection = connection;
    request->scope = SCOPE_OPEN;
    request->line.target = target;
    request->line.target_end = target + size - 1;
    memcpy(request->text, target, size);
    request->target = request->text + size;
    memcpy(request->target, target, path);
    request->target[path] = '\0';
    return request;
}

void request_destroy(struct http_request *request)
{
    if (request->destroy_state != NULL)
        request->destroy_state(request->state);
    body_destroy(request->body);
    reply_destroy(request->reply);
    free(request->stream.piece);
    budget_return(&request->answer_share);
    spare_give(request, request->n_bytes);
}

void *request_app(const struct http_request *request)
{
    return request->app;
}

const char *request_segment(const struct http_request *request,
                            const char *name)
{
    return route_segment(request->route, &request->path, name);
}

const char *request_query(const struct http_request *request, const char *key)
{
    return query_get(&request->query, key);
}

bool request_query_flag(const struct http_request *request,
                        const char *key,
                        struct problem *problem)
{
    const char *value = request_query(request, key);
    if (value == NULL || strcmp(value, "0") == 0 || strcmp(value, "false") == 0)
        return false;
    if (strcmp(value, "1") == 0 || strcmp(value, "true") == 0)
        return true;
    problem_set(problem, PROBLEM_INVALID, NULL,
                "query %s: expected 0, 1, false or true, found \"%.40s\"", key,
                value);
    return false;
}

static bool parse_integer(const char *text, int64_t *out)
{
    mlp_decimal decimal;
    size_t length = strlen(text);
    if (length == 0 || mlp_decimal_scan(text, length, &decimal) != length ||
        !decimal.integer || decimal.truncated || decimal.exponent != 0 ||
        decimal.digits > INT64_MAX)
        return false;
    int64_t digits = (int64_t)decimal.digits;
    *out = decimal.negative ? -digits : digits;
    return true;
}

int64_t request_query_integer(const struct http_request *request,
                              const char *key,
                              int64_t min,
                              int64_t max,
                              int64_t fallback,
                              struct problem *problem)
{
    const char *value = request_query(request, key);
    int64_t number;
    if (value == NULL)
        return fallback;
    if (parse_integer(value, &number) && number >= min && number <= max)
        return number;
    problem_set(problem, PROBLEM_INVALID, NULL,
                "query %s: expected a whole number from %" PRId64 " to %" PRId64
                ", found \"%.40s\"",
                key, min, max, value);
    return fallback;
}

void request_each_query(const struct http_request *request,
                        void (*each)(void *context,
                                     const char *key,
                                     const char *value),
                        void *context)
{
    for (size_t i = 0; i < request->query.n; i++)
        each(context, request->query.pairs[i].key,
             request->query.pairs[i].value);
}

const char *request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                       name);
}

/* Does a media range such as " text/csv;q=0.5" name `type`? */
static bool names_type(const char *range, const char *type)
{
    size_t n = strlen(type);
    while (*range == ' ' || *range == '\t')
        range++;
    return strncasecmp(range, type, n) == 0 &&
           (range[n] == '\0' || strchr(" \t;,", range[n]) != NULL);
}

bool request_has_type(const struct http_request *request, const char *type)
{
    const char *value = request->content_type; /* it is asked for often */
    return value != NULL && names_type(value, type);
}

bool request_accepts(const struct http_request *request, const char *type)
{
    const char *range = request_header(request, "Accept");
    while (range != NULL) {
        if (names_type(range, type))
            return true;
        if (names_type(range, "application/json"))
            return false;
        range = strchr(range, ',');
        range = range != NULL ? range + 1 : NULL;
    }
    return false;
}

const char *request_key_id(const struct http_request *request)
{
    return request->key_id;
}

enum http_scope request_scope(const struct http_request *request)
{
    return request->scope;
}

const char *request_id(const struct http_request *request)
{
    return request->id;
}

const char *request_method(const struct http_request *request)
{
    return request->method;
}

const char *request_target(const struct http_request *request)
{
    return request->target;
}

struct http_body *request_body(const struct http_request *request)
{
    return body_inner(request->body);
}

uint64_t request_body_length(const struct http_request *request)
{
    return request->framing.length;
}

void request_drop_body(struct http_request *request)
{
    body_destroy(request->body);
    request->body = NULL;
}

void request_move_to_loop(struct http_request *request,
                          void (*handle)(struct http_request *request))
{
    request->handle_on_loop = handle;
}

size_t request_answer_max_bytes(const struct http_request *request)
{
    return request->answer_max_bytes;
}

void request_set_state(struct http_request *request,
                       void *state,
                       void (*destroy)(void *state))
{
    request->state = state;
    request->destroy_state = destroy;
}

void *request_state(const struct http_request *request)
{
    return request->state;
}

void request_reply(struct http_request *request, struct http_reply *reply)
{
    assert(request->reply == NULL && reply != NULL);
    request->reply = reply;
    if (request->hand_back != NULL)
        request->hand_back(request);
}

void request_write(struct http_request *request, mlp_buffer *piece, bool last)
{
    struct http_stream *stream = &request->stream;
    assert(request->stage == REQUEST_PAUSED && stream->piece == NULL);
    bool lost = piece->status != MLP_OK;
    stream->length = stream->at = 0;
    stream->piece = mlp_buffer_take(piece, &stream->length);
    mlp_buffer_free(piece);
    stream->last = last || lost;
    request->hand_back(request);
}

bool request_is_deserted(const struct http_request *request)
{
    return atomic_load(&request->stream.deserted);
}

void request_fail(struct http_request *request, const struct problem *problem)
{
    request_reply(request, reply_problem(problem, request->id));
}

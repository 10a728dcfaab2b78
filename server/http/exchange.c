/* SPDX-License-Identifier: MIT
 *
 * From headers to answer. libmicrohttpd lets an answer be queued at two
 * moments only: before the first byte of the body, which ends the connection,
 * and behind its last one. So what is wrong with a request is remembered, the
 * body is swallowed as far as that is cheap, and the answer comes at the end;
 * where it is not cheap, the answer comes at once. */
#include "http/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "http/access.h"
#include "http/answer.h"
#include "http/entry.h"
#include "http/listener_options.h"
#include "http/reply.h"
#include "http/reply_inner.h"
#include "http/request.h"
#include "http/request_inner.h"
#include "http/stream.h"
#include "http/turn.h"
#include "http/worker.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

/* A refused body of this size is read to its end: closing while the client
 * still sends makes its system throw our answer away. */
#define REFUSED_MAX_BYTES ((uint64_t)1 << 20)
/* A body of unknown length is given up after this much behind an error. */
#define SWALLOW_MAX_BYTES ((uint64_t)16 << 20)

enum {
    HEADER_DEFAULT_S = 10,
    RESERVE_MS = 1000,
    /* One connection's, so that a long one moves between the threads. */
    REQUESTS_MAX = 10000,
};

/* --- deadlines ------------------------------------------------------------ */

static struct peer *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static int64_t header_ms(const struct worker *worker)
{
    unsigned header_s = worker->service->options->header_timeout_s;
    return (header_s != 0 ? header_s : HEADER_DEFAULT_S) * (int64_t)1000;
}

/* Who connects has something to ask. A place of the reserve is for a quick
 * question; so is one that was given at the end. */
static int64_t first_ms(const struct worker *worker, const struct peer *peer)
{
    return peer->reserve || peer->awaited ? RESERVE_MS : header_ms(worker);
}

/* Between two requests it may be silent for the idle time before. */
static int64_t next_ms(const struct worker *worker)
{
    return worker->service->options->idle_timeout_s * (int64_t)1000 +
           header_ms(worker);
}

/* Who comes when the listener is closed already was waiting for it: his
 * request counts from the start. */
static void await(struct worker *worker, struct peer *peer)
{
    peer->awaited = atomic_load(&worker->service->draining);
    if (peer->awaited)
        atomic_fetch_add(&worker->service->n_in_flight, 1);
}

void exchange_on_connection(void *context,
                            struct MHD_Connection *connection,
                            void **peer,
                            enum MHD_ConnectionNotificationCode code)
{
    struct worker *worker = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        worker_remove_peer(worker, *peer);
        *peer = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *added = worker_add_peer(worker, info->connect_fd);
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct client client =
        client_of(address != NULL ? address->client_addr : NULL);
    worker_count_peer(worker, added, &client);
    *peer = added;
    if (added == NULL)
        return;
    await(worker, added);
    peer_let_ask(added, worker_now_ms(), first_ms(worker, added));
}

/* --- headers -------------------------------------------------------------- */

void *exchange_on_target(void *context,
                         const char *target,
                         struct MHD_Connection *connection)
{
    struct worker *worker = context;
    struct http_request *request = request_create(connection, target);
    if (request != NULL) {
        request->worker = worker;
        request->app = worker->service->options->app;
        answer_begin(request, &worker->service->budget);
    }
    return request;
}

static bool good_id(const char *id)
{
    size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789._-");
    return n > 0 && n <= REQUEST_ID_MAX_BYTES && id[n] == '\0';
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void identify(struct http_request *request, const char *method)
{
    const char *id = request_header(request, "X-Request-Id");
    if (id != NULL && good_id(id))
        snprintf(request->id, sizeof request->id, "%s", id);
    else
        worker_make_id(request->worker, request->id);
    memccpy(request->method, method, '\0', sizeof request->method - 1);
    request->content_type = request_header(request, "Content-Type");
    request->begun_ns = now_ns();
}

static bool has_body(const struct http_request *request)
{
    return request->framing.chunked || request->framing.length > 0;
}

/* Content-Encoding goes around whatever the route has chosen. */
static void unpack_body(struct http_request *request)
{
    const char *encoding = request_header(request, "Content-Encoding");
    if (encoding == NULL || strcasecmp(encoding, "identity") == 0)
        return;
    if (strcasecmp(encoding, "gzip") == 0)
        request->body = body_gunzip(request->body, false);
    else if (strcasecmp(encoding, "deflate") == 0)
        request->body = body_inflate(request->body);
    else
        problem_set(&request->problem, PROBLEM_UNSUPPORTED_MEDIA, NULL,
                    "Content-Encoding: expected gzip or deflate, found %.40s",
                    encoding);
}

static void open_body(struct http_request *request)
{
    struct problem *problem = &request->problem;
    if (request->route->open_body == NULL) {
        if (has_body(request))
            problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                        "this resource takes no body");
        return;
    }
    request->body = request->route->open_body(request, problem);
    if (request->body != NULL)
        unpack_body(request);
    if (request->body == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    else if (request->body->max_bytes != 0 &&
             request->framing.length > request->body->max_bytes)
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "the body has %" PRIu64 " bytes, at most %" PRIu64
                    " are accepted here",
                    request->framing.length, request->body->max_bytes);
    else
        body_charge(request->body, &request->worker->service->budget,
                    request->framing.length, problem);
}

/* Everything that can be said before the body is read. */
static void read_headers(struct http_request *request,
                         const char *method,
                         const char *version)
{
    const struct listener_options *options = request->worker->service->options;
    struct problem *problem = &request->problem, nowhere = {0};
    char *query = strchr(request->text, '?');
    if (query != NULL)
        *query++ = '\0';

    request->line.method = method;
    request->line.version = version;
    framing_read(request->connection, &request->line, &request->framing,
                 problem);
    request->close = problem_is_set(problem);
    if (!problem_is_set(problem))
        path_split(request->text, &request->path, problem);
    if (!problem_is_set(problem))
        request->route = route_find(options->routes, options->n_routes, method,
                                    &request->path, &nowhere);
    if (!problem_is_set(problem))
        entry_check(request, peer_of(request->connection),
                    request->worker->service, method);
    if (request->preflight) {
        if (has_body(request))
            problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                        "a preflight takes no body");
        return;
    }
    if (!problem_is_set(problem))
        *problem = nowhere;
    if (!problem_is_set(problem))
        query_parse(query, &request->query, problem);
    if (!problem_is_set(problem))
        query_check(&request->query, request->route->query, problem);
    if (!problem_is_set(problem))
        open_body(request);
}

/* --- answers -------------------------------------------------------------- */

/* Does its connection end with it? */
static bool is_last(const struct http_request *request)
{
    const struct peer *peer = peer_of(request->connection);
    return atomic_load(&request->worker->service->draining) ||
           (peer != NULL &&
            (peer->reserve || peer->n_requests >= REQUESTS_MAX));
}

static void add_common_headers(const struct http_request *request,
                               struct MHD_Response *response)
{
    MHD_add_response_header(response, "X-Request-Id", request->id);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (access_has_origins(request->worker->service->access))
        entry_add_headers(request, response);
    if (request->close || is_last(request))
        MHD_add_response_header(response, "Connection", "close");
}

static enum MHD_Result send_reply(struct http_request *request)
{
    request_drop_body(request); /* the answer may need its room */
    answer_charge(request);
    struct http_reply *reply = request->reply;
    uint64_t n_bytes = reply->fd >= 0 ? reply->size : reply->length;
    struct peer *peer = peer_of(request->connection);
    peer_let_read(peer, worker_now_ms(), n_bytes);
    struct MHD_Response *response = reply->next != NULL
                                        ? stream_response(request, peer)
                                        : reply_response(reply);
    if (response == NULL)
        return MHD_NO;
    add_common_headers(request, response);
    request->status = reply->status;
    request->stage = REQUEST_SENT;
    request->sent_ns = now_ns();
    request->worker->n_sending++;
    enum MHD_Result result = MHD_queue_response(
        request->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    reply_destroy(reply);
    request->reply = NULL;
    return result;
}

static enum MHD_Result send_problem(struct http_request *request)
{
    request->reply = reply_problem(&request->problem, request->id);
    return send_reply(request);
}

/* The headers are there. */
static enum MHD_Result
begin(struct http_request *request, const char *method, const char *version)
{
    const struct framing *framing = &request->framing;
    struct peer *peer = peer_of(request->connection);
    request->stage = REQUEST_READING;
    if (peer != NULL)
        peer->n_requests++;
    /* Who was awaited is counted already. */
    if (peer == NULL || !peer->awaited)
        atomic_fetch_add(&request->worker->service->n_in_flight, 1);
    else
        peer->awaited = false;
    identify(request, method);
    read_headers(request, method, version);
    peer_let_send(peer, worker_now_ms());
    if (problem_is_set(&request->problem))
        request_drop_body(request); /* nothing of it is needed */
    bool costly = has_body(request) &&
                  (framing->continues || framing->length > REFUSED_MAX_BYTES);
    if (!problem_is_set(&request->problem) || !(request->close || costly))
        return MHD_YES;
    request->close = true;
    return send_problem(request);
}

/* --- the body, and behind it ---------------------------------------------- */

static enum MHD_Result
take_bytes(struct http_request *request, const char *bytes, size_t n)
{
    peer_has_sent(peer_of(request->connection), worker_now_ms(), n);
    if (problem_is_set(&request->problem)) {
        request->n_swallowed += n;
    } else {
        body_write(request->body, bytes, n, &request->problem);
        if (problem_is_set(&request->problem))
            request_drop_body(request); /* others need the room */
    }
    bool endless =
        request->framing.chunked && request->n_swallowed > SWALLOW_MAX_BYTES;
    return endless ? MHD_NO : MHD_YES;
}

/* Threads: loop. */
static void handle_on_loop(void *argument)
{
    struct http_request *request = argument;
    if (request->handle_on_loop != NULL)
        request->handle_on_loop(request);
    else
        request->route->handle(request);
}

static void refuse(struct http_request *request)
{
    struct problem problem = {.retry_after_s = 5};
    problem_set(&problem, PROBLEM_DRAINING, NULL, "the server is stopping");
    request_fail(request, &problem);
}

static void defer(struct http_request *request)
{
    const struct listener_options *options = request->worker->service->options;
    worker_suspend(request->worker, request);
    /* From here on it is the loop's, unless there is none any more. */
    if (!options->post(options->post_context, handle_on_loop, request))
        refuse(request);
}

/* False: it moves to the loop. */
static bool handle_here(struct http_request *request)
{
    request->route->handle(request);
    if (request->handle_on_loop != NULL)
        return false;
    if (request->reply == NULL) {
        log_event(LOG_ERROR, "handler_without_reply",
                  LOG_TEXT_FIELD("route", request->route->pattern));
        request_fail(request, &(struct problem){.type = PROBLEM_INTERNAL,
                                                .detail = "the server failed"});
    }
    request->stage = REQUEST_ANSWERED;
    return true;
}

/* All of the body was read. */
static enum MHD_Result handle(struct http_request *request)
{
    request->stage = REQUEST_HANDLING;
    peer_let_wait(peer_of(request->connection));
    if (request->body != NULL)
        body_finish(request->body, &request->problem);
    if (problem_is_set(&request->problem))
        return send_problem(request);
    if (request->preflight) {
        request->reply = reply_empty(204);
        return send_reply(request);
    }
    if (request->route->thread == ON_HTTP && handle_here(request))
        return send_reply(request);
    defer(request);
    return MHD_YES;
}

enum MHD_Result exchange_on_request(void *context,
                                    struct MHD_Connection *connection,
                                    const char *path,
                                    const char *method,
                                    const char *version,
                                    const char *bytes,
                                    size_t *n_bytes,
                                    void **request_of)
{
    (void)context;
    (void)connection;
    (void)path;
    struct http_request *request = *request_of;
    if (request == NULL)
        return MHD_NO; /* there was no memory for it */
    size_t n = *n_bytes;
    *n_bytes = 0;
    switch (request->stage) {
    case REQUEST_NEW:
        return begin(request, method, version);
    case REQUEST_READING:
        if (n > 0)
            return take_bytes(request, bytes, n);
        return turn_waits(request) ? MHD_YES : handle(request);
    case REQUEST_GATHERED:
        return turn_waits(request) ? MHD_YES : handle(request);
    case REQUEST_ANSWERED:
        return send_reply(request);
    default:
        return MHD_YES;
    }
}

/* --- the end -------------------------------------------------------------- */

/* What changes something is news; reads and predictions are not. */
static enum log_level level_of(const struct http_request *request)
{
    if (request->status >= 500)
        return LOG_WARN;
    bool changes = request->route != NULL &&
                   request->route->thread == ON_LOOP &&
                   request->route->method != HTTP_GET;
    return changes ? LOG_INFO : LOG_DEBUG;
}

static void account(const struct http_request *request)
{
    const struct listener_options *options = request->worker->service->options;
    /* A stream's answer is its beginning. */
    int64_t end_ns = request->stream.next != NULL ? request->sent_ns : now_ns();
    double seconds = (double)(end_ns - request->begun_ns) * 1e-9;
    size_t route = request->route != NULL
                       ? (size_t)(request->route - options->routes)
                       : options->n_routes;
    if (request->stage != REQUEST_SENT)
        return; /* the client went away */
    if (options->metrics != NULL)
        metrics_request(options->metrics, route, request->status, seconds);
    log_event(level_of(request), "request",
              LOG_TEXT_FIELD("method", request->method),
              LOG_TEXT_FIELD("path", request->target),
              LOG_INT("status", request->status), LOG_REAL("ms", seconds * 1e3),
              LOG_TEXT_FIELD("key", request->key_id[0] != '\0' ? request->key_id
                                                               : NULL),
              LOG_TEXT_FIELD("request_id", request->id));
}

void exchange_on_completed(void *context,
                           struct MHD_Connection *connection,
                           void **request_of,
                           enum MHD_RequestTerminationCode code)
{
    (void)code;
    struct worker *worker = context;
    struct http_request *request = *request_of;
    *request_of = NULL;
    if (request == NULL)
        return;
    if (request->stage != REQUEST_NEW) {
        account(request);
        atomic_fetch_sub(&worker->service->n_in_flight, 1);
    }
    if (request->stage == REQUEST_SENT)
        worker->n_sending--;
    turn_leave(request);
    peer_let_ask(peer_of(connection), worker_now_ms(), next_ms(worker));
    request_destroy(request);
}

void exchange_refuse_suspended(struct worker *worker)
{
    struct http_request *request = worker->suspended;
    for (; request != NULL; request = request->next)
        if (request->stage == REQUEST_PAUSED)
            stream_end(request);
        else
            refuse(request);
    worker_take_answers(worker);
}

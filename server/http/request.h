/* SPDX-License-Identifier: MIT
 *
 * One request as a handler sees it; route.h says how it gets there.
 *
 * Life of a request: headers → route → open_body (or none) → body's write … →
 * finish → handle → exactly one request_reply(). A handler marked ON_HTTP runs
 * on the HTTP thread and replies before it returns, or calls
 * request_move_to_loop() in place of it. One marked ON_LOOP runs on
 * the loop thread while the connection is suspended, and may reply then or at
 * any time later, from any thread; it owns the duty to do so. */
#ifndef MLPD_REQUEST_H
#define MLPD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/body.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/route.h"

struct http_request;

/* All strings live as long as the request. Threads: whoever handles it. */
void *request_app(const struct http_request *request);
/* The path's {name}, known to hold only [A-Za-z0-9._~:-]. */
const char *request_segment(const struct http_request *request,
                            const char *name);
/* Percent-decoded UTF-8, or NULL. */
const char *request_query(const struct http_request *request, const char *key);
/* "0"/"1"/"true"/"false" (absent: false); anything else is a problem. */
bool request_query_flag(const struct http_request *request,
                        const char *key,
                        struct problem *problem);
/* A whole number in [min, max]; absent: fallback. */
int64_t request_query_integer(const struct http_request *request,
                              const char *key,
                              int64_t min,
                              int64_t max,
                              int64_t fallback,
                              struct problem *problem);
/* Visit every query pair in order. */
void request_each_query(const struct http_request *request,
                        void (*each)(void *context,
                                     const char *key,
                                     const char *value),
                        void *context);
const char *request_header(const struct http_request *request,
                           const char *name);
/* Is the Content-Type this one, parameters aside? */
bool request_has_type(const struct http_request *request, const char *type);
/* Does Accept ask for `type` by name, before application/json? No or any
 * Accept: false. */
bool request_accepts(const struct http_request *request, const char *type);
const char *request_id(const struct http_request *request);
/* As they were sent: the method, cut at 7 bytes, and the path. */
const char *request_method(const struct http_request *request);
const char *request_target(const struct http_request *request);
/* The id of the API key that it came with, or "". */
const char *request_key_id(const struct http_request *request);
/* What that key opens; SCOPE_ADMIN where no keys are needed. */
enum http_scope request_scope(const struct http_request *request);
/* The finished body, gunzip unwrapped; NULL when there was none. */
struct http_body *request_body(const struct http_request *request);
/* How many bytes it is said to have; 0: none, or it does not say. */
uint64_t request_body_length(const struct http_request *request);
/* Free it before the answer, which may take long: others need the room. */
void request_drop_body(struct http_request *request);
/* An answer in memory that is longer becomes a 413. */
size_t request_answer_max_bytes(const struct http_request *request);
/* For handlers that wait: their own state, freed with the request. */
void request_set_state(struct http_request *request,
                       void *state,
                       void (*destroy)(void *state));
void *request_state(const struct http_request *request);

/* In place of an answer, from a handler marked ON_HTTP: when that returns, go
 * on with `handle` on the loop, as if the route were marked ON_LOOP. */
void request_move_to_loop(struct http_request *request,
                          void (*handle)(struct http_request *request));

/* Answer. The reply is consumed; the request must not be touched afterwards.
 * Threads: any, once. */
void request_reply(struct http_request *request, struct http_reply *reply);
void request_fail(struct http_request *request, const struct problem *problem);

/* The next piece of a reply_stream(), which may be empty; the buffer is then
 * empty. One in error ends the answer, as `last` does. Like request_reply(),
 * once for each call of the stream's `next`.  Threads: any. */
void request_write(struct http_request *request, mlp_buffer *piece, bool last);
/* Has the client of a stream left? Then any piece, soon, lets go of the
 * request.  Threads: any. */
bool request_is_deserted(const struct http_request *request);

#endif

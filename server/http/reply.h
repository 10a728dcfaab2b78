/* SPDX-License-Identifier: MIT
 *
 * An answer on its way: made by a handler on any thread, consumed by the HTTP
 * thread. Making one never fails in the caller's face: out of memory becomes a
 * constant 503. */
#ifndef MLPD_REPLY_H
#define MLPD_REPLY_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "http/problem.h"
#include "mlp/buffer.h"
#include "mlp/status.h"

struct http_reply;
struct http_request;

/* Without a body. */
struct http_reply *reply_empty(int status);
/* `json` is consumed; encoded compactly. */
struct http_reply *reply_json(int status, json_t *json);
/* The buffer's bytes become the body; the buffer is empty afterwards. A buffer
 * in error becomes the 503 or, at its ceiling, a 413. `type` is static. */
struct http_reply *
reply_buffer(int status, const char *type, mlp_buffer *buffer);
/* What went wrong, with its headers; never NULL. request_id may be NULL. */
struct http_reply *reply_problem(const struct problem *problem,
                                 const char *request_id);
/* Sends the file from its start; fd is consumed. */
struct http_reply *
reply_file(int status, const char *type, int fd, uint64_t size);
/* A body of unknown length, piece by piece. Whenever all that there was is
 * sent, `next` is called on the loop: it has the request and the duty to call
 * request_write(), then or at any time later, though within a minute. One piece
 * is in memory at a time, so that a slow reader costs no more than a quick one.
 * When the daemon stops, or the client leaves, there is no next call; the
 * request's state is freed as always. */
struct http_reply *reply_stream(int status,
                                const char *type,
                                void (*next)(struct http_request *request));
/* At most 8 headers of 200 bytes; returns the reply. */
struct http_reply *reply_header(struct http_reply *reply,
                                const char *name,
                                const char *format,
                                ...) MLP_PRINTF(3, 4);
void reply_destroy(struct http_reply *reply); /* accepts NULL */
int reply_status(const struct http_reply *reply);

#endif

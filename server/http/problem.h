/* SPDX-License-Identifier: MIT
 *
 * What went wrong with a request, as RFC 9457 problem+json: one table of
 * types, each with its status and a constant title. Details say where and
 * what, never anything of the inside. No answer is made here: reply_problem()
 * does that. */
#ifndef MLPD_PROBLEM_H
#define MLPD_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/buffer.h"
#include "mlp/status.h"

/*    name                status  slug                    title */
#define PROBLEM_TABLE(X)                                                       \
    X(MALFORMED, 400, "malformed", "The request is not well formed")           \
    X(INVALID_ARGUMENT, 400, "invalid-argument",                               \
      "An argument is not acceptable")                                         \
    X(UNAUTHORIZED, 401, "unauthorized", "A key is needed")                    \
    X(FORBIDDEN, 403, "forbidden", "This is not allowed")                      \
    X(NOT_FOUND, 404, "not-found", "There is no such thing")                   \
    X(METHOD_NOT_ALLOWED, 405, "method-not-allowed",                           \
      "This resource does not take that method")                               \
    X(NOT_ACCEPTABLE, 406, "not-acceptable",                                   \
      "None of the accepted types can be made")                                \
    X(TIMEOUT, 408, "timeout", "The request took too long")                    \
    X(CONFLICT, 409, "conflict", "The state does not allow this")              \
    X(PRECONDITION, 412, "precondition-failed",                                \
      "It is not what If-Match expects")                                       \
    X(TOO_LARGE, 413, "too-large", "The body is too large")                    \
    X(UNSUPPORTED_MEDIA, 415, "unsupported-media-type",                        \
      "The body's type cannot be read here")                                   \
    X(MISDIRECTED, 421, "misdirected", "The server does not go by that name")  \
    X(INVALID, 422, "invalid", "A value is not acceptable")                    \
    X(SHAPE_MISMATCH, 422, "shape-mismatch",                                   \
      "Input width does not match the model")                                  \
    X(UNKNOWN_KEY, 422, "unknown-key", "A key is not known")                   \
    X(MEMORY, 422, "insufficient-memory",                                      \
      "This needs more memory than there is")                                  \
    X(QUEUE_FULL, 429, "queue-full", "Too many jobs are waiting")              \
    X(TOO_MANY_ATTEMPTS, 429, "too-many-attempts", "Too many keys were wrong") \
    X(INTERNAL, 500, "internal", "The server failed")                          \
    X(UNSUPPORTED, 501, "unsupported", "This is not implemented")              \
    X(DRAINING, 503, "draining", "The server is stopping")                     \
    X(NOT_READY, 503, "not-ready", "There is no model yet")                    \
    X(OVERLOADED, 503, "overloaded", "The server has no room")                 \
    X(STORAGE_FAILED, 503, "storage-failed", "The storage does not work")      \
    X(STORAGE, 507, "insufficient-storage", "The data could not be stored")

enum problem_type {
    PROBLEM_NONE,
#define X(name, status, slug, title) PROBLEM_##name,
    PROBLEM_TABLE(X)
#undef X
};

/* On the caller's stack; zeroed means no problem. */
struct problem {
    enum problem_type type;
    unsigned retry_after_s; /* 0: no Retry-After header */
    char allow[48];         /* 405: the methods for Allow */
    char pointer[128];      /* JSON pointer to the place, or "" */
    char detail[384];
};

/* Fill it (the first call wins: what was noticed first is what is told).
 * pointer may be NULL or "".  Threads: any. */
void problem_set(struct problem *problem,
                 enum problem_type type,
                 const char *pointer,
                 const char *format,
                 ...) MLP_PRINTF(4, 5);

/* An engine's error as a problem: FORMAT → MALFORMED, INVALID and SHAPE →
 * INVALID, LIMIT → TOO_LARGE, NOMEM → OVERLOADED, FULL → STORAGE, IO →
 * STORAGE_FAILED, CANCELLED → DRAINING.  Threads: any. */
void problem_from_error(struct problem *problem,
                        const char *pointer,
                        const mlp_error *err);

bool problem_is_set(const struct problem *problem);
/* Of PROBLEM_NONE: 500. Who answers with no problem at all has failed. */
int problem_status(enum problem_type type);

/* Longer than any: a full detail whose every byte is escaped, twice. */
enum { PROBLEM_MAX_BYTES = 16384 };
/* Append its JSON document. request_id may be NULL.  Threads: any. */
void problem_write(mlp_buffer *out,
                   const struct problem *problem,
                   const char *request_id);

#endif

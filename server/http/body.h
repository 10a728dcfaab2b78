/* SPDX-License-Identifier: MIT
 *
 * Where a request's body goes while it arrives: into memory, into a file, or
 * through a parser. It is written piece by piece on the HTTP thread, so a write
 * must be quick; what is slow belongs to finish's caller on another thread. */
#ifndef MLPD_BODY_H
#define MLPD_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/budget.h"
#include "http/problem.h"
#include "mlp/buffer.h"

struct http_body;

struct http_body_ops {
    /* Take n more bytes. After a problem the rest of the body is swallowed and
     * the problem is the answer. */
    void (*write)(struct http_body *body,
                  const char *bytes,
                  size_t n,
                  struct problem *problem);
    /* All of it is there. */
    void (*finish)(struct http_body *body, struct problem *problem);
    void (*destroy)(struct http_body *body);
};

/* The first member of each kind of body; whoever makes one sets ops, max_bytes
 * and, when it is not 0, n_held, and zeroes the rest. */
struct http_body {
    const struct http_body_ops *ops;
    /* A longer one is a 413: told before the first byte when the length is
     * declared, else as soon as it is passed. 0: no limit. */
    uint64_t max_bytes;
    uint64_t n_bytes; /* written so far */
    bool stored;      /* goes to a file, however long it is */
    /* Memory that it has taken so far, bytes and what was made of them. Its
     * write keeps it up, to within what one piece may bring. */
    uint64_t n_held;
    struct budget_share share;
};

/* From now on what it holds is charged, as it grows, to the budget; more than
 * there is in all is a 413, more than there is now a 503. Nothing is taken for
 * what was declared and may never come, but where these n_bytes, or those that
 * have come, are more than there is in all, the 413 is told at once. */
void body_charge(struct http_body *body,
                 struct budget *budget,
                 uint64_t n_bytes,
                 struct problem *problem);

/* Write and finish under the limit; do nothing once there is a problem. */
void body_write(struct http_body *body,
                const char *bytes,
                size_t n,
                struct problem *problem);
void body_finish(struct http_body *body, struct problem *problem);
void body_destroy(struct http_body *body); /* accepts NULL */

/* A body kept in memory. NULL: no memory. */
struct http_body *body_memory(size_t max_bytes);
const char *body_memory_bytes(const struct http_body *body, size_t *length);

/* Unpack gzip on the way into `inner` (owned from now on, also on failure,
 * when NULL is returned). if_magic: only when the bytes start like gzip, else
 * pass them through. inner's limit holds for the unpacked size, and for the
 * packed one as well. */
struct http_body *body_gunzip(struct http_body *inner, bool if_magic);
/* Likewise deflate, which in HTTP is one zlib stream (RFC 9110, 8.4.1.2). */
struct http_body *body_inflate(struct http_body *inner);
/* The body within, or `body` itself when it is no gunzip. */
struct http_body *body_inner(struct http_body *body);

#endif

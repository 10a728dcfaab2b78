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

#include "http/problem.h"
#include "mlp/buffer.h"

struct http_body;

/* The bytes that all bodies in memory may have together. Each takes its part
 * before it grows and gives it back when it goes. */
struct body_budget {
    uint64_t max_bytes; /* 0: nobody counts */
    _Atomic uint64_t n_bytes;
};

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

/* The first member of each kind of body; whoever makes one sets ops and
 * max_bytes and zeroes the rest. */
struct http_body {
    const struct http_body_ops *ops;
    /* A longer one is a 413: told before the first byte when the length is
     * declared, else as soon as it is passed. 0: no limit. */
    uint64_t max_bytes;
    uint64_t n_bytes; /* written so far */
    bool stored;      /* goes to a file: takes no memory */
    struct body_budget *budget;
    uint64_t n_reserved; /* of the budget */
};

/* Take n_bytes of the budget, and with each write what goes beyond. Of packed
 * bodies what is unpacked counts; what is stored does not. More than there is
 * in all is a 413, more than there is now a 503. */
void body_reserve(struct http_body *body,
                  struct body_budget *budget,
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
/* The body within, or `body` itself when it is no gunzip. */
struct http_body *body_inner(struct http_body *body);

#endif

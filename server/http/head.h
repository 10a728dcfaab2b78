/* SPDX-License-Identifier: MIT
 *
 * The head of a request, as a library has cut it up in place: is it clear what
 * it says and where the request ends? The words and fields must lie one behind
 * the other with nothing but the usual signs between them. So what the library
 * has left out (a folded line, what stands behind a NUL) is noticed by the gap
 * that it leaves. It asks no library and keeps nothing. */
#ifndef MLPD_HEAD_H
#define MLPD_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/problem.h"

struct framing {
    bool chunked;
    bool has_length;
    uint64_t length; /* 0 without one */
    bool continues;  /* Expect: 100-continue: no byte of the body is sent yet */
};

/* The words of the request line, where they lie in the connection's memory. */
struct request_line {
    const char *method;
    const char *target, *target_end; /* its NUL, when it was read */
    const char *version;
};

/* Fields that must not come twice: two readers may each take another one. */
enum head_field_name {
    HEAD_LENGTH,
    HEAD_ENCODING,
    HEAD_HOST,
    HEAD_AUTHORIZATION,
    HEAD_ORIGIN,
    HEAD_SITE,
    HEAD_IDEMPOTENCY_KEY,
    HEAD_EXPECT,
    HEAD_FIELDS,
};

/* One walk over a head: head_begin, head_field for each field, head_end. The
 * first complaint is in *problem, a 400. */
struct head {
    struct framing *framing;
    struct problem *problem;
    bool in_place;    /* are the words and fields where they were sent? */
    const char *next; /* if so: where the next field begins */
    bool old;         /* HTTP/1.0 */
    unsigned char n_seen[HEAD_FIELDS]; /* of each that must not come twice */
};

/* The method is a token; there is one blank between words. */
void head_begin(struct head *head,
                const struct request_line *line,
                bool in_place,
                struct framing *framing,
                struct problem *problem);

/* The name is a token, the value has no control bytes, a Content-Length is a
 * number, a Transfer-Encoding is "chunked"; nothing stands between the field
 * before and this one. False: there is a problem. */
bool head_field(struct head *head,
                const char *name,
                size_t name_length,
                const char *value,
                size_t value_length);

/* Nothing stands between the last field and the end, which is behind the empty
 * line. Content-Length and Transfer-Encoding are not both there, and none of
 * the fields above twice; HTTP/1.1 has a Host and HTTP/1.0 no
 * Transfer-Encoding. */
void head_end(struct head *head, const char *end);

#endif

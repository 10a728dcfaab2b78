/* SPDX-License-Identifier: MIT
 *
 * Inside of a reply, for the one who sends it. */
#ifndef MLPD_REPLY_INNER_H
#define MLPD_REPLY_INNER_H

#include <stddef.h>
#include <stdint.h>

enum { REPLY_HEADERS_MAX = 8, REPLY_HEADER_MAX_BYTES = 200 };

struct http_request;

struct reply_field {
    const char *name; /* static */
    char value[REPLY_HEADER_MAX_BYTES + 1];
};

struct http_reply {
    int status;
    const char *type; /* static; NULL: no body */
    char *bytes;      /* malloc's, unless the reply is the constant one */
    size_t length;
    int fd; /* -1, or where the `size` bytes of the body come from */
    uint64_t size;
    void (*next)(struct http_request *request); /* a stream's, or NULL */
    size_t n_fields;
    struct reply_field fields[REPLY_HEADERS_MAX];
};

/* In place of one that is larger than an answer may be. */
struct http_reply *reply_too_large(void);

struct MHD_Response;

/* Its type and headers. */
void reply_add_headers(const struct http_reply *reply,
                       struct MHD_Response *response);

/* The reply as libmicrohttpd wants it; what it holds is taken away, the reply
 * itself stays to be destroyed. NULL: no memory. */
struct MHD_Response *reply_response(struct http_reply *reply);

#endif

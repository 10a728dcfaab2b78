/* SPDX-License-Identifier: MIT
 *
 * The parser of an HTTP/1.1 reply, fed with bytes as they come. Strict: a reply
 * that is not what RFC 9112 says is an error, never a guess; nothing that a
 * server says makes it use more memory than this struct. */
#ifndef MLPD_CLIENT_REPLY_H
#define MLPD_CLIENT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"

enum { CLIENT_LINE_MAX = 8192, CLIENT_HEAD_MAX_LINES = 128 };

enum client_reply_state {
    CLIENT_REPLY_STATUS_LINE,
    CLIENT_REPLY_HEADERS,
    CLIENT_REPLY_BODY,       /* `left` bytes, or until the connection ends */
    CLIENT_REPLY_CHUNK_SIZE, /* and then `left` bytes, and a line's end */
    CLIENT_REPLY_CHUNK,
    CLIENT_REPLY_CHUNK_END,
    CLIENT_REPLY_TRAILERS,
    CLIENT_REPLY_DONE,
};

struct client_reply {
    enum client_reply_state state;
    int status;    /* 100 to 599, once its line is there */
    char type[64]; /* Content-Type without parameters, in small letters */
    bool has_length, chunked;
    uint64_t left;
    uint64_t n_body; /* bytes given to the sink */
    mlp_sink sink;   /* of the body, unchunked */
    size_t n_lines, n_line;
    char line[CLIENT_LINE_MAX];
};

void client_reply_init(struct client_reply *reply, mlp_sink sink);

/* Errors: MLP_FORMAT, those of the sink.  Threads: one at a time. */
mlp_status client_reply_feed(struct client_reply *reply,
                             const char *bytes,
                             size_t n,
                             mlp_error *err);

/* The connection has ended. Errors: MLP_FORMAT, it ended too early. */
mlp_status client_reply_end(struct client_reply *reply, mlp_error *err);

#endif

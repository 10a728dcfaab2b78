/* SPDX-License-Identifier: MIT
 *
 * A small HTTP/1.1 client: one request a connection, over TCP or a Unix socket.
 * A body is streamed from a file, a reply into a sink. It speaks no TLS. */
#ifndef MLPD_CLIENT_H
#define MLPD_CLIENT_H

#include <signal.h>
#include <stdint.h>

#include "cli/endpoint.h"
#include "mlp/buffer.h"

enum { CLIENT_REPLY_MAX_BYTES = 1 << 28 }; /* of a reply in memory */

struct client {
    struct endpoint endpoint;
    const char *key;    /* NULL: none */
    unsigned timeout_s; /* nothing moves for so long */
    /* NULL, or set by a signal: give up with MLP_CANCELLED. */
    const volatile sig_atomic_t *stop;
};

struct client_request {
    const char *method, *path; /* the path with its query, escaped */
    const char *type;          /* Content-Type, or NULL */
    const char *accept;        /* or NULL */
    const char *body;          /* in memory, or NULL */
    int file;                  /* or a file from its start; with `has_file` */
    bool has_file;
    uint64_t n_body;
    mlp_sink *sink; /* of a body that comes with 2xx; NULL: into the answer */
    void (*on_sent)(void *context, uint64_t sent, uint64_t total);
    void *context;
};

struct client_answer {
    int status;
    char type[64]; /* "application/json" */
    mlp_buffer body;
};

/* Any status that a server answers with is MLP_OK.
 * Errors: MLP_IO (no connection, or it broke), MLP_FORMAT (no HTTP),
 *         MLP_CANCELLED, MLP_LIMIT, MLP_NOMEM, those of the sink.
 * Owner:  caller; client_answer_free(), on errors, too.
 * Threads: any; the process ignores SIGPIPE or not, as it likes. */
mlp_status client_send(const struct client *client,
                       const struct client_request *request,
                       struct client_answer *out,
                       mlp_error *err);
void client_answer_free(struct client_answer *answer);

/* Append `text` to a path or query, with %XX for all but letters, digits and
 * "-._~". */
void client_escape(mlp_buffer *out, const char *text);

#endif

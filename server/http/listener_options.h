/* SPDX-License-Identifier: MIT
 *
 * What a listener is told at its start. Never changed afterwards: its threads
 * read it as it is. */
#ifndef MLPD_LISTENER_OPTIONS_H
#define MLPD_LISTENER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/route.h"

enum { HTTP_KEY_ID_BYTES = 16 };

struct metrics;

struct listener_options {
    /* "127.0.0.1:8080", "[::1]:0"; port 0: any free one; "unix:/path" */
    const char *listen;
    unsigned socket_mode; /* of the Unix socket's file; 0: 0600 */
    unsigned n_threads;
    unsigned max_connections;
    /* So many more are accepted for the health routes' sake; what else they ask
     * is a 503, and who has not asked yet gives way to who comes. 0: more than
     * max_connections wait to be accepted. */
    unsigned n_reserved;
    /* One address' share of the connections, loopback aside; 0: no limit. */
    unsigned max_connections_per_client;
    unsigned idle_timeout_s;   /* between two requests */
    unsigned header_timeout_s; /* then for all of the headers, and for the first
                                * ones from the start; 0: 10 s */
    size_t max_header_bytes;
    uint64_t max_body_bytes; /* of all bodies and answers, in memory; 0: no
                              * limit. One answer may have half of it. */
    const struct http_route *routes;
    size_t n_routes;
    void *app; /* what request_app() returns */
    struct metrics *metrics;
    /* Run `function` on the loop thread; false when the loop has ended. */
    bool (*post)(void *context, void (*function)(void *), void *argument);
    void *post_context;
    /* A thread that has just answered looks out for the next request for so
     * long before it sleeps, unless others compute; see busy_poll.h. */
    unsigned busy_poll_us;
    /* NULL: nobody does.  Threads: http. */
    bool (*computes)(void *post_context);
    /* Names and web pages that may ask beside our own; see access.h. */
    const char *allowed_hosts, *allowed_origins;
    /* What does the key open? SCOPE_OPEN: it is none. The token is NULL when
     * the client sent none; id gets the key's name for the log, or "". NULL:
     * everybody may do everything.  Threads: http. */
    enum http_scope (*authorize)(void *context,
                                 const char *token,
                                 char id[HTTP_KEY_ID_BYTES]);
    void *authorize_context;
    /* Routes that need more than this are refused, whoever asks. */
    enum http_scope offered;
    /* PEM texts; both or neither. Not needed after the start. */
    const char *tls_certificate, *tls_key;
};

#endif

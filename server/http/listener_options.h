/* SPDX-License-Identifier: MIT
 *
 * What a listener is told at its start. Never changed afterwards: its threads
 * read it as it is. */
#ifndef MLPD_LISTENER_OPTIONS_H
#define MLPD_LISTENER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct http_route;
struct metrics;

struct listener_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0"; port 0: any free one */
    unsigned n_threads;
    unsigned max_connections;
    unsigned idle_timeout_s;   /* keep-alive, and between two reads of a body */
    unsigned header_timeout_s; /* then for all of the headers; 0: 10 s */
    size_t max_header_bytes;
    const struct http_route *routes;
    size_t n_routes;
    void *app; /* what request_app() returns */
    struct metrics *metrics;
    /* Run `function` on the loop thread; false when the loop has ended. */
    bool (*post)(void *context, void (*function)(void *), void *argument);
    void *post_context;
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * The HTTP threads: each accepts from one shared listening socket and drives a
 * libmicrohttpd daemon of its own. Four floors, each calling those below it
 * alone:
 *
 *   listener   threads and their daemons
 *   exchange   libmicrohttpd's callbacks: from headers to answer
 *   worker     a thread's lists: connections, requests that wait, answers
 *   request    one request: what a handler asks of it, and its answer
 *
 * An answer from another thread goes up one floor through request->hand_back.
 */
#ifndef MLPD_LISTENER_H
#define MLPD_LISTENER_H

#include <stdint.h>

#include "http/listener_options.h"
#include "mlp/status.h"

struct listener;

/* Errors: MLP_INVALID (the address), MLP_IO (in use, …), MLP_NOMEM.
 * options and routes must outlive it.  Owner: caller; listener_stop(). */
mlp_status listener_start(const struct listener_options *options,
                          struct listener **out,
                          mlp_error *err);
/* The port that it listens on, and "http://127.0.0.1:8080". */
uint16_t listener_port(const struct listener *listener);
const char *listener_url(const struct listener *listener);
unsigned listener_connections(const struct listener *listener);

/* Stop accepting: what has connected already is served, new connections are
 * refused, every answer from now on says Connection: close.  Threads: any. */
void listener_drain(struct listener *listener);
/* Requests that were begun and not answered yet. */
unsigned listener_in_flight(const struct listener *listener);
/* Answer what is still suspended with a 503, wait for the threads, free. The
 * loop has ended: nobody calls request_reply() any more. Not from an HTTP
 * thread. */
void listener_stop(struct listener *listener);

/* The version of the library that speaks HTTP, "0.9.75".  Threads: any. */
const char *listener_library(void);

#endif

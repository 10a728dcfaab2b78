/* SPDX-License-Identifier: MIT
 *
 * A listener with a tiny application and a loop, for tests. */
#ifndef TEST_TINY_SERVER_H
#define TEST_TINY_SERVER_H

#include <stdbool.h>

#include "http/listener.h"
#include "unit/http_client.h"

#define HOST " HTTP/1.1\r\nHost: a\r\n"
#define TEXT "Content-Type: text/plain\r\n"
#define END  "\r\n"

/* What GET /large answers: more than a socket takes at once. */
enum { TINY_LARGE_BYTES = 16 << 20, TINY_PIECE_BYTES = 16 << 10 };

/* Start `listener` with two threads; 0 for what is usual. */
void tiny_start_with(unsigned max_connections, unsigned timeout_s);
void tiny_start(void);
/* End the loop and stop the listener. */
void tiny_stop(void);

/* Before the start: called with the options, to change some. */
extern void (*tiny_configure)(struct listener_options *options);

extern struct listener *listener;
extern struct listener_options listener_options;

/* The loop takes what is posted and never calls it. Before the start. */
void tiny_forget_posts(void);
void tiny_wait_for_posts(unsigned n);
void tiny_end_loop(void);

/* GET /stream/N says "1 2 … N " piece by piece; /stream/endless never stops,
 * /stream/hush never says a thing, /stream/patient neither, but looks whether
 * its client has left; /stream/failing has no memory. Pieces so far, and states
 * of requests that are not freed. */
unsigned tiny_n_pieces(void);
unsigned tiny_n_states(void);

int tiny_connect(void);
/* Send on a new connection and receive one reply, into `reply`. The
 * connection, or -1 when it was closed behind the reply. */
int tiny_ask(const char *text);
extern struct http_reply_text reply;
/* Is the connection still good for a request? Closes it. */
bool tiny_goes_on(int fd);

#endif

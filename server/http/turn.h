/* SPDX-License-Identifier: MIT
 *
 * One turn of a worker's daemon. Where several requests came in the turn
 * before, all that come in this one are read first and answered then, one
 * right after the other: a client whose connections have their answers in a
 * row is woken once for all of them. Each wakes it else, which on the same
 * machine costs the kernel more than a small prediction takes. A request that
 * comes alone does not wait. Threads: http. */
#ifndef MLPD_TURN_H
#define MLPD_TURN_H

#include <stdbool.h>

struct http_request;
struct worker;

void turn_run(struct worker *worker);

/* All of the request is read. True: others of its turn come first, and
 * libmicrohttpd, when it gets no answer, calls again. */
bool turn_waits(struct http_request *request);

/* It ends, answered or not. */
void turn_leave(struct http_request *request);

#endif

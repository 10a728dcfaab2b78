/* SPDX-License-Identifier: MIT
 *
 * A connection, in libmicrohttpd's eyes its socket context: whose turn it is,
 * and for how long. The library's own timeout starts anew with each byte, so
 * that one byte now and then holds a connection for ever; these deadlines do
 * not. And where the client's end comes together with bytes, the library sees
 * the bytes alone and waits on.
 *
 *   ASKING --head--> SENDING --body's end--> WAITING --answer--> READING
 *      |\                                       \__ a stream --> STREAMING
 *      | \_______________________ the answer is gone ______________/   /
 *       \_____________________________________________________________/
 *
 * A head has a fixed time. A body and an answer have a minute, and the time
 * that the bytes which have come, or which the client's system has taken, need
 * at the slowest rate that is borne; an hour in all. A body that stands still
 * ends before. A stream may go on for ever, as long as its client's system
 * takes something of it every minute; who turns off his side has left it.
 * Threads: http, the worker's. A peer that is NULL, for want of memory, has no
 * deadline. */
#ifndef MLPD_PEER_H
#define MLPD_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/clients.h"

enum {
    PEER_TRANSFER_MS = 60 * 1000,
    PEER_BYTES_PER_MS = 50,
    PEER_TRANSFER_MAX_MS = 3600 * 1000,
    PEER_STALL_MS = 10 * 1000,
};

enum peer_turn {
    PEER_WAITING,
    PEER_ASKING,
    PEER_SENDING,
    PEER_READING,
    PEER_STREAMING,
};

struct peer {
    int fd;
    enum peer_turn turn;
    int64_t begun_ms, deadline_ms; /* INT64_MAX: none */
    uint64_t n_bytes;      /* SENDING: that have come; READING: of the answer */
    uint64_t n_before;     /* READING, STREAMING: taken when it was looked at */
    bool looked;           /* n_before is known */
    atomic_bool *deserted; /* STREAMING: set when it is shut down; else NULL */
    bool silent;           /* at the last look it would never send again */
    bool reserve; /* beyond the limit: it is told of the health alone */
    bool counted; /* in service->clients, as `client` */
    bool awaited; /* in service->n_in_flight, until its first head */
    struct client client;
    unsigned n_requests;
    struct peer *previous, *next;
};

void peer_let_ask(struct peer *peer, int64_t now_ms, int64_t within_ms);
void peer_let_send(struct peer *peer, int64_t now_ms);
/* n bytes of the body have come. */
void peer_has_sent(struct peer *peer, int64_t now_ms, uint64_t n);
void peer_let_wait(struct peer *peer);
void peer_let_read(struct peer *peer, int64_t now_ms, uint64_t n_bytes);
void peer_let_stream(struct peer *peer, int64_t now_ms, atomic_bool *deserted);
/* The socket has room for more of the stream: has the client taken of it? */
void peer_has_taken(struct peer *peer, int64_t now_ms);

/* Is its time over? A reader's grows here by what it has taken. */
bool peer_is_late(struct peer *peer, int64_t now_ms);
/* A look at the socket, a system call, once a second: has a client whose turn
 * it is gone? And where does an answer stand? */
bool peer_has_left(struct peer *peer);

#endif

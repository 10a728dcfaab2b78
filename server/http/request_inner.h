/* SPDX-License-Identifier: MIT
 *
 * Inside of a request.
 *
 *   READING --last byte--> HANDLING --request_reply--> ANSWERED --> SENT
 *                              \__ ON_LOOP: DEFERRED __/             |  ^
 *                                         a piece is sent: stream.c  v  |
 *                                                PAUSED --request_write--
 *
 * It belongs to its HTTP thread. While it is DEFERRED or PAUSED the connection
 * is suspended and the handler has it; request_reply() and request_write() hand
 * it back. It knows no worker and takes itself through no stage: exchange.c,
 * stream.c and worker.c do. */
#ifndef MLPD_REQUEST_INNER_H
#define MLPD_REQUEST_INNER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/budget.h"
#include "http/framing.h"
#include "http/listener_options.h"
#include "http/problem.h"
#include "http/query.h"
#include "http/router.h"

struct MHD_Connection;
struct http_body;
struct http_reply;
struct peer;
struct worker;

enum { REQUEST_ID_MAX_BYTES = 64 };

enum request_stage {
    REQUEST_NEW, /* its first line is read */
    REQUEST_READING,
    REQUEST_GATHERED, /* read; it waits for the others of its turn */
    REQUEST_HANDLING,
    REQUEST_DEFERRED,
    REQUEST_ANSWERED,
    REQUEST_SENT,
    REQUEST_PAUSED, /* SENT in part: its next piece is awaited */
};

/* An answer that comes by and by: the piece that is being sent. */
struct http_stream {
    /* Asks for the next one on the loop; NULL: the answer is whole. */
    void (*next)(struct http_request *request);
    struct peer *peer;
    char *piece; /* malloc's */
    size_t length, at;
    bool last;
    atomic_bool deserted; /* written by the HTTP thread */
};

struct http_request {
    struct worker *worker; /* whose it is; for those above */
    void *app;             /* what request_app() returns */
    struct MHD_Connection *connection;
    enum request_stage stage;
    bool close;                     /* the connection ends with this answer */
    bool preflight;                 /* a browser asks for allow_origin's page */
    const char *content_type;       /* the library's, or NULL */
    const char *allow_origin;       /* NULL: not of a listed page */
    char key_id[HTTP_KEY_ID_BYTES]; /* whose it is; "": nobody's */
    enum http_scope scope; /* what its key opens; SCOPE_OPEN: nobody looked */
    const struct http_route *route; /* NULL: none matched */
    struct request_line line;
    struct framing framing;
    struct path path;
    struct query query;
    struct http_body *body;   /* owned; NULL: the route takes none */
    uint64_t n_swallowed;     /* bytes of it that came after the problem */
    struct problem problem;   /* of the headers or the body */
    struct http_reply *reply; /* owned */
    struct http_stream stream;
    size_t answer_max_bytes;          /* one that is longer is a 413 */
    struct budget_share answer_share; /* taken by the reply that is sent */
    int status;                       /* of the reply that was sent */
    /* What the loop is to do, where it is not the route's handler. */
    void (*handle_on_loop)(struct http_request *request);
    /* Set while DEFERRED or PAUSED: it is answered.  Threads: any. */
    void (*hand_back)(struct http_request *request);
    int64_t begun_ns, sent_ns;
    void *state; /* the handler's */
    void (*destroy_state)(void *state);
    struct http_request *previous, *next; /* in the worker's suspended ones */
    struct http_request *next_answered;   /* in the worker's inbox */
    char id[REQUEST_ID_MAX_BYTES + 1];
    char method[8]; /* cut; for the log */
    size_t n_bytes; /* of all this, text included */
    char *target;   /* as sent, up to the '?'; for the log */
    char text[];    /* path and query, cut up; then target */
};

/* NULL: no memory. */
struct http_request *request_create(struct MHD_Connection *connection,
                                    const char *target);
void request_destroy(struct http_request *request);

#endif

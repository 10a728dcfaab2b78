/* SPDX-License-Identifier: MIT
 *
 * One HTTP thread's belongings: its daemon, the connections' deadlines, the
 * requests that wait for an answer from elsewhere, and the inbox through which
 * these answers come. It looks at nothing that a request says and answers none:
 * exchange.h does. Everything but worker_wake() is for that thread alone. */
#ifndef MLPD_WORKER_H
#define MLPD_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/backlog.h"
#include "http/budget.h"
#include "http/busy_poll.h"
#include "http/peer.h"
#include "mlp/status.h"

struct access;
struct http_request;
struct listener_options;
struct MHD_Daemon;

/* What all workers share. */
struct service {
    const struct listener_options *options;
    int listen_fd;
    struct access *access;
    struct clients *clients;
    atomic_uint n_connections; /* of all workers */
    atomic_bool draining, stopping;
    atomic_uint n_in_flight;
    struct budget budget; /* of bodies and answers */
    struct backlog backlog;
    struct worker *workers;
    atomic_uint n_workers; /* that have begun */
};

struct worker {
    struct service *service;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int epoll_fd; /* the daemon's */
    int event_fd; /* readable: look into the inbox, or at the service's flags */
    unsigned max_connections;
    unsigned n_reserved;       /* beyond them; see listener_options.h */
    atomic_uint n_connections; /* written by this thread */
    int64_t sweep_ms;          /* when to look at the peers next */
    unsigned n_sweeps;
    int64_t accept_after_ms; /* no descriptors were left: wait until then */
    unsigned n_idle;         /* steps in a row, due at once, without news */
    struct busy_poll busy;
    uint64_t id_state; /* of the request ids */
    struct peer *peers;
    unsigned n_guests; /* of them: in the reserve */
    struct http_request *suspended;
    unsigned n_sending; /* replies on their way */
    /* See turn.h. */
    bool gathers;
    unsigned n_asked;     /* requests that came since the last turn began */
    unsigned n_gathered;  /* of them: that wait for the others */
    pthread_mutex_t lock; /* guards `answered`; a leaf */
    struct http_request *answered;
};

mlp_status worker_init(struct worker *worker,
                       struct service *service,
                       unsigned max_connections,
                       unsigned n_reserved,
                       mlp_error *err);
void worker_free(struct worker *worker);

/* CLOCK_MONOTONIC, some milliseconds late: for deadlines. */
int64_t worker_now_ms(void);

/* NULL: no memory; the connection then has no deadline. */
struct peer *worker_add_peer(struct worker *worker, int fd);
/* Count it in: among the worker's, all, and its client's connections. */
void worker_count_peer(struct worker *worker,
                       struct peer *peer,
                       const struct client *client);
void worker_remove_peer(struct worker *worker, struct peer *peer);
/* Is there one in the reserve that has not asked anything yet? Shut down the
 * oldest of them: who looks after the health asks at once. */
bool worker_has_guest(const struct worker *worker);
void worker_evict(struct worker *worker);
/* Some times a second, shut down the connections whose time is over, and once
 * a second those whose client has left; their daemon notices. Give memory back
 * that a rush has left behind. */
void worker_sweep(struct worker *worker, int64_t now_ms);

/* 16 hexadecimal digits and a NUL; unique, not secret. */
void worker_make_id(struct worker *worker, char *out);

/* Suspend the request's connection until request_reply() has put it into the
 * inbox: HANDLING --> DEFERRED; or request_write(), SENT --> PAUSED. */
void worker_suspend(struct worker *worker, struct http_request *request);
/* Resume what has an answer: DEFERRED --> ANSWERED, PAUSED --> SENT. */
void worker_take_answers(struct worker *worker);

/* Threads: any. */
void worker_wake(struct worker *worker);
void worker_wake_all(struct service *service);

#endif

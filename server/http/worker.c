/* SPDX-License-Identifier: MIT
 *
 * Lists of one thread, and the one list that others may reach. */
#include "http/worker.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/listener_options.h"
#include "http/request_inner.h"

enum {
    ID_DIGITS = 16,
    SWEEP_MS = 250,
    LEFT_EVERY = 4, /* a look at who has left is a system call each */
};

mlp_status worker_init(struct worker *worker,
                       struct service *service,
                       unsigned max_connections,
                       unsigned n_reserved,
                       mlp_error *err)
{
    *worker = (struct worker){
        .service = service,
        .epoll_fd = -1,
        .max_connections = max_connections,
        .n_reserved = n_reserved,
        .busy.moment_ns = service->options->busy_poll_us * (int64_t)1000,
    };
    worker->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (worker->event_fd < 0)
        return mlp_fail(err, MLP_IO, "eventfd: %s", strerror(errno));
    if (getrandom(&worker->id_state, sizeof worker->id_state, 0) !=
        sizeof worker->id_state)
        worker->id_state = (uint64_t)worker_now_ms();
    pthread_mutex_init(&worker->lock, NULL);
    return MLP_OK;
}

void worker_free(struct worker *worker)
{
    if (worker->event_fd < 0)
        return;
    /* Whoever answered last has let go of the lock when this takes it. */
    pthread_mutex_lock(&worker->lock);
    pthread_mutex_unlock(&worker->lock);
    pthread_mutex_destroy(&worker->lock);
    close(worker->event_fd);
}

int64_t worker_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- deadlines ------------------------------------------------------------ */

struct peer *worker_add_peer(struct worker *worker, int fd)
{
    struct peer *peer = malloc(sizeof *peer);
    if (peer == NULL)
        return NULL;
    *peer = (struct peer){
        .fd = fd, .deadline_ms = INT64_MAX, .next = worker->peers};
    if (worker->peers != NULL)
        worker->peers->previous = peer;
    worker->peers = peer;
    return peer;
}

void worker_count_peer(struct worker *worker,
                       struct peer *peer,
                       const struct client *client)
{
    unsigned before = atomic_fetch_add(&worker->n_connections, 1);
    struct service *service = worker->service;
    if (atomic_fetch_add(&service->n_connections, 1) + 1 ==
        service->options->max_connections)
        worker_wake_all(service); /* the reserves open */
    if (peer == NULL)
        return;
    peer->reserve = before >= worker->max_connections;
    worker->n_guests += peer->reserve;
    peer->client = *client;
    peer->counted =
        worker->service->options->max_connections_per_client > 0 &&
        !client_is_local(client) &&
        clients_enter(worker->service->clients, client, worker_now_ms());
}

void worker_remove_peer(struct worker *worker, struct peer *peer)
{
    atomic_fetch_sub(&worker->n_connections, 1);
    atomic_fetch_sub(&worker->service->n_connections, 1);
    if (peer == NULL)
        return;
    worker->n_guests -= peer->reserve;
    if (peer->awaited)
        atomic_fetch_sub(&worker->service->n_in_flight, 1);
    if (peer->counted)
        clients_leave(worker->service->clients, &peer->client);
    if (peer->previous != NULL)
        peer->previous->next = peer->next;
    else
        worker->peers = peer->next;
    if (peer->next != NULL)
        peer->next->previous = peer->previous;
    free(peer);
}

static void shut_down(struct peer *peer)
{
    shutdown(peer->fd, SHUT_RDWR);
    if (peer->deserted != NULL)
        atomic_store(peer->deserted, true);
    peer_let_wait(peer);
}

/* The guests came last: they stand at the front. */
static struct peer *oldest_guest(const struct worker *worker)
{
    struct peer *oldest = NULL, *peer = worker->peers;
    for (unsigned left = worker->n_guests; left > 0; peer = peer->next) {
        left -= peer->reserve;
        if (peer->reserve && peer->turn == PEER_ASKING && peer->n_requests == 0)
            oldest = peer;
    }
    return oldest;
}

bool worker_has_guest(const struct worker *worker)
{
    return oldest_guest(worker) != NULL;
}

void worker_evict(struct worker *worker)
{
    struct peer *peer = oldest_guest(worker);
    if (peer != NULL)
        shut_down(peer);
}

void worker_sweep(struct worker *worker, int64_t now_ms)
{
    if (now_ms < worker->sweep_ms)
        return;
    worker->sweep_ms = now_ms + SWEEP_MS;
    bool look = worker->n_sweeps++ % LEFT_EVERY == 0;
    for (struct peer *peer = worker->peers; peer != NULL; peer = peer->next)
        if (peer_is_late(peer, now_ms) || (look && peer_has_left(peer)))
            shut_down(peer);
    budget_tidy(&worker->service->budget, now_ms);
}

/* --- ids ------------------------------------------------------------------ */

/* SplitMix64 (Steele et al. 2014, https://doi.org/10.1145/2660193.2660195). */
void worker_make_id(struct worker *worker, char *out)
{
    uint64_t z = worker->id_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    for (int i = 0; i < ID_DIGITS; i++)
        out[i] = "0123456789abcdef"[z >> (60 - 4 * i) & 15];
    out[ID_DIGITS] = '\0';
}

/* --- requests that wait --------------------------------------------------- */

/* The request's hand_back.  Threads: any. */
static void take_back(struct http_request *request)
{
    struct worker *worker = request->worker;
    pthread_mutex_lock(&worker->lock);
    request->next_answered = worker->answered;
    worker->answered = request;
    /* Inside the lock: the worker may be gone as soon as it has seen this. */
    worker_wake(worker);
    pthread_mutex_unlock(&worker->lock);
}

void worker_suspend(struct worker *worker, struct http_request *request)
{
    request->previous = NULL;
    request->next = worker->suspended;
    if (worker->suspended != NULL)
        worker->suspended->previous = request;
    worker->suspended = request;
    request->stage =
        request->stage == REQUEST_SENT ? REQUEST_PAUSED : REQUEST_DEFERRED;
    request->hand_back = take_back;
    MHD_suspend_connection(request->connection);
}

/* libmicrohttpd calls the access handler again, which finds the reply, or
 * stream.c's reader, which finds the piece. */
static void resume(struct worker *worker, struct http_request *request)
{
    if (request->previous != NULL)
        request->previous->next = request->next;
    else
        worker->suspended = request->next;
    if (request->next != NULL)
        request->next->previous = request->previous;
    request->stage =
        request->stage == REQUEST_PAUSED ? REQUEST_SENT : REQUEST_ANSWERED;
    MHD_resume_connection(request->connection);
}

void worker_take_answers(struct worker *worker)
{
    uint64_t count;
    if (read(worker->event_fd, &count, sizeof count) < 0)
        return; /* nobody has woken us */
    pthread_mutex_lock(&worker->lock);
    struct http_request *request = worker->answered;
    worker->answered = NULL;
    pthread_mutex_unlock(&worker->lock);
    while (request != NULL) {
        struct http_request *next = request->next_answered;
        resume(worker, request);
        request = next;
    }
}

void worker_wake(struct worker *worker)
{
    uint64_t one = 1;
    /* Fails only when the counter is full: then it is awake anyway. */
    ssize_t written = write(worker->event_fd, &one, sizeof one);
    (void)written;
}

void worker_wake_all(struct service *service)
{
    unsigned n = atomic_load(&service->n_workers);
    for (unsigned i = 0; i < n; i++)
        worker_wake(&service->workers[i]);
}

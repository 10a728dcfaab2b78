/* SPDX-License-Identifier: MIT
 *
 * The threads. Each waits in poll() for three things: its daemon's epoll set,
 * its event, and, while it has room, the listening socket, from which it takes
 * one connection at a time so that all threads get their share.
 *
 * The daemon's own epoll thread is not used: in libmicrohttpd 0.9.75 it hangs
 * for good as soon as 128 connections are ready at once. Its own listening is
 * not used either: it cannot stop without leaving the socket half alive. */
#include "http/listener.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/access.h"
#include "http/address.h"
#include "http/exchange.h"
#include "http/turn.h"
#include "http/worker.h"
#include "telemetry/log.h"

enum {
    ACCEPT_PAUSE_MS = 100, /* when no descriptors are left */
    IDLE_MAX = 64,         /* steps without news; see watch() */
    GRACE_MS = 2000,       /* for answers that are on their way at the end */
    HEADER_DEFAULT_BYTES = 16 * 1024,
};

struct listener {
    struct service service;
    struct address address;
    unsigned n_workers; /* service.n_workers of them run */
    struct worker workers[];
};

/* --- one thread ----------------------------------------------------------- */

/* The reserve opens when no thread has room of the usual kind. */
static bool has_room(const struct worker *worker)
{
    const struct service *service = worker->service;
    unsigned n = atomic_load(&worker->n_connections);
    return n < worker->max_connections ||
           (n < worker->max_connections + worker->n_reserved &&
            atomic_load(&service->n_connections) >=
                service->options->max_connections);
}

/* The daemon would close another one. */
static bool is_crammed(const struct worker *worker)
{
    return atomic_load(&worker->n_connections) >=
           worker->max_connections + worker->n_reserved;
}

/* Every place is taken, the reserve's as well. */
static bool is_full(const struct worker *worker)
{
    const struct service *service = worker->service;
    return atomic_load(&service->n_connections) >=
               service->options->max_connections &&
           is_crammed(worker);
}

static bool accepts(const struct worker *worker, int64_t now_ms)
{
    return !atomic_load(&worker->service->draining) &&
           now_ms >= worker->accept_after_ms &&
           (has_room(worker) || (is_full(worker) && worker_has_guest(worker)));
}

static int wait_ms(const struct worker *worker, int64_t now_ms)
{
    unsigned long long daemon_ms;
    int ms = INT_MAX;
    if (MHD_get_timeout(worker->daemon, &daemon_ms) == MHD_YES &&
        daemon_ms < INT_MAX)
        ms = (int)daemon_ms;
    if (backlog_count(&worker->service->backlog) > 0 && ms > 0)
        ms = is_crammed(worker) ? 1 : 0;
    if ((worker->peers != NULL || budget_is_untidy(&worker->service->budget)) &&
        ms > worker->sweep_ms - now_ms)
        ms = now_ms < worker->sweep_ms ? (int)(worker->sweep_ms - now_ms) : 0;
    if ((now_ms < worker->accept_after_ms ||
         atomic_load(&worker->service->stopping)) &&
        ms > ACCEPT_PAUSE_MS)
        ms = ACCEPT_PAUSE_MS;
    return ms == INT_MAX ? -1 : ms;
}

/* Threads that look at the same moment may each let one more in. */
static bool has_its_share(const struct worker *worker,
                          const struct sockaddr *address)
{
    unsigned limit = worker->service->options->max_connections_per_client;
    struct client client = client_of(address);
    return limit > 0 && !client_is_local(&client) &&
           clients_connections(worker->service->clients, &client) >= limit;
}

/* Is there work for the processor that this thread has? */
static bool is_needed_elsewhere(const struct worker *worker)
{
    const struct listener_options *options = worker->service->options;
    return options->computes != NULL &&
           options->computes(options->post_context);
}

/* Wait for news. libmicrohttpd 0.9.75 is due at once, over and over, while a
 * connection has its memory full of a line whose end has not come: from then
 * on it gets a turn a millisecond, unless there are news. */
static void watch(struct worker *worker, struct pollfd fds[3], int ms)
{
    int n = 0;
    if (ms != 0 && worker->n_asked > 0 && !is_needed_elsewhere(worker))
        n = busy_poll(&worker->busy, fds, 3);
    if (n == 0)
        n = poll(fds, 3, ms == 0 && worker->n_idle >= IDLE_MAX ? 1 : ms);
    if (n != 0 || ms != 0)
        worker->n_idle = 0;
    else if (worker->n_idle < IDLE_MAX)
        worker->n_idle++;
}

union any_address {
    struct sockaddr any;
    struct sockaddr_storage storage;
};

static void
add(struct worker *worker, int fd, union any_address *address, socklen_t length)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* Closes fd when it fails. */
    MHD_add_connection(worker->daemon, fd, &address->any, length);
}

static void accept_one(struct worker *worker, int64_t now_ms)
{
    union any_address address = {.any.sa_family = AF_UNSPEC};
    socklen_t length = sizeof address;
    int fd = accept4(worker->service->listen_fd, &address.any, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 && has_its_share(worker, &address.any)) {
        close(fd);
    } else if (fd >= 0) {
        add(worker, fd, &address, length);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
               errno == ENOMEM) {
        worker->accept_after_ms = now_ms + ACCEPT_PAUSE_MS;
        log_event(LOG_WARN, "accept_paused",
                  LOG_TEXT_FIELD("reason", strerror(errno)));
    }
}

/* While the listener closes: serve one that it found in its backlog. The
 * daemon has begun with it when it has run. */
static bool take_one(struct worker *worker)
{
    struct service *service = worker->service;
    union any_address address;
    socklen_t length;
    int fd = backlog_count(&service->backlog) > 0
                 ? backlog_take(&service->backlog, &address.storage, &length)
                 : -1;
    if (fd < 0)
        return false;
    add(worker, fd, &address, length);
    MHD_run(worker->daemon);
    backlog_done(&service->backlog);
    return true;
}

static void step(struct worker *worker)
{
    int64_t now_ms = worker_now_ms();
    bool open = accepts(worker, now_ms);
    struct pollfd fds[] = {
        {.fd = worker->epoll_fd, .events = POLLIN},
        {.fd = worker->event_fd, .events = POLLIN},
        {.fd = open ? worker->service->listen_fd : -1, .events = POLLIN},
    };
    watch(worker, fds, wait_ms(worker, now_ms));
    now_ms = worker_now_ms();
    if (fds[1].revents != 0)
        worker_take_answers(worker);
    if (fds[2].revents != 0 && accepts(worker, now_ms)) {
        if (has_room(worker))
            accept_one(worker, now_ms);
        else
            worker_evict(worker); /* its place is free the next time */
    }
    if (!is_crammed(worker))
        (void)take_one(worker);
    turn_run(worker);
    worker_sweep(worker, now_ms);
}

/* Threads: http. */
static void *run(void *argument)
{
    struct worker *worker = argument;
    while (!atomic_load(&worker->service->stopping))
        step(worker);
    while (take_one(worker))
        ;
    worker_take_answers(worker);
    exchange_refuse_suspended(worker);
    MHD_run(worker->daemon);
    int64_t end_ms = worker_now_ms() + GRACE_MS;
    while (worker->n_sending > 0 && worker_now_ms() < end_ms)
        step(worker);
    return NULL;
}

/* --- the daemon ----------------------------------------------------------- */

MLP_PRINTF(2, 0)
static void on_message(void *context, const char *format, va_list arguments)
{
    (void)context;
    char text[256];
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    log_event(LOG_DEBUG, "microhttpd", LOG_TEXT_FIELD("text", text));
}

/* Keep what was sent: the router looks at the bytes themselves. */
static size_t
keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void
on_panic(void *context, const char *file, unsigned line, const char *reason)
{
    (void)context;
    log_event(LOG_ERROR, "microhttpd_panic", LOG_TEXT_FIELD("file", file),
              LOG_INT("line", line), LOG_TEXT_FIELD("reason", reason));
    abort();
}

/* How strict to be with clients. Before 0.9.77 more than 0 adds nothing but a
 * refusal of requests without Host, with a broken answer: its header is sent
 * twice. framing.c refuses these itself. */
#if MHD_VERSION >= 0x00097701
#define STRICTNESS MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1
#else
#define STRICTNESS MHD_OPTION_STRICT_FOR_CLIENT, 0
#endif

/* TLS 1.2 and 1.3, nothing of less than 128 bits. */
static const char priorities[] =
    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/* The library's options are not const; it does not write to them. */
static void *text_option(const char *text)
{
    union {
        const char *constant;
        void *any;
    } option = {.constant = text};
    return option.any;
}

static struct MHD_Daemon *start_daemon(struct worker *worker)
{
    const struct listener_options *options = worker->service->options;
    size_t memory = options->max_header_bytes != 0 ? options->max_header_bytes
                                                   : HEADER_DEFAULT_BYTES;
    bool tls = options->tls_key != NULL;
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, text_option(options->tls_certificate)},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, text_option(options->tls_key)},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, text_option(priorities)},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_ERROR_LOG | (tls ? MHD_USE_TLS : 0),
        0, NULL, NULL, exchange_on_request, worker, MHD_OPTION_EXTERNAL_LOGGER,
        on_message, NULL, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_on_target, worker,
        MHD_OPTION_NOTIFY_CONNECTION, exchange_on_connection, worker,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, worker,
        MHD_OPTION_CONNECTION_LIMIT,
        worker->max_connections + worker->n_reserved,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
        MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s, STRICTNESS,
        MHD_OPTION_ARRAY, tls ? secure : secure + 3, MHD_OPTION_END);
}

/* --- all of it ------------------------------------------------------------ */

/* Signals belong to the loop: these threads take none. */
static bool start_thread(struct worker *worker)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result == 0;
}

static mlp_status
start_worker(struct listener *listener, unsigned i, mlp_error *err)
{
    unsigned n = listener->n_workers;
    unsigned limit = listener->service.options->max_connections;
    unsigned reserved = listener->service.options->n_reserved;
    struct worker *worker = &listener->workers[i];
    mlp_status status =
        worker_init(worker, &listener->service, (limit + n - 1 - i) / n,
                    (reserved + n - 1 - i) / n, err);
    if (status != MLP_OK)
        return status;
    worker->daemon = start_daemon(worker);
    if (worker->daemon != NULL) {
        worker->epoll_fd =
            MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD)
                ->epoll_fd;
        atomic_store(&listener->service.n_workers, i + 1);
        if (start_thread(worker))
            return MLP_OK;
        atomic_store(&listener->service.n_workers, i);
        MHD_stop_daemon(worker->daemon);
    }
    worker_free(worker);
    if (listener->service.options->tls_key != NULL)
        return mlp_fail(err, MLP_INVALID,
                        "TLS cannot start: expected a certificate and its key "
                        "as PEM");
    return mlp_fail(err, MLP_IO, "HTTP thread %u of %u cannot start", i + 1, n);
}

/* Who is known, and where. */
static mlp_status open_door(struct listener *listener, mlp_error *err)
{
    struct service *service = &listener->service;
    const struct listener_options *options = service->options;
    mlp_status status =
        access_create(options->allowed_hosts, options->allowed_origins,
                      &service->access, err);
    if (status != MLP_OK)
        return status;
    service->clients = clients_create();
    if (service->clients == NULL)
        return mlp_fail(err, MLP_NOMEM, "listener: out of memory");
    status = address_listen(options->listen, options->socket_mode,
                            options->tls_key != NULL, &listener->address, err);
    service->listen_fd = listener->address.fd;
    return status;
}

mlp_status listener_start(const struct listener_options *options,
                          struct listener **out,
                          mlp_error *err)
{
    unsigned n = options->n_threads;
    *out = NULL;
    if (n == 0 || options->max_connections < n)
        return mlp_fail(err, MLP_INVALID,
                        "expected 1 or more HTTP threads and at least as many "
                        "connections, found %u and %u",
                        n, options->max_connections);
    struct listener *listener =
        calloc(1, sizeof *listener + n * sizeof *listener->workers);
    if (listener == NULL)
        return mlp_fail(err, MLP_NOMEM, "listener: out of memory");
    listener->service.options = options;
    budget_init(&listener->service.budget, options->max_body_bytes);
    listener->service.workers = listener->workers;
    backlog_init(&listener->service.backlog);
    listener->n_workers = n;
    listener->address.fd = -1;
    listener->service.listen_fd = -1;
    mlp_status status = open_door(listener, err);
    MHD_set_panic_func(on_panic, NULL);
    for (unsigned i = 0; status == MLP_OK && i < n; i++)
        status = start_worker(listener, i, err);
    if (status == MLP_OK)
        *out = listener;
    else
        listener_stop(listener);
    return status;
}

uint16_t listener_port(const struct listener *listener)
{
    return listener->address.port;
}

const char *listener_url(const struct listener *listener)
{
    return listener->address.url;
}

unsigned listener_connections(const struct listener *listener)
{
    unsigned n = 0;
    for (unsigned i = 0; i < listener->n_workers; i++)
        n += atomic_load(&listener->workers[i].n_connections);
    return n;
}

/* Those that have connected already are served; the kernel would reset them. No
 * more than there are places for, so that none of them waits for long. */
static void empty_backlog(struct listener *listener)
{
    struct service *service = &listener->service;
    const struct listener_options *options = service->options;
    unsigned places = options->max_connections + options->n_reserved;
    unsigned taken = atomic_load(&service->n_connections);
    if (taken < places)
        backlog_fill(&service->backlog, service->listen_fd, places - taken);
}

void listener_drain(struct listener *listener)
{
    bool again = atomic_exchange(&listener->service.draining, true);
    if (!again && listener->address.fd >= 0)
        empty_backlog(listener);
    /* The kernel refuses from now on; the descriptor lives until the end, so
     * that no thread polls a number that means something else by then. */
    if (listener->address.fd >= 0)
        shutdown(listener->address.fd, SHUT_RDWR);
    worker_wake_all(&listener->service);
}

unsigned listener_in_flight(const struct listener *listener)
{
    return atomic_load(&listener->service.n_in_flight) +
           backlog_count(&listener->service.backlog);
}

void listener_stop(struct listener *listener)
{
    if (listener == NULL)
        return;
    listener_drain(listener);
    atomic_store(&listener->service.stopping, true);
    worker_wake_all(&listener->service);
    unsigned n = atomic_load(&listener->service.n_workers);
    for (unsigned i = 0; i < n; i++)
        pthread_join(listener->workers[i].thread, NULL);
    for (unsigned i = 0; i < n; i++) {
        MHD_stop_daemon(listener->workers[i].daemon);
        worker_free(&listener->workers[i]);
    }
    address_close(&listener->address);
    backlog_free(&listener->service.backlog);
    clients_destroy(listener->service.clients);
    access_destroy(listener->service.access);
    free(listener);
}

const char *listener_library(void)
{
    return MHD_get_version();
}

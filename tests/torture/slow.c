/* SPDX-License-Identifier: MIT
 *
 * Clients that take their time, and too many of them: a thousand that drip one
 * byte a second, thousands that say nothing, more requests than can be
 * answered. Good clients are answered meanwhile; the bad ones are gone when
 * their time is over, whatever length they promised.
 *
 *     slow --mlpd build/mlpd [--drips 1000] [--bodies 1] [--idle 5000]
 *          [--overload-s 5]
 *
 * Figures are printed; only --strict 1 asserts them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "torture/check.h"
#include "torture/client.h"
#include "torture/process.h"
#include "torture/specs.h"

enum {
    HEADER_S = 2,
    BODY_S = 60, /* and 20 ms for each kB that came */
    STALL_S = 10,
    DRIP_MS = 1000,
    GRACE_MS = 1000,
    SAMPLES_MAX = 200000,
    PACE_MS = 5, /* between two requests of the good client */
    QUIET_MS = 3000,
    CROWD_MS = 1000,
    OVERLOAD_MS = 2000,
    ALL_AT_ONCE = 384, /* what made libmicrohttpd's own epoll thread hang */
};

/* --- the good client ------------------------------------------------------ */

struct good {
    uint16_t port;
    atomic_bool stop;
    pthread_t thread;
    size_t n, n_bad;
    int32_t us[SAMPLES_MAX];
};

static void *be_good(void *argument)
{
    static const char rows[] = "{\"model\":\"x0-0000\",\"inputs\":"
                               "[[5.1,3.5,1.4,0.2],[6.3,3.3,6,2.5]]}";
    struct good *good = argument;
    struct client client;

    client_init(&client, good->port);
    while (!atomic_load(&good->stop) && good->n < SAMPLES_MAX) {
        struct answer answer;
        int64_t begun = now_us();
        client_call(&client, "POST", "/predict",
                    "Content-Type: application/json\r\n", rows, sizeof rows - 1,
                    &answer);
        good->us[good->n++] = (int32_t)(now_us() - begun);
        good->n_bad += answer.status != 200;
        answer_free(&answer);
        pause_ms(PACE_MS);
    }
    client_close(&client);
    return NULL;
}

static struct good *good_start(uint16_t port)
{
    struct good *good = calloc(1, sizeof *good);

    if (good == NULL)
        give_up("out of memory");
    good->port = port;
    if (pthread_create(&good->thread, NULL, be_good, good) != 0)
        give_up("no thread");
    return good;
}

static int compare(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Its 99th percentile, in milliseconds. */
static double good_stop(struct good *good, const char *when)
{
    atomic_store(&good->stop, true);
    pthread_join(good->thread, NULL);
    qsort(good->us, good->n, sizeof *good->us, compare);
    double p50 = good->n ? good->us[good->n / 2] / 1e3 : 0;
    double p99 = good->n ? good->us[good->n * 99 / 100] / 1e3 : 0;
    double max = good->n ? good->us[good->n - 1] / 1e3 : 0;
    check(good->n > 0 && good->n_bad == 0,
          "%s: %zu of %zu predictions were not answered with 200", when,
          good->n_bad, good->n);
    note("slow: %-22s %6zu predictions, p50 %.2f ms, p99 %.2f ms, max %.1f ms",
         when, good->n, p50, p99, max);
    free(good);
    return p99;
}

/* --- dripping ------------------------------------------------------------- */

#define POST                                                                   \
    "POST /predict HTTP/1.1\r\nHost: localhost\r\n"                            \
    "Content-Type: application/json\r\n"

/* What is sent at first, and then a byte a second, or nothing more. */
static const struct drip_kind {
    const char *name, *head, *byte;
    int64_t lives_ms;
} drip_kinds[] = {
    {"their headers", "POST /predict HTTP/1.", "x", HEADER_S * 1000},
    {"a short body", POST "Content-Length: 2000\r\n\r\n", " ", BODY_S * 1000},
    {"a long body", POST "Content-Length: 16000000\r\n\r\n", " ",
     BODY_S * 1000},
    {"a body of chunks", POST "Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
     " ", BODY_S * 1000},
    {"nothing more of a body", POST "Content-Length: 16000000\r\n\r\n{", "",
     STALL_S * 1000},
};
enum { DRIP_KINDS = sizeof drip_kinds / sizeof *drip_kinds };

struct drip {
    int fd;
    const struct drip_kind *kind;
    int64_t opened_ms, next_ms, gone_ms; /* gone: 0 until it is */
    size_t n_sent;
};

static void
drip_open(struct drip *drip, uint16_t port, const struct drip_kind *kind)
{
    *drip = (struct drip){.fd = connect_port(port), .kind = kind};
    drip->opened_ms = drip->next_ms = now_ms();
    if (drip->fd < 0)
        give_up("connection refused: %s", strerror(errno));
    send(drip->fd, kind->head, strlen(kind->head), MSG_NOSIGNAL);
    fcntl(drip->fd, F_SETFL, O_NONBLOCK);
}

static void drip_step(struct drip *drip, int64_t now)
{
    char bytes[512];
    ssize_t got = recv(drip->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        drip->gone_ms = now;
        close(drip->fd);
        drip->fd = -1;
    } else if (now >= drip->next_ms) {
        drip->next_ms = now + DRIP_MS;
        drip->n_sent++;
        /* The next look sees what became of it. */
        (void)!send(drip->fd, drip->kind->byte, strlen(drip->kind->byte),
                    MSG_NOSIGNAL);
    }
}

/* All of them, until they are gone or should long be. */
static void drip_all(struct drip *drips, size_t n)
{
    int64_t end = now_ms() + 10000;
    size_t left = n;

    for (size_t i = 0; i < n; i++)
        if (drips[i].kind->lives_ms + drips[i].opened_ms + 10000 > end)
            end = drips[i].kind->lives_ms + drips[i].opened_ms + 10000;
    while (left > 0 && now_ms() < end) {
        left = 0;
        for (size_t i = 0; i < n; i++) {
            if (drips[i].fd < 0)
                continue;
            drip_step(&drips[i], now_ms());
            left++;
        }
        pause_ms(20);
    }
}

static void
judge_drips(const struct drip *drips, size_t n, const struct drip_kind *kind)
{
    size_t n_kind = 0, n_late = 0, n_early = 0;
    int64_t worst = 0;

    for (size_t i = 0; i < n; i++) {
        if (drips[i].kind != kind)
            continue;
        int64_t lived = drips[i].gone_ms - drips[i].opened_ms;
        int64_t over = lived - kind->lives_ms;
        n_kind++;
        n_late += drips[i].fd >= 0 || over > GRACE_MS;
        n_early += drips[i].fd < 0 && over < -GRACE_MS;
        worst = drips[i].fd < 0 && over > worst ? over : worst;
        if (drips[i].fd >= 0)
            close(drips[i].fd);
    }
    if (n_kind == 0)
        return;
    check(n_late == 0,
          "%zu of %zu that drip %s live longer than %" PRId64
          " ms and a second",
          n_late, n_kind, kind->name, kind->lives_ms);
    check(n_early == 0, "%zu of %zu that drip %s are gone before it", n_early,
          n_kind, kind->name);
    note("slow: %zu dripped %s, all are gone at most %" PRId64
         " ms after their %" PRId64 " s",
         n_kind, kind->name, worst, kind->lives_ms / 1000);
}

static void drip(struct process *process, size_t n, bool bodies, bool strict)
{
    struct drip *drips = calloc(n, sizeof *drips);

    if (n == 0 || drips == NULL)
        return;
    struct good *good = good_start(process->port);
    pause_ms(QUIET_MS);
    double quiet = good_stop(good, "nobody else");
    for (size_t i = 0; i < n; i++)
        drip_open(&drips[i], process->port,
                  bodies && i % 2 == 1
                      ? &drip_kinds[1 + i / 2 % (DRIP_KINDS - 1)]
                      : &drip_kinds[0]);
    good = good_start(process->port);
    drip_all(drips, n);
    double slow = good_stop(good, "while others drip");
    note("slow: p99 %.2f times the idle one", quiet > 0 ? slow / quiet : 0);
    check(!strict || slow <= 2 * quiet || slow < 1,
          "p99 %.2f ms among drippers, %.2f ms without them", slow, quiet);
    for (size_t k = 0; k < DRIP_KINDS; k++)
        judge_drips(drips, n, &drip_kinds[k]);
    free(drips);
}

/* --- silence -------------------------------------------------------------- */

static void answer_each(const int *fds, size_t n)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost"
                                  "\r\n\r\n";
    size_t n_answers = 0;
    char bytes[1024];

    for (size_t i = 0; i < n; i++)
        (void)!send(fds[i], request, sizeof request - 1, MSG_NOSIGNAL);
    for (size_t i = 0; i < n; i++) {
        struct pollfd wait = {.fd = fds[i], .events = POLLIN};
        n_answers += poll(&wait, 1, 10000) == 1 &&
                     recv(fds[i], bytes, sizeof bytes, 0) > 12 &&
                     memcmp(bytes, "HTTP/1.1 200", 12) == 0;
    }
    check(n_answers == n, "%zu of %zu that ask at once are answered", n_answers,
          n);
}

static void idle(struct process *process, size_t n)
{
    int *fds = calloc(n, sizeof *fds);
    size_t n_open = 0;

    if (n == 0 || fds == NULL)
        return;
    int descriptors = process_descriptors(process);
    long before = process_resident_kib(process);
    for (; n_open < n; n_open++)
        if ((fds[n_open] = connect_port(process->port)) < 0)
            break;
    check(n_open == n, "%zu of %zu connections", n_open, n);
    check(get_status(process->port, "/healthz", 5000) == 200,
          "no health beside %zu idle connections", n);
    struct good *good = good_start(process->port);
    pause_ms(1000);
    good_stop(good, "beside idle ones");
    note("slow: %zu idle connections: resident memory %ld -> %ld KiB", n,
         before, process_resident_kib(process));
    for (size_t k = ALL_AT_ONCE / 3; k <= ALL_AT_ONCE && k <= n_open;
         k += ALL_AT_ONCE / 3)
        answer_each(fds, k);
    answer_each(fds, n_open);
    for (size_t i = 0; i < n_open; i++)
        close(fds[i]);
    int64_t end = now_ms() + 10000;
    while (process_descriptors(process) > descriptors && now_ms() < end)
        pause_ms(20);
    check(process_descriptors(process) <= descriptors,
          "%d descriptors before, %d after they left", descriptors,
          process_descriptors(process));
    free(fds);
}

/* --- all places taken ----------------------------------------------------- */

/* Who looks after the health has a new connection, behind all those that say
 * nothing. */
static void look(struct process *process, const char *when, int64_t *worst_ms)
{
    enum { PATIENCE_MS = 15000 };
    int64_t begun = now_ms();
    int status = get_status(process->port, "/healthz", PATIENCE_MS);
    int64_t ms = now_ms() - begun;

    check(status == 200 && ms <= CROWD_MS,
          "%s: /healthz gets %d after %" PRId64 " ms, not within %d", when,
          status, ms, CROWD_MS);
    *worst_ms = ms > *worst_ms ? ms : *worst_ms;
}

static void crowd(const char *program)
{
    enum { PLACES = 64, TIMES = 10, CROWD = TIMES * PLACES, LOOKS = 20 };
    struct process process;
    int64_t taken = 0, behind = 0, beside = 0;
    int fds[CROWD];

    process_init(&process, program);
    memcpy(process.flags,
           (const char *[]){"--max-connections", "64", "--idle-timeout", "60",
                            "--header-timeout", "60", NULL},
           7 * sizeof(char *));
    process_start(&process);
    for (int i = 0; i < PLACES; i++)
        fds[i] = connect_port(process.port);
    look(&process, "all places taken", &taken);
    for (int i = PLACES; i < CROWD; i++)
        fds[i] = connect_port(process.port);
    look(&process, "behind ten times as many clients as places", &behind);
    for (int i = 0; i < LOOKS; i++)
        look(&process, "beside them", &beside);
    note("slow: health with all %d places taken after %" PRId64
         " ms, right behind %d clients after %" PRId64
         " ms, beside them after %" PRId64 " ms at most",
         PLACES, taken, CROWD, behind, beside);
    for (int i = 0; i < CROWD; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    process_stop(&process);
    process_free(&process);
}

/* --- overload ------------------------------------------------------------- */

struct flood {
    uint16_t port;
    double per_second; /* requests; 0: as many as are answered */
    int64_t end_ms;
    char *request;
    size_t length, n_sent, n_bytes, n_broken;
};

enum { FLOOD_CONNECTIONS = 64, ANSWER_MIN_BYTES = 200 };

static void make_request(struct flood *flood)
{
    size_t length;
    char *rows = read_file("tests/data/iris/test.csv", &length);

    if (rows == NULL ||
        asprintf(&flood->request,
                 "POST /predict?model=x0-0000 HTTP/1.1\r\nHost: localhost\r\n"
                 "Content-Type: text/csv\r\nContent-Length: %zu\r\n\r\n%s",
                 length, rows) < 0)
        give_up("out of memory");
    flood->length = strlen(flood->request);
    free(rows);
}

/* Answers are thrown away; a connection that is full waits its turn. */
static void flood_step(struct flood *flood, int *fds, size_t *at, size_t n)
{
    static char bytes[1 << 16];

    for (size_t i = 0; i < FLOOD_CONNECTIONS; i++) {
        ssize_t got = recv(fds[i], bytes, sizeof bytes, MSG_DONTWAIT);
        flood->n_bytes += got > 0 ? (size_t)got : 0;
        flood->n_broken += got == 0;
    }
    for (size_t tries = 0; n > 0 && tries < FLOOD_CONNECTIONS; tries++) {
        int room = 0;
        struct pollfd wait = {.fd = fds[*at], .events = POLLOUT};
        if (poll(&wait, 1, 0) == 1 && wait.revents == POLLOUT)
            room = (int)send(fds[*at], flood->request, flood->length,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (room > 0 && (size_t)room < flood->length) { /* the rest must go */
            fcntl(fds[*at], F_SETFL, 0);
            (void)!send(fds[*at], flood->request + room,
                        flood->length - (size_t)room, MSG_NOSIGNAL);
        }
        if (room > 0) {
            n--;
            flood->n_sent++;
        }
        *at = (*at + 1) % FLOOD_CONNECTIONS;
    }
}

static void *run_flood(void *argument)
{
    struct flood *flood = argument;
    int fds[FLOOD_CONNECTIONS];
    double owed = 0;
    size_t at = 0;

    for (size_t i = 0; i < FLOOD_CONNECTIONS; i++)
        fds[i] = connect_port(flood->port);
    for (int64_t last = now_us(); now_ms() < flood->end_ms;) {
        int64_t now = now_us();
        owed += flood->per_second * (double)(now - last) * 1e-6;
        last = now;
        size_t n = (size_t)owed;
        flood_step(flood, fds, &at, n);
        owed -= (double)n;
        pause_ms(1);
    }
    for (size_t i = 0; i < FLOOD_CONNECTIONS; i++)
        close(fds[i]);
    return NULL;
}

/* Predictions a second that a few clients get who wait for each answer. */
static double capacity(uint16_t port, const struct flood *flood)
{
    enum { CLIENTS = 8, MS = 2000 };
    struct client clients[CLIENTS];
    int64_t begun = now_ms();
    size_t n = 0;

    /* One thread: each asks, then each reads; 8 are on their way at once. */
    for (int i = 0; i < CLIENTS; i++) {
        client_init(&clients[i], port);
        clients[i].fd = connect_port(port);
    }
    while (now_ms() < begun + MS) {
        for (int i = 0; i < CLIENTS; i++)
            (void)!send(clients[i].fd, flood->request, flood->length,
                        MSG_NOSIGNAL);
        for (int i = 0; i < CLIENTS; i++) {
            char bytes[1 << 16];
            n += recv(clients[i].fd, bytes, sizeof bytes, 0) > 0;
        }
    }
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    return (double)n * 1000 / (double)(now_ms() - begun);
}

static void overload(struct process *process, long seconds)
{
    struct flood flood = {.port = process->port};
    int64_t worst = 0, sum = 0, n = 0, n_bad = 0;
    pthread_t thread;

    if (seconds == 0)
        return;
    make_request(&flood);
    double most = capacity(process->port, &flood);
    flood.per_second = 2 * most;
    flood.end_ms = now_ms() + seconds * 1000;
    if (pthread_create(&thread, NULL, run_flood, &flood) != 0)
        give_up("no thread");
    while (now_ms() < flood.end_ms) {
        int64_t begun = now_us();
        n_bad += get_status(process->port, "/healthz", 5000) != 200;
        int64_t us = now_us() - begun;
        worst = us > worst ? us : worst;
        sum += us;
        n++;
        pause_ms(20);
    }
    pthread_join(thread, NULL);
    check(n_bad == 0,
          "overload: %" PRId64 " of %" PRId64
          " looks at the health are not answered",
          n_bad, n);
    check(worst <= OVERLOAD_MS * 1000,
          "overload: health after %" PRId64 " ms, not within %d", worst / 1000,
          OVERLOAD_MS);
    check(flood.n_broken == 0, "overload: %zu connections were closed",
          flood.n_broken);
    note(
        "slow: overload: %.0f predictions a second are the capacity, %.0f were "
        "sent; health after %.1f ms on average, %.1f ms at worst",
        most, (double)flood.n_sent / (double)seconds,
        n ? (double)sum / (double)n / 1000 : 0, (double)worst / 1000);
    check(process_lives(process), "overload ends the daemon");
    free(flood.request);
}

/* -------------------------------------------------------------------------- */

static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct process process;
    const char *program = option_text(argc, argv, "mlpd", "build/mlpd");
    size_t n_idle = (size_t)option_number(argc, argv, "idle", 5000);

    raise_descriptors();
    specs_learn(program);
    process_init(&process, program);
    memcpy(process.flags,
           (const char *[]){"--idle-timeout", "60", "--header-timeout", "2",
                            "--max-connections", "8000", NULL},
           7 * sizeof(char *));
    process_start(&process);
    specs_import(process.port);
    drip(&process, (size_t)option_number(argc, argv, "drips", 1000),
         option_number(argc, argv, "bodies", 1) != 0,
         option_number(argc, argv, "strict", 0) != 0);
    process_stop(&process);
    process.flags[3] = "60"; /* the idle ones stay */
    process_start(&process);
    idle(&process, n_idle);
    overload(&process, option_number(argc, argv, "overload-s", 5));
    process_stop(&process);
    crowd(program);
    process_free(&process);
    specs_free();
    return check_finish();
}

/* SPDX-License-Identifier: MIT */
#include "torture/hold.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "torture/check.h"
#include "torture/client.h"
#include "torture/process.h"
#include "torture/specs.h"

enum {
    BODY_BYTES = 240 * 1000,
    /* Beside the budget: 32 kB a connection, and on each HTTP thread what one
     * piece of a body brings before it is counted and an answer that is being
     * written, which may double when it grows. */
    ALLOWANCE_KIB = 32 * 1024,
    /* What may stay behind: caches, and pages that are partly in use. */
    REST_KIB = 8 * 1024,
    SETTLE_MS = 400,
    GONE_MS = 15000,
};

/* A body: its head, a beginning, and one text over and over. */
struct kind {
    const char *name, *head, *begin, *again;
    bool read; /* it is whole; its answer is not fetched */
};

#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define POST(path)                                                             \
    "POST " path " HTTP/1.1\r\nHost: localhost\r\n"                            \
    "Content-Type: application/json\r\n"

static const struct kind kinds[] = {
    {"trees of objects", POST("/train") CHUNKED, "{\"model\":\"x\",\"zz\":[",
     "{},", false},
    {"trees of texts", POST("/train") CHUNKED, "{\"model\":\"x\",\"zz\":[",
     "\"\",", false},
    {"trees for a prediction", POST("/predict") CHUNKED,
     "{\"model\":\"x\",\"zz\":[", "{},", false},
    {"rows that never end", POST("/train") CHUNKED, "{\"data\":{\"rows\":[[",
     "1,", false},
    {"levels", POST("/train") CHUNKED, "{\"data\":{\"targets\":[", "1,", false},
    {"numbers", POST("/predict") CHUNKED, "{\"inputs\":[[", "0,", false},
    {"a text", POST("/predict") CHUNKED, "{\"model\":\"", "aaaaaaaa", false},
    {"packed ones", POST("/predict") CHUNKED "Content-Encoding: gzip\r\n",
     "\x1f\x8b\x08", "", false},
    {"answers", POST("/predict"), "{\"model\":\"x0-0000\",\"inputs\":[",
     "[0,0,0,0],", true},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* The bytes of one request of a kind. */
static char *make_request(const struct kind *kind, size_t *length)
{
    static const char last[] = "[0,0,0,0]]}";
    size_t n = strlen(kind->begin), item = strlen(kind->again);
    char *body = malloc(BODY_BYTES + 100), *request;

    if (body == NULL)
        give_up("out of memory");
    memcpy(body, kind->begin, n);
    for (; item > 0 && n + item < BODY_BYTES; n += item)
        memcpy(body + n, kind->again, item);
    if (kind->read) {
        memcpy(body + n, last, sizeof last - 1);
        n += sizeof last - 1;
    }
    char *framing;
    if ((kind->read ? asprintf(&framing, "Content-Length: %zu\r\n\r\n", n)
                    : asprintf(&framing, "\r\n%zx\r\n", n)) < 0)
        give_up("out of memory");
    *length = strlen(kind->head) + strlen(framing) + n;
    request = malloc(*length);
    if (request == NULL)
        give_up("out of memory");
    memcpy(mempcpy(mempcpy(request, kind->head, strlen(kind->head)), framing,
                   strlen(framing)),
           body, n);
    free(framing);
    free(body);
    return request;
}

/* Little room for what is received, and no patience with who takes nothing. */
static int hold_one(uint16_t port, const char *request, size_t length)
{
    int fd = connect_port(port), room = 4096;
    struct timeval patience = {.tv_sec = 2};

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)!send(fd, request, length, MSG_NOSIGNAL);
    return fd;
}

static void watch(struct process *process, long *peak_kib)
{
    long now = process_resident_kib(process);
    *peak_kib = now > *peak_kib ? now : *peak_kib;
}

static void judge(struct process *process,
                  const char *name,
                  unsigned n,
                  long base_kib,
                  long budget_mb)
{
    long peak_kib = 0;
    int64_t begun = now_ms();

    check(get_status(process->port, "/healthz", 10000) == 200,
          "holding %s: no health", name);
    int64_t health_ms = now_ms() - begun;
    for (begun = now_ms(); now_ms() < begun + SETTLE_MS; pause_ms(50))
        watch(process, &peak_kib);
    check(peak_kib <= base_kib + budget_mb * 1024 + ALLOWANCE_KIB,
          "holding %s: %ld KiB are resident, %ld were at first, and the budget "
          "is %ld MiB",
          name, peak_kib, base_kib, budget_mb);
    note("memory: %u %s of %d kB held: %ld KiB resident, health after %ld ms",
         n, name, BODY_BYTES / 1000, peak_kib, (long)health_ms);
}

/* One kind of them, beside all those before. */
static void hold_kind(struct process *process,
                      const struct kind *kind,
                      int *fds,
                      unsigned n)
{
    size_t length;
    char *request = make_request(kind, &length);

    for (unsigned i = 0; i < n; i++)
        fds[i] = hold_one(process->port, request, length);
    free(request);
}

static void release(struct process *process, int *fds, size_t n, long base_kib)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    int64_t begun = now_ms();
    long rest_kib;
    while ((rest_kib = process_resident_kib(process)) > base_kib + REST_KIB &&
           now_ms() < begun + GONE_MS)
        pause_ms(50);
    check(rest_kib <= base_kib + REST_KIB,
          "%ld KiB are resident %d s after all have left, %ld were at first",
          rest_kib, GONE_MS / 1000, base_kib);
    note("memory: all have left: %ld KiB resident after %ld ms, %ld KiB at "
         "first",
         rest_kib, (long)(now_ms() - begun), base_kib);
}

void hold(const char *program, long budget_mb, unsigned n_each)
{
    struct process process;
    char budget[32];
    int *fds = calloc((size_t)N_KINDS * n_each, sizeof *fds);

    if (fds == NULL)
        give_up("out of memory");
    snprintf(budget, sizeof budget, "%ldM", budget_mb);
    process_init(&process, program);
    memcpy(process.flags, (const char *[]){"--memory-budget", budget, NULL},
           3 * sizeof(char *));
    process_start(&process);
    specs_import(process.port);
    long base_kib = process_resident_kib(&process);
    /* Each kind alone, then all of them at once, those with answers first. */
    for (size_t k = 0; k < N_KINDS; k++) {
        hold_kind(&process, &kinds[k], fds, n_each);
        judge(&process, kinds[k].name, n_each, base_kib, budget_mb);
        release(&process, fds, n_each, base_kib);
    }
    for (size_t k = N_KINDS; k-- > 0;)
        hold_kind(&process, &kinds[k], fds + k * n_each, n_each);
    judge(&process, "of each", n_each, base_kib, budget_mb);
    release(&process, fds, (size_t)N_KINDS * n_each, base_kib);
    process_stop(&process);
    process_free(&process);
    free(fds);
}

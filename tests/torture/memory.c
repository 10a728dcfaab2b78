/* SPDX-License-Identifier: MIT
 *
 * A hostile mix on a daemon that may have little memory: large bodies at once,
 * bodies that grow when they are unpacked or parsed, wide and deep networks,
 * uploads that are cut off, connections that say nothing. The kernel holds the
 * limit: a memory cgroup where one can be made, else RLIMIT_AS. The daemon must
 * answer to the end and never be the one that is killed. Before that, outside
 * of the cage: what clients can make it hold (hold.h).
 *
 *     memory --mlpd build/mlpd [--seconds 60] [--limit-mb 384] [--seed 1]
 *            [--clients 8] [--budget-mb 0] [--hold 60] [--hold-budget-mb 64] */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "torture/check.h"
#include "torture/client.h"
#include "torture/hold.h"
#include "torture/process.h"
#include "torture/specs.h"

enum { CLIENTS_MAX = 32, SILENT = 400, TIMEOUT_MS = 60000 };
#define MB ((size_t)1 << 20)

/* --- the limit ------------------------------------------------------------ */

enum cage_kind { CAGE_V1, CAGE_V2, CAGE_ADDRESSES };

struct cage {
    enum cage_kind kind;
    char path[256];
    size_t limit;
};

static bool write_text(const char *folder, const char *name, const char *text)
{
    char path[320];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;
    if (fd >= 0)
        close(fd);
    return done;
}

static long long
read_number(const char *folder, const char *name, const char *key)
{
    char path[320];
    size_t length;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *text = read_file(path, &length);
    /* Files of the kernel have no size beforehand. */
    char line[512] = "";
    free(text);
    FILE *file = fopen(path, "re");
    long long value = -1;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (key == NULL || strncmp(line, key, strlen(key)) == 0)
            value = strtoll(line + (key != NULL ? strlen(key) : 0), NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

static bool try_cage(struct cage *cage, const char *parent, const char *file)
{
    char text[32];

    snprintf(cage->path, sizeof cage->path, "%s/mlpd-torture-%ld", parent,
             (long)getpid());
    snprintf(text, sizeof text, "%zu", cage->limit);
    if (mkdir(cage->path, 0700) != 0)
        return false;
    if (write_text(cage->path, file, text))
        return true;
    rmdir(cage->path);
    return false;
}

static void cage_make(struct cage *cage, size_t limit)
{
    cage->limit = limit;
    if (try_cage(cage, "/sys/fs/cgroup/memory", "memory.limit_in_bytes")) {
        cage->kind = CAGE_V1;
        /* Nothing is gained by swapping. */
        char text[32];
        snprintf(text, sizeof text, "%zu", limit);
        (void)write_text(cage->path, "memory.memsw.limit_in_bytes", text);
    } else if (try_cage(cage, "/sys/fs/cgroup", "memory.max")) {
        cage->kind = CAGE_V2;
        (void)write_text(cage->path, "memory.swap.max", "0");
    } else {
        cage->kind = CAGE_ADDRESSES;
        cage->path[0] = '\0';
    }
}

/* In the child. */
static void cage_enter(void *argument)
{
    const struct cage *cage = argument;
    /* Threads' stacks and what is mapped but not touched count as well. */
    rlim_t addresses = 4 * cage->limit + 1024 * MB;

    if (cage->kind == CAGE_ADDRESSES)
        setrlimit(RLIMIT_AS, &(struct rlimit){addresses, addresses});
    else if (!write_text(cage->path, "cgroup.procs", "0"))
        _exit(126);
}

static long cage_peak_kib(const struct cage *cage)
{
    long long bytes = -1;

    if (cage->kind == CAGE_V1)
        bytes = read_number(cage->path, "memory.max_usage_in_bytes", NULL);
    else if (cage->kind == CAGE_V2)
        bytes = read_number(cage->path, "memory.peak", NULL);
    return bytes < 0 ? -1 : (long)(bytes / 1024);
}

static long long cage_kills(const struct cage *cage)
{
    if (cage->kind == CAGE_V1)
        return read_number(cage->path, "memory.oom_control", "oom_kill ");
    if (cage->kind == CAGE_V2)
        return read_number(cage->path, "memory.events", "oom_kill ");
    return 0;
}

static void cage_remove(struct cage *cage)
{
    for (int i = 0; i < 100 && cage->path[0] != '\0'; i++) {
        if (rmdir(cage->path) == 0)
            return;
        pause_ms(20); /* the kernel is still counting */
    }
}

/* --- bodies --------------------------------------------------------------- */

struct body {
    const char *target, *headers;
    char *bytes;
    size_t length;
};

static char *room(size_t n)
{
    char *bytes = malloc(n);
    if (bytes == NULL)
        give_up("out of memory for a body");
    return bytes;
}

/* before, then `item` until it is `n` bytes, then after. */
static void repeat(struct body *body,
                   const char *before,
                   const char *item,
                   size_t n,
                   const char *after)
{
    size_t length = strlen(item);
    char *at = body->bytes =
        room(strlen(before) + n + length + strlen(after) + 1);

    at = stpcpy(at, before);
    for (char *end = at + n; at < end; at += length)
        memcpy(at, item, length);
    at = stpcpy(at, after);
    body->length = (size_t)(at - body->bytes);
}

static void zip(struct body *body)
{
    z_stream stream = {.next_in = (unsigned char *)body->bytes,
                       .avail_in = (unsigned)body->length};
    size_t bound = body->length / 50 + 100000;
    char *out = room(bound);

    stream.next_out = (unsigned char *)out;
    stream.avail_out = (unsigned)bound;
    if (deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) !=
            Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END)
        give_up("a body cannot be packed");
    free(body->bytes);
    body->bytes = out;
    body->length = (size_t)stream.total_out;
    deflateEnd(&stream);
}

#define JSON "Content-Type: application/json\r\n"
#define CSV  "Content-Type: text/csv\r\n"
#define GZIP "Content-Encoding: gzip\r\n"

enum { N_BODIES = 12 };
static struct body bodies[N_BODIES];

static void make_bodies(void)
{
    struct body *b = bodies;

    /* Trees of a JSON library are up to 80 times their text. */
    *b = (struct body){.target = "/predict", .headers = JSON};
    repeat(b++, "{\"model\":\"x0-0000\",\"inputs\":[", "[{},{},{},{}],",
           15 * MB, "[]]}");
    *b = (struct body){.target = "/predict", .headers = JSON};
    repeat(b++, "{\"model\":\"x0-0000\",\"inputs\":[", "[5.1,3.5,1.4,0.2],",
           15 * MB, "[5.1,3.5,1.4,0.2]]}");
    *b = (struct body){.target = "/predict", .headers = JSON};
    repeat(b++, "{\"model\":\"x0-0000\",\"parameters\":[", "[],", 15 * MB,
           "[]]}");
    *b = (struct body){.target = "/train", .headers = JSON};
    repeat(b++,
           "{\"model\":\"m\",\"training\":{\"epochs\":1},"
           "\"data\":{\"targets\":[],\"inputs\":[",
           "[0,0,0,0,0,0,0,0],", 60 * MB, "[0,0,0,0,0,0,0,0]]}}");
    *b = (struct body){.target = "/train", .headers = JSON};
    repeat(b++, "{\"model\":\"m\",\"data\":{\"records\":[",
           "{\"a\":\"xyz\",\"b\":1,\"c\":null},", 60 * MB,
           "{\"a\":\"x\",\"b\":1,\"c\":2}]},\"target\":\"a\"}");
    *b = (struct body){.target = "/train", .headers = JSON};
    repeat(b++, "", "[", 4 * MB, "");
    /* A cell of one byte, and each is a level. */
    *b = (struct body){.target = "/train?model=m&target=b&epochs=1",
                       .headers = CSV};
    repeat(b++, "a,b,c,d,e,f,g,h\n", "1,2,3,4,5,6,7,8\n", 60 * MB, "");
    *b = (struct body){.target = "/datasets/big", .headers = CSV};
    repeat(b++, "a,b\n", "1,x\n", 80 * MB, "");
    /* A network that is larger than the machine. */
    *b = (struct body){
        .target = "/train?model=m&target=species&epochs=1&hidden=9000,9000",
        .headers = CSV,
        .bytes = strdup(tables[0].bytes),
        .length = tables[0].length};
    b++;
    *b = (struct body){
        .target = "/train?model=m&target=species&epochs=2&hidden=3000,3000"
                  "&optimizer=adam",
        .headers = CSV,
        .bytes = strdup(tables[0].bytes),
        .length = tables[0].length};
    b++;
    /* Bombs. */
    *b = (struct body){.target = "/predict", .headers = JSON GZIP};
    repeat(b, "{\"model\":\"x0-0000\",\"inputs\":[", "                ",
           200 * MB, "]}");
    zip(b++);
    *b = (struct body){.target = "/datasets/bomb", .headers = CSV GZIP};
    repeat(b, "a,b,c,d,e,f,g,h,i,j\n", "0,0,0,0,0,0,0,0,0,0\n", 300 * MB, "");
    zip(b++);
}

/* --- the mix -------------------------------------------------------------- */

struct hostile {
    uint16_t port;
    struct dice dice;
    int64_t end_ms;
    pthread_t thread;
    unsigned n_sent, n_cut, by_class[6];
};

static void count_answer(struct hostile *hostile,
                         const struct body *body,
                         const struct answer *answer)
{
    int status = answer->status;

    hostile->n_sent++;
    hostile->by_class[status / 100 % 6]++;
    /* A body that is refused early may cost its sender the answer. */
    claim(answer->outcome != REFUSED && answer->outcome != LATE, "%s: %s",
          body->target,
          answer->outcome == LATE ? "no answer in a minute" : "refused");
    claim(status < 500 || status == 503 || status == 507, "%s: %d %.200s",
          body->target, status, answer->body != NULL ? answer->body : "");
}

/* Half of a body, and gone. */
static void cut_off(struct hostile *hostile, const struct body *body)
{
    char head[512];
    int fd = connect_port(hostile->port);

    if (fd < 0)
        return;
    snprintf(head, sizeof head,
             "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n"
             "\r\n",
             strncmp(body->target, "/datasets", 9) == 0 ? "PUT" : "POST",
             body->target, body->headers, body->length);
    (void)!send(fd, head, strlen(head), MSG_NOSIGNAL);
    (void)!send(fd, body->bytes, body->length / 2, MSG_NOSIGNAL);
    close(fd);
    hostile->n_cut++;
}

static void *be_hostile(void *argument)
{
    struct hostile *hostile = argument;

    while (now_ms() < hostile->end_ms) {
        const struct body *body = &bodies[dice_below(&hostile->dice, N_BODIES)];
        bool upload = strncmp(body->target, "/datasets", 9) == 0;
        struct client client;
        struct answer answer;
        if (dice_below(&hostile->dice, 5) == 0) {
            cut_off(hostile, body);
            continue;
        }
        client_init(&client, hostile->port);
        client.timeout_ms = TIMEOUT_MS;
        client_call(&client, upload ? "PUT" : "POST", body->target,
                    body->headers, body->bytes, body->length, &answer);
        count_answer(hostile, body, &answer);
        answer_free(&answer);
        client_close(&client);
    }
    return NULL;
}

/* While the hostile are at it: alive, and an honest prediction is answered. */
static void watch(struct process *process, int64_t end_ms, long *peak_kib)
{
    static const char rows[] = "{\"model\":\"x0-0000\",\"inputs\":"
                               "[[5.1,3.5,1.4,0.2]]}";
    unsigned n = 0, n_good = 0, n_busy = 0, n_healthy = 0;

    while (now_ms() < end_ms && process_lives(process)) {
        struct client client;
        struct answer answer;
        client_init(&client, process->port);
        client.timeout_ms = 20000;
        client_call(&client, "POST", "/predict", JSON, rows, sizeof rows - 1,
                    &answer);
        n++;
        n_good += answer.status == 200;
        n_busy += answer.status == 503 || answer.status == 429;
        n_healthy += get_status(process->port, "/healthz", 20000) == 200;
        answer_free(&answer);
        client_close(&client);
        long now = process_resident_kib(process);
        *peak_kib = now > *peak_kib ? now : *peak_kib;
        pause_ms(20);
    }
    check(n_good + n_busy == n,
          "%u honest predictions: %u answered, %u told to "
          "come later",
          n, n_good, n_busy);
    check(n_healthy == n, "%u looks at the health, %u good", n, n_healthy);
    note("memory: %u honest predictions, %u answered, %u told to come later", n,
         n_good, n_busy);
}

static void mix(struct process *process,
                size_t n,
                long seconds,
                uint64_t seed,
                long *peak_kib)
{
    static struct hostile hostiles[CLIENTS_MAX];
    unsigned by_class[6] = {0}, n_sent = 0, n_cut = 0;
    int64_t end_ms = now_ms() + seconds * 1000;
    int silent[SILENT];

    for (size_t i = 0; i < SILENT; i++)
        silent[i] = connect_port(process->port);
    for (size_t i = 0; i < n; i++) {
        hostiles[i] = (struct hostile){.port = process->port,
                                       .dice = {.state = seed + i},
                                       .end_ms = end_ms};
        if (pthread_create(&hostiles[i].thread, NULL, be_hostile,
                           &hostiles[i]) != 0)
            give_up("no thread");
    }
    watch(process, end_ms, peak_kib);
    for (size_t i = 0; i < n; i++) {
        pthread_join(hostiles[i].thread, NULL);
        n_sent += hostiles[i].n_sent;
        n_cut += hostiles[i].n_cut;
        for (int k = 0; k < 6; k++)
            by_class[k] += hostiles[i].by_class[k];
    }
    for (size_t i = 0; i < SILENT; i++)
        if (silent[i] >= 0)
            close(silent[i]);
    note("memory: %u hostile requests: %u 2xx, %u 4xx, %u 5xx, %u without an "
         "answer; %u more were cut off",
         n_sent, by_class[2], by_class[4], by_class[5], by_class[0], n_cut);
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"cgroup v1", "cgroup v2", "RLIMIT_AS"};
    const char *program = option_text(argc, argv, "mlpd", "build/mlpd");
    size_t limit = (size_t)option_number(argc, argv, "limit-mb", 384) * MB;
    size_t n = (size_t)option_number(argc, argv, "clients", 8);
    long budget_mb = option_number(argc, argv, "budget-mb", 0);
    long n_held = option_number(argc, argv, "hold", 60);
    struct process process;
    struct cage cage = {.limit = limit};
    char budget[32];
    long peak_kib = 0;

    if (n > CLIENTS_MAX)
        give_up("--clients: at most %d", CLIENTS_MAX);
    specs_learn(program);
    if (n_held > 0)
        hold(program, option_number(argc, argv, "hold-budget-mb", 64),
             (unsigned)n_held);
    make_bodies();
    process_init(&process, program);
    cage_make(&cage, limit);
    process.in_child = cage_enter;
    process.argument = &cage;
    snprintf(budget, sizeof budget, "%ldM", budget_mb);
    if (budget_mb > 0)
        memcpy(process.flags, (const char *[]){"--memory-budget", budget, NULL},
               3 * sizeof(char *));
    process_start(&process);
    specs_import(process.port);
    long base_kib = process_resident_kib(&process);
    mix(&process, n, option_number(argc, argv, "seconds", 60),
        (uint64_t)option_number(argc, argv, "seed", 1), &peak_kib);
    bool lives = process_lives(&process);
    if (!check(lives, "the daemon did not survive: it ended with %d",
               lives ? 0 : process_wait(&process, 1000)))
        process_show_log(&process);
    long high_kib = lives ? process_peak_kib(&process) : peak_kib;
    check(cage_kills(&cage) <= 0, "the kernel killed %lld of its processes",
          cage_kills(&cage));
    check(high_kib < (long)(limit / 1024),
          "resident memory reached %ld KiB, the limit is %zu KiB", high_kib,
          limit / 1024);
    note("memory: limit %zu MiB by %s; resident %ld KiB at first, %ld KiB at "
         "most; the cgroup's peak with its file cache %ld KiB",
         limit / MB, kinds[cage.kind], base_kib, high_kib,
         cage_peak_kib(&cage));
    if (lives)
        process_stop(&process);
    cage_remove(&cage);
    process_free(&process);
    for (int i = 0; i < N_BODIES; i++)
        free(bodies[i].bytes);
    specs_free();
    return check_finish();
}

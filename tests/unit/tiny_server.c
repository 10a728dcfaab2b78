/* SPDX-License-Identifier: MIT
 *
 * The tiny server. */
#include "unit/tiny_server.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/request.h"
#include "http/route.h"
#include "telemetry/log.h"

struct listener *listener;
struct listener_options listener_options;
struct http_reply_text reply;
void (*tiny_configure)(struct listener_options *options);

/* --- a loop: a thread that calls what was posted --- */

struct task {
    void (*function)(void *);
    void *argument;
    struct task *next;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct task *first, **last;
    bool ended, stuck; /* stuck: takes tasks and forgets them */
    unsigned n_posted;
    pthread_t thread;
} loop = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .changed = PTHREAD_COND_INITIALIZER};

static bool post(void *context, void (*function)(void *), void *argument)
{
    (void)context;
    pthread_mutex_lock(&loop.lock);
    bool open = !loop.ended;
    loop.n_posted++;
    if (open && !loop.stuck) {
        struct task *task = malloc(sizeof *task);
        *task = (struct task){function, argument, NULL};
        *loop.last = task;
        loop.last = &task->next;
    }
    pthread_cond_broadcast(&loop.changed);
    pthread_mutex_unlock(&loop.lock);
    return open;
}

static void *run_loop(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&loop.lock);
    while (!loop.ended || loop.first != NULL) {
        struct task *task = loop.first;
        if (task == NULL) {
            pthread_cond_wait(&loop.changed, &loop.lock);
            continue;
        }
        loop.first = task->next;
        if (loop.first == NULL)
            loop.last = &loop.first;
        pthread_mutex_unlock(&loop.lock);
        task->function(task->argument);
        free(task);
        pthread_mutex_lock(&loop.lock);
    }
    pthread_mutex_unlock(&loop.lock);
    return NULL;
}

void tiny_end_loop(void)
{
    pthread_mutex_lock(&loop.lock);
    bool again = loop.ended;
    loop.ended = true;
    pthread_cond_broadcast(&loop.changed);
    pthread_mutex_unlock(&loop.lock);
    if (!again)
        pthread_join(loop.thread, NULL);
}

void tiny_forget_posts(void)
{
    loop.stuck = true;
}

void tiny_wait_for_posts(unsigned n)
{
    pthread_mutex_lock(&loop.lock);
    while (loop.n_posted < n)
        pthread_cond_wait(&loop.changed, &loop.lock);
    pthread_mutex_unlock(&loop.lock);
}

/* --- the application --- */

static void
reply_text(struct http_request *request, int status, const char *text)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 100000);
    mlp_buffer_text(&buffer, text);
    request_reply(request, reply_buffer(status, "text/plain", &buffer));
}

static void say_hello(struct http_request *request)
{
    reply_text(request, 200, request_app(request));
}

static void say_much(struct http_request *request)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, TINY_LARGE_BYTES);
    char *room = mlp_buffer_reserve(&buffer, TINY_LARGE_BYTES);
    memset(room, 'a', TINY_LARGE_BYTES);
    buffer.length = TINY_LARGE_BYTES;
    request_reply(request, reply_buffer(200, "text/plain", &buffer));
}

static void say_nothing(struct http_request *request)
{
    request_reply(request, reply_empty(204));
}

static void forget(struct http_request *request)
{
    (void)request;
}

static void fail(struct http_request *request)
{
    struct problem problem = {0};
    problem_set(&problem, PROBLEM_CONFLICT, NULL, "it has ended");
    request_fail(request, &problem);
}

static void tell_query(struct http_request *request)
{
    struct problem problem = {0};
    char text[200];
    bool flag = request_query_flag(request, "flag", &problem);
    int64_t n = request_query_integer(request, "n", 1, 9, 5, &problem);
    const char *name = request_query(request, "name");
    snprintf(text, sizeof text, "%d %d %s", flag, (int)n,
             name != NULL ? name : "-");
    if (problem_is_set(&problem))
        request_fail(request, &problem);
    else
        reply_text(request, 200, text);
}

static void tell_request(struct http_request *request)
{
    char text[300];
    snprintf(text, sizeof text, "%s/%s %d %d %s",
             request_segment(request, "model"), request_segment(request, "n"),
             request_has_type(request, "text/csv"),
             request_accepts(request, "text/csv"),
             request_header(request, "X-Thing"));
    reply_text(request, 200, text);
}

static void send_file(struct http_request *request)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    request_reply(request, reply_file(200, "application/octet-stream", fd, 4));
}

static struct http_body *open_memory(struct http_request *request,
                                     struct problem *problem)
{
    if (!request_has_type(request, "text/plain")) {
        problem_set(problem, PROBLEM_UNSUPPORTED_MEDIA, NULL, "text/plain");
        return NULL;
    }
    return body_memory(4 << 20);
}

static void tell_body(struct http_request *request)
{
    char text[100];
    size_t length, sum = 0;
    const char *bytes = body_memory_bytes(request_body(request), &length);
    for (size_t i = 0; i < length; i++)
        sum += (unsigned char)bytes[i];
    snprintf(text, sizeof text, "%zu %zu", length, sum);
    reply_text(request, 200, text);
}

/* A body that takes no 'x'. */
static void
picky_write(struct http_body *body, const char *p, size_t n, struct problem *q)
{
    (void)body;
    if (memchr(p, 'x', n) != NULL)
        problem_set(q, PROBLEM_INVALID, NULL, "an x");
}

static void picky_finish(struct http_body *body, struct problem *problem)
{
    if (body->n_bytes == 7)
        problem_set(problem, PROBLEM_INVALID, NULL, "seven");
}

static void picky_destroy(struct http_body *body)
{
    free(body);
}

static struct http_body *open_picky(struct http_request *request,
                                    struct problem *problem)
{
    static const struct http_body_ops ops = {picky_write, picky_finish,
                                             picky_destroy};
    struct http_body *body = malloc(sizeof *body);
    (void)request;
    (void)problem;
    *body = (struct http_body){.ops = &ops};
    return body;
}

static atomic_uint n_states;

static void destroy_state(void *state)
{
    free(state);
    atomic_fetch_sub(&n_states, 1);
}

static void answer_later(struct http_request *request)
{
    request_set_state(request, malloc(10), destroy_state);
    atomic_fetch_add(&n_states, 1);
    reply_text(request, 202, request_segment(request, "n"));
}

/* --- streams --- */

struct stream_state {
    int n, said;
    char mode;
};

static atomic_uint n_pieces;

unsigned tiny_n_pieces(void)
{
    return atomic_load(&n_pieces);
}

static void say(struct http_request *request, const char *text, bool last)
{
    mlp_buffer piece;
    mlp_buffer_init(&piece, TINY_PIECE_BYTES);
    mlp_buffer_text(&piece, text);
    atomic_fetch_add(&n_pieces, 1);
    request_write(request, &piece, last);
}

/* Looks as often as it can whether somebody is still there. */
static void look_around(void *argument)
{
    struct http_request *request = argument;
    if (request_is_deserted(request)) {
        say(request, "", true);
        return;
    }
    usleep(1000);
    (void)post(NULL, look_around, request);
}

static void say_next(struct http_request *request)
{
    struct stream_state *state = request_state(request);
    static char much[TINY_PIECE_BYTES];
    char text[32];
    switch (state->mode) {
    case 'h': /* hush */
        return;
    case 'p': /* patient */
        look_around(request);
        return;
    case 'e': /* endless */
        memset(much, 'a', sizeof much - 1);
        say(request, much, false);
        return;
    case 'f': /* failing: more than a piece may have */
    {
        mlp_buffer piece;
        mlp_buffer_init(&piece, 1);
        mlp_buffer_text(&piece, "too long");
        request_write(request, &piece, false);
        return;
    }
    default:
        snprintf(text, sizeof text, "%d ", state->said);
        bool last = state->said == state->n;
        say(request, state->said++ == 0 ? "" : text, last);
    }
}

static void open_stream(struct http_request *request)
{
    struct stream_state *state = calloc(1, sizeof *state);
    const char *n = request_segment(request, "n");
    *state = (struct stream_state){.n = atoi(n), .mode = n[0]};
    request_set_state(request, state, destroy_state);
    atomic_fetch_add(&n_states, 1);
    request_reply(request, reply_stream(200, "text/event-stream", say_next));
}

unsigned tiny_n_states(void)
{
    return atomic_load(&n_states);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/", SCOPE_ADMIN, ON_HTTP, say_hello, NULL, NULL},
    {HTTP_GET, "/large", SCOPE_ADMIN, ON_HTTP, say_much, NULL, NULL},
    {HTTP_GET, "/nothing", SCOPE_ADMIN, ON_HTTP, say_nothing, NULL, NULL},
    {HTTP_GET, "/forget", SCOPE_ADMIN, ON_HTTP, forget, NULL, NULL},
    {HTTP_GET, "/fail", SCOPE_ADMIN, ON_HTTP, fail, NULL, NULL},
    {HTTP_GET, "/query", SCOPE_ADMIN, ON_HTTP, tell_query, NULL, "flag n name"},
    {HTTP_GET, "/models/{model}/versions/{n}", SCOPE_PREDICT, ON_HTTP,
     tell_request, NULL, NULL},
    {HTTP_GET, "/file", SCOPE_ADMIN, ON_HTTP, send_file, NULL, NULL},
    {HTTP_POST, "/body", SCOPE_ADMIN, ON_HTTP, tell_body, open_memory, NULL},
    {HTTP_PUT, "/body", SCOPE_ADMIN, ON_LOOP, tell_body, open_memory, NULL},
    {HTTP_POST, "/picky", SCOPE_ADMIN, ON_HTTP, say_nothing, open_picky, NULL},
    {HTTP_GET, "/later/{n}", SCOPE_ADMIN, ON_LOOP, answer_later, NULL, NULL},
    {HTTP_GET, "/stream/{n}", SCOPE_ADMIN, ON_LOOP, open_stream, NULL, NULL},
    {HTTP_GET, "/health", SCOPE_OPEN, ON_HTTP, say_hello, NULL, NULL},
};

/* --- the harness --- */

void tiny_start_with(unsigned max_connections, unsigned timeout_s)
{
    static char hello[] = "hello";
    mlp_error err = {0};
    log_open(LOG_ERROR, LOG_JSON);
    loop.last = &loop.first;
    pthread_create(&loop.thread, NULL, run_loop, NULL);
    listener_options = (struct listener_options){
        .listen = "127.0.0.1:0",
        .n_threads = 2,
        .max_connections = max_connections,
        .idle_timeout_s = timeout_s,
        .header_timeout_s = timeout_s < 10 ? timeout_s : 10,
        .routes = routes,
        .n_routes = sizeof routes / sizeof *routes,
        .app = hello,
        .post = post,
        .allowed_hosts = "a",
    };
    if (tiny_configure != NULL)
        tiny_configure(&listener_options);
    cr_assert_eq(listener_start(&listener_options, &listener, &err), MLP_OK,
                 "%s", err.text);
}

void tiny_start(void)
{
    tiny_start_with(1024, 60);
}

void tiny_stop(void)
{
    tiny_end_loop();
    listener_stop(listener);
    cr_expect_eq(atomic_load(&n_states), 0);
}

int tiny_connect(void)
{
    int fd = http_connect(listener_port(listener));
    cr_assert_geq(fd, 0);
    return fd;
}

int tiny_ask(const char *text)
{
    int fd = tiny_connect();
    http_send_text(fd, text);
    http_receive(fd, strncmp(text, "HEAD", 4) != 0, &reply, NULL);
    const char *connection = http_header(&reply, "Connection");
    if (connection == NULL || strcmp(connection, "close") != 0)
        return fd;
    cr_expect(http_is_closed(fd));
    close(fd);
    return -1;
}

bool tiny_goes_on(int fd)
{
    struct http_reply_text next;
    if (fd < 0)
        return false;
    http_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    http_receive(fd, true, &next, NULL);
    close(fd);
    return next.status == 200;
}

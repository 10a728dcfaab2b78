/* SPDX-License-Identifier: MIT
 *
 * libuv behind the loop's few calls. Handles live until loop_destroy() or until
 * their owner stops them, never longer than the loop. */
#include "jobs/loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "jobs/reserve.h"

struct post {
    struct post *next;
    loop_function *function;
    void *argument;
};

struct loop {
    uv_loop_t uv;
    uv_async_t wake_up;
    bool stopping;           /* loop thread */
    atomic_size_t n_working; /* loop_work()s whose `done` is to come; written by
                              * the loop thread */

    pthread_mutex_t lock; /* a leaf: guards what follows */
    struct post *first, **last;
    bool ended;
};

struct loop_timer {
    uv_timer_t uv;
    loop_function *function;
    void *argument;
};

struct loop_watch {
    uv_fs_event_t uv;
    loop_function *function;
    void *argument;
};

struct signal_handle {
    uv_signal_t uv;
    loop_function *function;
    void *argument;
};

struct work {
    uv_work_t uv;
    loop_function *work, *done;
    void *argument;
    struct loop *loop;
};

static mlp_status fail_uv(mlp_error *err, const char *what, int code)
{
    return mlp_fail(err, code == UV_ENOMEM ? MLP_NOMEM : MLP_IO, "%s: %s", what,
                    uv_strerror(code));
}

/* --- posts ---------------------------------------------------------------- */

/* All posts so far, in order; the inbox is then empty. */
static struct post *take_posts(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct post *posts = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    pthread_mutex_unlock(&loop->lock);
    return posts;
}

static void run_posts(struct loop *loop)
{
    struct post *post = take_posts(loop);

    while (post != NULL) {
        struct post *next = post->next;
        post->function(post->argument);
        free(post);
        post = next;
    }
}

static void on_wake_up(uv_async_t *wake_up)
{
    run_posts(wake_up->data);
}

bool loop_post(struct loop *loop, loop_function *function, void *argument)
{
    struct post *post = malloc(sizeof *post);

    if (post == NULL)
        return false;
    *post = (struct post){.function = function, .argument = argument};
    pthread_mutex_lock(&loop->lock);
    bool taken = !loop->ended;
    if (taken) {
        *loop->last = post;
        loop->last = &post->next;
        uv_async_send(&loop->wake_up);
    }
    pthread_mutex_unlock(&loop->lock);
    if (!taken)
        free(post);
    return taken;
}

/* --- the loop ------------------------------------------------------------- */

static mlp_status set_pool_size(unsigned n_workers, mlp_error *err)
{
    char text[16];

    snprintf(text, sizeof text, "%u", n_workers);
    if (setenv("UV_THREADPOOL_SIZE", text, 1) != 0)
        return mlp_fail(err, MLP_NOMEM, "loop: out of memory");
    return MLP_OK;
}

mlp_status loop_create(unsigned n_workers, struct loop **out, mlp_error *err)
{
    struct loop *loop = calloc(1, sizeof *loop);
    mlp_status status;
    int code;

    *out = NULL;
    if (loop == NULL)
        return mlp_fail(err, MLP_NOMEM, "loop: out of memory");
    (void)uv_replace_allocator(reserve_malloc, reserve_realloc, reserve_calloc,
                               reserve_free);
    status = set_pool_size(n_workers, err);
    if (status != MLP_OK) {
        free(loop);
        return status;
    }
    code = uv_loop_init(&loop->uv);
    if (code != 0) {
        free(loop);
        return fail_uv(err, "loop", code);
    }
    code = uv_async_init(&loop->uv, &loop->wake_up, on_wake_up);
    if (code != 0) {
        uv_loop_close(&loop->uv);
        free(loop);
        return fail_uv(err, "loop", code);
    }
    loop->wake_up.data = loop;
    loop->last = &loop->first;
    pthread_mutex_init(&loop->lock, NULL);
    *out = loop;
    return MLP_OK;
}

/* Timers, watches and signals are on the heap, their uv handle first. */
static void on_heap_handle_closed(uv_handle_t *handle)
{
    free(handle);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (uv_is_closing(handle))
        return;
    uv_close(handle, handle->type == UV_ASYNC ? NULL : on_heap_handle_closed);
}

void loop_destroy(struct loop *loop)
{
    if (loop == NULL)
        return;
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop->uv);
    for (struct post *post = take_posts(loop); post != NULL;) {
        struct post *next = post->next;
        free(post);
        post = next;
    }
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

static void stop_timer(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (handle->type == UV_TIMER)
        uv_timer_stop((uv_timer_t *)handle);
}

/* True, and no post is taken any more, when nothing is left to run. */
static bool end_if_idle(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->ended = loop->n_working == 0 && loop->first == NULL;
    bool ended = loop->ended;
    pthread_mutex_unlock(&loop->lock);
    return ended;
}

void loop_run(struct loop *loop)
{
    while (!loop->stopping)
        uv_run(&loop->uv, UV_RUN_ONCE);
    uv_walk(&loop->uv, stop_timer, NULL);
    while (!end_if_idle(loop))
        uv_run(&loop->uv, UV_RUN_ONCE);
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

/* --- work ----------------------------------------------------------------- */

enum { POOL_NICE = 10 };

/* Pool threads stand back for those that answer: on a busy processor a waking
 * HTTP thread runs at once instead of after a training's time slice. Linux
 * keeps a niceness for each thread; it can only be raised. */
static void stand_back(void)
{
    static _Thread_local bool done;
    if (!done)
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), POOL_NICE);
    done = true;
}

static void on_work(uv_work_t *uv)
{
    struct work *work = uv->data;
    stand_back();
    work->work(work->argument);
}

static void on_work_done(uv_work_t *uv, int status)
{
    struct work *work = uv->data;

    (void)status; /* nobody cancels work that waits for a thread */
    work->loop->n_working--;
    work->done(work->argument);
    free(work);
}

mlp_status loop_work(struct loop *loop,
                     loop_function *work_function,
                     loop_function *done,
                     void *argument,
                     mlp_error *err)
{
    struct work *work = malloc(sizeof *work);

    if (work == NULL)
        return mlp_fail(err, MLP_NOMEM, "loop work: out of memory");
    work->work = work_function;
    work->done = done;
    work->argument = argument;
    work->loop = loop;
    work->uv.data = work;
    int code = uv_queue_work(&loop->uv, &work->uv, on_work, on_work_done);
    if (code != 0) {
        free(work);
        return fail_uv(err, "loop work", code);
    }
    loop->n_working++;
    return MLP_OK;
}

bool loop_has_work(const struct loop *loop)
{
    return atomic_load(&loop->n_working) > 0;
}

/* --- timers, watches, signals -------------------------------------------- */

static void on_timer(uv_timer_t *uv)
{
    struct loop_timer *timer = (struct loop_timer *)uv;

    /* Closed first, freed on a later turn: the function may stop it, too. */
    if (uv_timer_get_repeat(uv) == 0)
        loop_timer_stop(timer);
    timer->function(timer->argument);
}

struct loop_timer *loop_timer_start(struct loop *loop,
                                    uint64_t delay_ms,
                                    uint64_t repeat_ms,
                                    loop_function *function,
                                    void *argument)
{
    struct loop_timer *timer = malloc(sizeof *timer);

    if (timer == NULL)
        return NULL;
    timer->function = function;
    timer->argument = argument;
    /* Neither fails with a callback and a handle that is not closing. libuv's
     * idea of now is as old as its turn; a delay counts from this call. */
    uv_timer_init(&loop->uv, &timer->uv);
    uv_update_time(&loop->uv);
    uv_timer_start(&timer->uv, on_timer, delay_ms, repeat_ms);
    return timer;
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer != NULL && !uv_is_closing((uv_handle_t *)&timer->uv))
        uv_close((uv_handle_t *)&timer->uv, on_heap_handle_closed);
}

static void
on_change(uv_fs_event_t *uv, const char *file, int events, int status)
{
    struct loop_watch *watch = (struct loop_watch *)uv;

    (void)file;
    (void)events;
    (void)status;
    watch->function(watch->argument);
}

mlp_status loop_watch_start(struct loop *loop,
                            const char *folder,
                            loop_function *function,
                            void *argument,
                            struct loop_watch **out,
                            mlp_error *err)
{
    struct loop_watch *watch = malloc(sizeof *watch);
    int code;

    *out = NULL;
    if (watch == NULL)
        return mlp_fail(err, MLP_NOMEM, "watch a folder: out of memory");
    watch->function = function;
    watch->argument = argument;
    uv_fs_event_init(&loop->uv, &watch->uv); /* never fails */
    code = uv_fs_event_start(&watch->uv, on_change, folder, 0);
    if (code != 0) {
        loop_watch_stop(watch);
        return fail_uv(err, "watch a folder", code);
    }
    *out = watch;
    return MLP_OK;
}

void loop_watch_stop(struct loop_watch *watch)
{
    if (watch != NULL && !uv_is_closing((uv_handle_t *)&watch->uv))
        uv_close((uv_handle_t *)&watch->uv, on_heap_handle_closed);
}

static void on_signal(uv_signal_t *uv, int signal)
{
    struct signal_handle *handle = (struct signal_handle *)uv;

    (void)signal;
    handle->function(handle->argument);
}

mlp_status loop_on_signal(struct loop *loop,
                          int signal,
                          loop_function *function,
                          void *argument,
                          mlp_error *err)
{
    struct signal_handle *handle = malloc(sizeof *handle);
    int code;

    if (handle == NULL)
        return mlp_fail(err, MLP_NOMEM, "signal %d: out of memory", signal);
    handle->function = function;
    handle->argument = argument;
    code = uv_signal_init(&loop->uv, &handle->uv);
    if (code != 0) {
        free(handle);
        return fail_uv(err, "signal", code);
    }
    code = uv_signal_start(&handle->uv, on_signal, signal);
    if (code != 0) {
        uv_close((uv_handle_t *)&handle->uv, on_heap_handle_closed);
        return fail_uv(err, "signal", code);
    }
    return MLP_OK;
}

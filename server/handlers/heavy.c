/* SPDX-License-Identifier: MIT
 *
 * From the HTTP thread to the loop, which counts, to the pool, and back. */
#include "handlers/heavy.h"

#include <stdlib.h>

/* At once, waiting ones included. Each keeps its body. */
enum { HEAVY_MAX = 32, RETRY_S = 2 };

struct heavy {
    struct app *app;
    struct http_request *request;
    void (*answer)(struct http_request *request);
};

bool heavy_is_hurried(const struct http_request *request)
{
    const struct app *app = request_app(request);
    return atomic_load_explicit(&app->hurried, memory_order_relaxed);
}

void heavy_refuse(struct http_request *request)
{
    struct problem problem = {.retry_after_s = RETRY_S};
    problem_set(&problem, PROBLEM_DRAINING, NULL, "the server is stopping");
    request_fail(request, &problem);
}

static void overload(struct problem *problem)
{
    problem->retry_after_s = RETRY_S;
    problem_set(problem, PROBLEM_OVERLOADED, NULL,
                "%d requests that take long are being answered, this one has "
                "to wait outside",
                (int)HEAVY_MAX);
}

static void refuse(struct http_request *request)
{
    struct problem problem = {0};
    overload(&problem);
    request_fail(request, &problem);
}

bool heavy_enter(struct app *app, struct problem *problem)
{
    if (app->n_heavy >= HEAVY_MAX) {
        overload(problem);
        return false;
    }
    app->n_heavy++;
    return true;
}

void heavy_leave(struct app *app)
{
    app->n_heavy--;
}

/* Threads: pool. The request is gone when its answer is there. */
static void on_pool(void *argument)
{
    struct heavy *heavy = argument;
    if (heavy_is_hurried(heavy->request))
        heavy_refuse(heavy->request);
    else
        heavy->answer(heavy->request);
}

/* Threads: loop. */
static void on_done(void *argument)
{
    struct heavy *heavy = argument;
    heavy_leave(heavy->app);
    free(heavy);
}

/* Threads: loop. */
static void on_loop(struct http_request *request)
{
    struct app *app = request_app(request);
    struct heavy *heavy = request_state(request);
    request_set_state(request, NULL, NULL);
    if (app->n_heavy >= HEAVY_MAX ||
        loop_work(app->loop, on_pool, on_done, heavy, NULL) != MLP_OK) {
        free(heavy);
        refuse(request);
        return;
    }
    app->n_heavy++;
}

void heavy_answer(struct http_request *request,
                  void (*answer)(struct http_request *request))
{
    struct heavy *heavy = malloc(sizeof *heavy);
    if (heavy == NULL) {
        refuse(request);
        return;
    }
    *heavy = (struct heavy){request_app(request), request, answer};
    request_set_state(request, heavy, free);
    request_move_to_loop(request, on_loop);
}

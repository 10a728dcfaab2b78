/* SPDX-License-Identifier: MIT
 *
 * GET /jobs/{id}/events: a job as it goes, until it has ended. Each watcher
 * pulls from the job's history at a place of its own, a few epochs at a time:
 * one that reads slowly is told later, and nobody waits for it. The place is
 * the number of an epoch, so that a client that comes again, even to the next
 * daemon, goes on where it was.
 *
 * A watcher that has been told everything looks again some times a second, and
 * at once when the job ends; it costs a timer. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "handlers/app.h"
#include "handlers/event_text.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/job_lookup.h"

enum {
    STEPS_MAX = 64, /* of one piece */
    LOOK_MS = 100,
    KEEP_ALIVE_MS = 10000, /* proxies give up after a minute of silence */
    PIECE_MAX_BYTES = 16 << 20,
    RETRY_S = 5,
};

struct watcher {
    struct app *app;
    int64_t id;
    enum event_form form;
    size_t step;          /* the last one that was told */
    bool told;            /* of the state, … */
    enum job_state state; /* … which was this one */
    int64_t spoke_ms;
};

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- telling -------------------------------------------------------------- */

static bool
say_last(const struct watcher *watcher, const char *word, mlp_buffer *out)
{
    event_text_remark(out, watcher->form, word);
    return true;
}

static bool tell_steps(struct watcher *watcher,
                       const struct job_view *view,
                       size_t *n,
                       mlp_buffer *out)
{
    struct job_step steps[STEPS_MAX];
    mlp_error err;
    if (jobs_steps(watcher->app->jobs, watcher->id, watcher->step, steps,
                   STEPS_MAX, n, &err) != MLP_OK)
        return false;
    for (size_t i = 0; i < *n; i++)
        event_text_step(out, watcher->form, &steps[i], view->metric_names);
    if (*n > 0)
        watcher->step = steps[*n - 1].step;
    return true;
}

/* What is new, as far as one piece goes. True: nothing comes behind it. */
static bool tell(struct watcher *watcher, mlp_buffer *out)
{
    struct job_view view;
    size_t n = 0;
    if (atomic_load(&watcher->app->draining))
        return say_last(watcher, "stopping", out);
    if (!jobs_get(watcher->app->jobs, watcher->id, &view))
        return say_last(watcher, "deleted", out);
    bool ended = view.state != JOB_QUEUED && view.state != JOB_RUNNING;
    if (!ended && (!watcher->told || watcher->state != view.state)) {
        watcher->told = true;
        watcher->state = view.state;
        event_text_state(out, watcher->form, job_json(&view), false);
    }
    if (!tell_steps(watcher, &view, &n, out))
        return say_last(watcher, "failed", out);
    if (!ended || n == STEPS_MAX)
        return false;
    event_text_state(out, watcher->form, job_json(&view), true);
    return true;
}

/* --- looking -------------------------------------------------------------- */

static void look(void *argument);

static void look_later(struct http_request *request)
{
    const struct watcher *watcher = request_state(request);
    mlp_buffer nothing;
    mlp_error err;
    if (jobs_wait(watcher->app->jobs, watcher->id, LOOK_MS, look, request,
                  &err) == MLP_OK)
        return;
    mlp_buffer_init(&nothing, 0);
    request_write(request, &nothing, true);
}

/* Silence would hide from us that the client has gone, and from the client that
 * we have. */
static void look(void *argument)
{
    struct http_request *request = argument;
    struct watcher *watcher = request_state(request);
    int64_t now_ms = clock_ms();
    mlp_buffer piece;
    mlp_buffer_init(&piece, PIECE_MAX_BYTES);
    bool last = tell(watcher, &piece);
    if (!last && piece.length == 0 && piece.status == MLP_OK) {
        if (now_ms - watcher->spoke_ms < KEEP_ALIVE_MS &&
            !request_is_deserted(request)) {
            look_later(request);
            return;
        }
        event_text_remark(&piece, watcher->form, "keep-alive");
    }
    watcher->spoke_ms = now_ms;
    request_write(request, &piece, last);
}

static void on_next(struct http_request *request)
{
    look(request);
}

/* --- coming and going ----------------------------------------------------- */

/* Threads: http. */
static void leave(void *state)
{
    struct watcher *watcher = state;
    atomic_fetch_sub(&watcher->app->n_watchers, 1);
    free(watcher);
}

/* Where the client is: Last-Event-ID, which a browser that comes again sends
 * with the URL of its first time, goes before ?after=. True in *over: it has
 * been told all. */
static bool find_place(const struct http_request *request,
                       size_t *step,
                       bool *over,
                       struct problem *problem)
{
    const char *id = request_header(request, "Last-Event-ID");
    *step = (size_t)request_query_integer(request, "after", 0, INT32_MAX, 0,
                                          problem);
    *over = id != NULL && strcmp(id, EVENT_END_ID) == 0;
    if (problem_is_set(problem) || *over || id == NULL || *id == '\0')
        return !problem_is_set(problem);
    size_t digits = strspn(id, "0123456789");
    if (id[digits] == '\0' && digits <= 9) {
        *step = (size_t)strtoul(id, NULL, 10);
        return true;
    }
    problem_set(problem, PROBLEM_INVALID, NULL,
                "Last-Event-ID: expected the id of an event, the number of an "
                "epoch or " EVENT_END_ID ", found \"%.40s\"",
                id);
    return false;
}

static struct watcher *create(struct app *app, struct problem *problem)
{
    struct watcher *watcher = NULL;
    unsigned before = atomic_fetch_add(&app->n_watchers, 1);
    if (before >= app->limits.max_watchers) {
        problem->retry_after_s = RETRY_S;
        problem_set(problem, PROBLEM_OVERLOADED, NULL,
                    "%u clients watch jobs, more are not served", before);
    } else {
        watcher = calloc(1, sizeof *watcher);
        if (watcher == NULL)
            problem_from_error(problem, NULL,
                               &(mlp_error){.status = MLP_NOMEM});
    }
    if (watcher == NULL)
        atomic_fetch_sub(&app->n_watchers, 1);
    return watcher;
}

static enum event_form form_of(const struct http_request *request)
{
    return !request_accepts(request, "text/event-stream") &&
                   request_accepts(request, "application/x-ndjson")
               ? EVENT_LINES
               : EVENT_STREAM;
}

static void
begin(struct http_request *request, int64_t id, size_t step, bool over)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct job_view view;
    if (!jobs_get(app->jobs, id, &view)) {
        job_unknown(&problem, id);
        request_fail(request, &problem);
        return;
    }
    if (over && view.state != JOB_QUEUED && view.state != JOB_RUNNING) {
        request_reply(request, reply_empty(204)); /* a browser stops then */
        return;
    }
    struct watcher *watcher = create(app, &problem);
    if (watcher == NULL) {
        request_fail(request, &problem);
        return;
    }
    *watcher = (struct watcher){.app = app,
                                .id = id,
                                .form = form_of(request),
                                .step = step,
                                .spoke_ms = clock_ms()};
    request_set_state(request, watcher, leave);
    struct http_reply *reply =
        reply_stream(200,
                     watcher->form == EVENT_LINES ? "application/x-ndjson"
                                                  : "text/event-stream",
                     on_next);
    /* nginx would collect pieces before it sends them on. */
    request_reply(request, reply_header(reply, "X-Accel-Buffering", "no"));
}

void job_get_events(struct http_request *request)
{
    struct problem problem = {0};
    int64_t id = 0;
    size_t step = 0;
    bool over = false;
    if (find_place(request, &step, &over, &problem) &&
        job_find_id(request, &id, &problem))
        begin(request, id, step, over);
    else
        request_fail(request, &problem);
}

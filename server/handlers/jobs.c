/* SPDX-License-Identifier: MIT
 *
 * /jobs: look at jobs, wait for one, cancel it, forget it. Reading never
 * changes or consumes anything. */
#include <inttypes.h>
#include <stdlib.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/job_lookup.h"

enum { LIST_DEFAULT = 50, LIST_MAX = 500, HISTORY_MAX_BYTES = 1 << 28 };

/* Answer with the job as it stands. */
static void reply_job(struct http_request *request, int64_t id, int status)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct job_view view;
    if (jobs_get(app->jobs, id, &view)) {
        request_reply(request, reply_json(status, job_json(&view)));
        return;
    }
    job_unknown(&problem, id);
    request_fail(request, &problem);
}

/* --- one ------------------------------------------------------------------ */

/* ?wait= is over; what `argument` was waiting for is in its state. */
static void on_waited(void *argument)
{
    struct http_request *request = argument;
    struct problem ignored = {0};
    int64_t id = 0;
    (void)job_find_id(request, &id, &ignored);
    reply_job(request, id, 200);
}

static void wait_for(struct http_request *request, int64_t id, uint64_t wait_ms)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    mlp_error err;
    if (jobs_wait(app->jobs, id, wait_ms, on_waited, request, &err) == MLP_OK)
        return;
    problem_from_error(&problem, NULL, &err);
    request_fail(request, &problem);
}

void job_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct job_view view;
    int64_t id = 0;
    int64_t wait_s = request_query_integer(
        request, "wait", 0, (int64_t)(app->limits.wait_max_ms / 1000), 0,
        &problem);
    if (problem_is_set(&problem) || !job_find_id(request, &id, &problem))
        request_fail(request, &problem);
    else if (wait_s > 0 && jobs_get(app->jobs, id, &view))
        wait_for(request, id, (uint64_t)wait_s * 1000);
    else
        reply_job(request, id, 200);
}

void job_get_history(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct job_view view;
    mlp_error err;
    char *text = NULL;
    int64_t id = 0;
    if (!job_find_id(request, &id, &problem)) {
        request_fail(request, &problem);
        return;
    }
    if (!jobs_get(app->jobs, id, &view))
        job_unknown(&problem, id);
    else if (jobs_history(app->jobs, id, &text, &err) != MLP_OK)
        problem_from_error(&problem, NULL, &err);
    if (problem_is_set(&problem)) {
        request_fail(request, &problem);
        return;
    }
    mlp_buffer body;
    mlp_buffer_init(&body, HISTORY_MAX_BYTES);
    mlp_buffer_text(&body, text == NULL ? "{}" : text);
    mlp_buffer_text(&body, "\n");
    free(text);
    request_reply(request, reply_buffer(200, "application/json", &body));
}

/* --- many ----------------------------------------------------------------- */

struct listing {
    json_t *jobs;
    size_t limit;
    int64_t last;
    bool more;
};

static bool list_one(void *context, const struct job_view *view)
{
    struct listing *listing = context;
    if (json_array_size(listing->jobs) >= listing->limit) {
        listing->more = true;
        return false;
    }
    listing->last = view->id;
    return json_array_append_new(listing->jobs, job_json_brief(view)) == 0;
}

/* ?state=, or false when there is none or it is no state. */
static bool find_state(struct http_request *request,
                       enum job_state *state,
                       struct problem *problem)
{
    const char *name = request_query(request, "state");
    if (name == NULL)
        return false;
    if (job_state_parse(name, state))
        return true;
    problem_set(problem, PROBLEM_INVALID, NULL,
                "state: expected queued, running, succeeded, failed or "
                "cancelled, got '%.32s'",
                name);
    return false;
}

void job_list(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    enum job_state state = JOB_QUEUED;
    bool by_state = find_state(request, &state, &problem);
    int64_t limit = request_query_integer(request, "limit", 1, LIST_MAX,
                                          LIST_DEFAULT, &problem);
    int64_t after =
        request_query_integer(request, "after", 1, INT64_MAX, 0, &problem);
    if (problem_is_set(&problem)) {
        request_fail(request, &problem);
        return;
    }
    struct listing listing = {.jobs = json_array(), .limit = (size_t)limit};
    jobs_each(app->jobs, by_state ? &state : NULL,
              request_query(request, "model"), after, list_one, &listing);
    json_t *next =
        listing.more ? json_integer((json_int_t)listing.last) : json_null();
    request_reply(request,
                  reply_json(200, json_pack("{s:o, s:o}", "jobs", listing.jobs,
                                            "next", next)));
}

/* --- changes -------------------------------------------------------------- */

static void change_problem(const struct app *app,
                           enum jobs_change change,
                           int64_t id,
                           const char *wrong_state,
                           struct problem *problem)
{
    if (change == JOBS_UNKNOWN)
        job_unknown(problem, id);
    else if (change == JOBS_WRONG_STATE)
        problem_set(problem, PROBLEM_CONFLICT, NULL, "job %" PRId64 " %s", id,
                    wrong_state);
    else if (change == JOBS_FAILED)
        problem_from_error(
            problem, NULL,
            &(mlp_error){.status = catalog_write_status(app->catalog),
                         .text = "the change to the job was not stored"});
}

void job_cancel(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    int64_t id = 0;
    if (job_find_id(request, &id, &problem))
        change_problem(app, jobs_cancel(app->jobs, id), id, "has ended",
                       &problem);
    if (problem_is_set(&problem))
        request_fail(request, &problem);
    else
        reply_job(request, id, 202);
}

void job_delete(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    int64_t id = 0;
    if (job_find_id(request, &id, &problem))
        change_problem(app, jobs_delete(app->jobs, id), id,
                       "has not ended; cancel it first", &problem);
    if (problem_is_set(&problem))
        request_fail(request, &problem);
    else
        request_reply(request, reply_empty(204));
}

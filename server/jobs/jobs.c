/* SPDX-License-Identifier: MIT
 *
 * The state machine. Whoever moves a job writes its row; a row that cannot be
 * written is tried again every few seconds, and the job goes on meanwhile. */
#include "jobs/jobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/job.h"
#include "jobs/job_list.h"
#include "jobs/job_store.h"
#include "jobs/job_waiters.h"
#include "telemetry/log.h"

/* How old the figures may be that a restart shows. */
enum { SAVE_INTERVAL_MS = 10000 };

struct jobs {
    struct loop *loop;
    struct catalog *catalog;
    struct jobs_options options;
    struct loop_timer *saver;
    struct job_list all; /* owns them */
    struct job_list queue, running;
    bool draining;
    loop_function *drained;
    void *drained_argument;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void save(struct jobs *jobs, struct job *job)
{
    mlp_error err;

    job->unsaved = job_store_save(jobs->catalog, job,
                                  jobs->options.runner.metrics, &err) != MLP_OK;
    if (job->unsaved)
        log_event(LOG_ERROR, "job_not_saved", LOG_INT("job", job->id),
                  LOG_TEXT_FIELD("reason", err.text));
    else if (job_has_ended(job))
        job_history_free(&job->history);
}

/* --- running -------------------------------------------------------------- */

static void schedule(struct jobs *jobs);

static void on_run(void *argument)
{
    struct job *job = argument;
    const struct job_runner *runner = &job->jobs->options.runner;

    job->run_status = runner->run(runner->context, job, &job->result);
}

static void log_end(const struct job *job)
{
    bool failed = job->state == JOB_FAILED;
    int64_t ms = job->started_ms ? job->finished_ms - job->started_ms : 0;

    log_event(failed ? LOG_WARN : LOG_INFO, "job_ended",
              LOG_INT("job", job->id), LOG_TEXT_FIELD("model", job->model),
              LOG_TEXT_FIELD("state", job_state_name(job->state)),
              LOG_REAL("seconds", (double)ms / 1000),
              LOG_INT("version", job->version),
              LOG_TEXT_FIELD("reason", failed ? job->error_reason : NULL),
              LOG_TEXT_FIELD("detail", failed ? job->error.text : NULL));
}

static void end_job(struct jobs *jobs, struct job *job, enum job_state state)
{
    const struct job_runner *runner = &jobs->options.runner;

    job->state = state;
    job->finished_ms = now_ms();
    save(jobs, job);
    log_end(job);
    if (jobs->options.on_end != NULL)
        jobs->options.on_end(jobs->options.on_end_context, state);
    if (job->table != NULL && runner->forget_table != NULL &&
        !jobs_uses_table(jobs, job->table))
        runner->forget_table(runner->context, job->table);
    job_waiters_call(job);
}

/* It obeyed the drain: it waits for the next daemon. */
static void queue_again(struct jobs *jobs, struct job *job)
{
    job->state = JOB_QUEUED;
    job->started_ms = 0;
    job_list_insert(&jobs->queue, job);
    log_event(LOG_INFO, "job_requeued", LOG_INT("job", job->id),
              LOG_TEXT_FIELD("model", job->model));
    save(jobs, job);
}

static void publish(struct jobs *jobs, struct job *job)
{
    const struct job_runner *runner = &jobs->options.runner;
    mlp_error err = {.text = ""};
    mlp_status status =
        runner->finish(runner->context, job, job->result, &job->version, &err);

    if (status != MLP_OK) {
        job->version = 0;
        if (job->error_reason[0] == '\0')
            job_fail(job, "not_published", err.text);
        end_job(jobs, job, JOB_FAILED);
        return;
    }
    pthread_mutex_lock(&job->lock);
    job->progress.progress = 1;
    job->progress.eta_s = 0;
    pthread_mutex_unlock(&job->lock);
    end_job(jobs, job, JOB_SUCCEEDED);
}

static void on_done(void *argument)
{
    struct job *job = argument;
    struct jobs *jobs = job->jobs;
    bool stopped = job->run_status == MLP_CANCELLED;

    job_list_remove(&jobs->running, job);
    if (job->run_status == MLP_OK) {
        publish(jobs, job);
    } else if (stopped && job->cancel_asked) {
        end_job(jobs, job, JOB_CANCELLED);
    } else if (stopped && jobs->draining) {
        queue_again(jobs, job);
    } else {
        if (job->error_reason[0] == '\0')
            job_fail(job, "internal", mlp_status_text(job->run_status));
        end_job(jobs, job, JOB_FAILED);
    }
    if (!jobs->draining)
        schedule(jobs);
    else if (jobs->running.n == 0)
        jobs->drained(jobs->drained_argument);
}

/* False: no memory; the saver tries again. */
static bool start(struct jobs *jobs, struct job *job)
{
    mlp_error err;

    job_reset(job);
    job->result = NULL;
    if (loop_work(jobs->loop, on_run, on_done, job, &err) != MLP_OK) {
        log_event(LOG_ERROR, "job_not_started", LOG_INT("job", job->id),
                  LOG_TEXT_FIELD("reason", err.text));
        return false;
    }
    job_list_remove(&jobs->queue, job);
    job_list_insert(&jobs->running, job);
    job->state = JOB_RUNNING;
    job->started_ms = now_ms();
    log_event(LOG_INFO, "job_started", LOG_INT("job", job->id),
              LOG_TEXT_FIELD("model", job->model),
              LOG_INT("restarts", job->restarts));
    save(jobs, job);
    return true;
}

static void schedule(struct jobs *jobs)
{
    while (!jobs->draining && jobs->queue.n > 0 &&
           jobs->running.n < jobs->options.n_parallel)
        if (!start(jobs, jobs->queue.items[0]))
            break;
}

static void on_started(void *argument)
{
    schedule(argument);
}

static void on_save_time(void *argument)
{
    struct jobs *jobs = argument;

    for (size_t i = 0; i < jobs->all.n; i++)
        if (jobs->all.items[i]->unsaved ||
            jobs->all.items[i]->state == JOB_RUNNING)
            save(jobs, jobs->all.items[i]);
    schedule(jobs);
}

/* --- the beginning and the end -------------------------------------------- */

/* What the catalog says of before this start. */
static mlp_status restore(struct jobs *jobs, mlp_error *err)
{
    mlp_status status = job_store_load(jobs->catalog, jobs, &jobs->all,
                                       jobs->options.runner.metrics, err);

    if (status == MLP_OK && !job_list_reserve(&jobs->queue, jobs->all.n + 1))
        status = mlp_fail(err, MLP_NOMEM, "jobs: out of memory");
    for (size_t i = 0; i < jobs->all.n && status == MLP_OK; i++) {
        struct job *job = jobs->all.items[i];
        if (job_has_ended(job))
            continue;
        job_list_insert(&jobs->queue, job);
        if (job->state == JOB_QUEUED)
            continue;
        job->state = JOB_QUEUED;
        job->started_ms = 0;
        job->restarts++;
        log_event(LOG_WARN, "job_interrupted", LOG_INT("job", job->id),
                  LOG_TEXT_FIELD("model", job->model),
                  LOG_INT("restarts", job->restarts));
        save(jobs, job);
    }
    return status;
}

/* False: no memory. */
static bool start_up(struct jobs *jobs)
{
    unsigned interval_ms = jobs->options.save_interval_ms;

    if (interval_ms == 0)
        interval_ms = SAVE_INTERVAL_MS;
    jobs->saver = loop_timer_start(jobs->loop, interval_ms, interval_ms,
                                   on_save_time, jobs);
    return jobs->saver != NULL &&
           job_list_reserve(&jobs->running, jobs->options.n_parallel) &&
           loop_post(jobs->loop, on_started, jobs);
}

mlp_status jobs_create(struct loop *loop,
                       struct catalog *catalog,
                       const struct jobs_options *options,
                       struct jobs **out,
                       mlp_error *err)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    mlp_status status = MLP_NOMEM;

    *out = NULL;
    if (jobs != NULL) {
        jobs->loop = loop;
        jobs->catalog = catalog;
        jobs->options = *options;
        status = restore(jobs, err);
    }
    if (status == MLP_OK && !start_up(jobs))
        status = MLP_NOMEM;
    if (status == MLP_NOMEM)
        mlp_fail(err, MLP_NOMEM, "jobs: out of memory");
    if (status != MLP_OK) {
        jobs_destroy(jobs);
        return status;
    }
    *out = jobs;
    return MLP_OK;
}

void jobs_destroy(struct jobs *jobs)
{
    if (jobs == NULL)
        return;
    loop_timer_stop(jobs->saver);
    for (size_t i = 0; i < jobs->all.n; i++) {
        job_waiters_drop(jobs->all.items[i]);
        job_destroy(jobs->all.items[i]);
    }
    job_list_free(&jobs->all);
    job_list_free(&jobs->queue);
    job_list_free(&jobs->running);
    free(jobs);
}

void jobs_drain(struct jobs *jobs, loop_function *function, void *argument)
{
    jobs->draining = true;
    jobs->drained = function;
    jobs->drained_argument = argument;
    for (size_t i = 0; i < jobs->running.n; i++)
        atomic_store(&jobs->running.items[i]->should_stop, true);
    for (size_t i = 0; i < jobs->all.n; i++)
        job_waiters_call(jobs->all.items[i]);
    if (jobs->running.n == 0)
        function(argument);
}

/* --- changes -------------------------------------------------------------- */

mlp_status jobs_submit(struct jobs *jobs,
                       const char *model,
                       const char *spec,
                       const char *table,
                       const char *warnings,
                       int64_t *id,
                       mlp_error *err)
{
    struct job *job;
    mlp_status status;

    if (jobs->queue.n >= jobs->options.max_queued)
        return mlp_fail(err, MLP_LIMIT, "the queue is full: %zu jobs wait",
                        jobs->queue.n);
    job = job_create(jobs, model, spec, table, warnings);
    /* The queue has room for every job: one that runs may come back. */
    if (job == NULL || !job_list_reserve(&jobs->all, jobs->all.n + 1) ||
        !job_list_reserve(&jobs->queue, jobs->all.n + 1)) {
        job_destroy(job);
        return mlp_fail(err, MLP_NOMEM, "job: out of memory");
    }
    job->created_ms = now_ms();
    status =
        job_store_insert(jobs->catalog, job, jobs->options.runner.metrics, err);
    if (status != MLP_OK) {
        job_destroy(job);
        return status;
    }
    *id = job->id;
    job_list_insert(&jobs->all, job);
    job_list_insert(&jobs->queue, job);
    log_event(LOG_INFO, "job_queued", LOG_INT("job", job->id),
              LOG_TEXT_FIELD("model", job->model));
    schedule(jobs);
    return MLP_OK;
}

enum jobs_change jobs_cancel(struct jobs *jobs, int64_t id)
{
    struct job *job = job_list_find(&jobs->all, id);

    if (job == NULL)
        return JOBS_UNKNOWN;
    switch (job->state) {
    case JOB_QUEUED:
        job_list_remove(&jobs->queue, job);
        end_job(jobs, job, JOB_CANCELLED);
        return JOBS_DONE;
    case JOB_RUNNING:
        job->cancel_asked = true;
        atomic_store(&job->should_stop, true);
        return JOBS_DONE;
    case JOB_CANCELLED:
        return JOBS_DONE;
    case JOB_SUCCEEDED:
    case JOB_FAILED:
        break;
    }
    return JOBS_WRONG_STATE;
}

enum jobs_change jobs_delete(struct jobs *jobs, int64_t id)
{
    struct job *job = job_list_find(&jobs->all, id);
    mlp_error err;

    if (job == NULL)
        return JOBS_UNKNOWN;
    if (!job_has_ended(job))
        return JOBS_WRONG_STATE;
    if (catalog_delete_job(jobs->catalog, id, &err) != MLP_OK) {
        log_event(LOG_ERROR, "job_not_deleted", LOG_INT("job", id),
                  LOG_TEXT_FIELD("reason", err.text));
        return JOBS_FAILED;
    }
    job_list_remove(&jobs->all, job);
    job_destroy(job);
    return JOBS_DONE;
}

mlp_status jobs_wait(struct jobs *jobs,
                     int64_t id,
                     uint64_t wait_ms,
                     loop_function *function,
                     void *argument,
                     mlp_error *err)
{
    struct job *job = job_list_find(&jobs->all, id);

    if (job == NULL || job_has_ended(job) || jobs->draining) {
        function(argument);
        return MLP_OK;
    }
    return job_waiters_add(job, jobs->loop, wait_ms, function, argument, err);
}

/* --- looking -------------------------------------------------------------- */

static struct job_view view(struct jobs *jobs, struct job *job)
{
    bool failed = job->state == JOB_FAILED;
    bool queued = job->state == JOB_QUEUED;

    return (struct job_view){
        .id = job->id,
        .model = job->model,
        .state = job->state,
        .progress = job_progress_now(job),
        .metric_names = jobs->options.runner.metrics,
        .queue_position = queued ? job_list_position(&jobs->queue, job->id) : 0,
        .version = job->version,
        .restarts = job->restarts,
        .spec = job->spec,
        .warnings = job->warnings ? job->warnings : "[]",
        .error_reason = failed ? job->error_reason : NULL,
        .error_detail = failed ? job->error.text : NULL,
        .created_ms = job->created_ms,
        .started_ms = job->started_ms,
        .finished_ms = job->finished_ms,
    };
}

bool jobs_get(struct jobs *jobs, int64_t id, struct job_view *out)
{
    struct job *job = job_list_find(&jobs->all, id);

    if (job != NULL)
        *out = view(jobs, job);
    return job != NULL;
}

void jobs_each(struct jobs *jobs,
               const enum job_state *state,
               const char *model,
               int64_t after,
               bool (*each)(void *context, const struct job_view *view),
               void *context)
{
    size_t i = after == 0 ? jobs->all.n : job_list_position(&jobs->all, after);

    while (i-- > 0) {
        struct job *job = jobs->all.items[i];
        if (state != NULL && job->state != *state)
            continue;
        if (model != NULL && strcmp(job->model, model) != 0)
            continue;
        struct job_view shown = view(jobs, job);
        if (!each(context, &shown))
            return;
    }
}

mlp_status
jobs_history(struct jobs *jobs, int64_t id, char **out, mlp_error *err)
{
    struct job *job = job_list_find(&jobs->all, id);

    *out = NULL;
    if (job == NULL)
        return mlp_fail(err, MLP_INVALID, "there is no such job");
    return job_store_history(jobs->catalog, job, jobs->options.runner.metrics,
                             out, err);
}

void jobs_count(struct jobs *jobs, size_t *n_queued, size_t *n_running)
{
    *n_queued = jobs->queue.n;
    *n_running = jobs->running.n;
}

static bool list_uses(const struct job_list *list, const char *sha256)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i]->table != NULL &&
            strcmp(list->items[i]->table, sha256) == 0)
            return true;
    return false;
}

bool jobs_uses_table(struct jobs *jobs, const char *sha256)
{
    return list_uses(&jobs->queue, sha256) || list_uses(&jobs->running, sha256);
}

/* SPDX-License-Identifier: MIT
 *
 * The state machine. Whoever moves a job writes its row; a row that cannot be
 * written is tried again every few seconds, and the job goes on meanwhile. */
#include "jobs/jobs.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/job_store.h"
#include "jobs/job_waiters.h"
#include "jobs/jobs_inner.h"
#include "telemetry/log.h"

enum {
    SAVE_INTERVAL_MS = 10000, /* how old figures may be that a restart shows */
    PURGE_INTERVAL_MS = 3600000, /* of keys that are too old */
};

/* A job that was running so many times when the daemon died may well be what
 * it dies of. */
enum { CRASHES_MAX = 3 };

int64_t jobs_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool jobs_save(struct jobs *jobs, struct job *job)
{
    mlp_error err;

    job->unsaved = job_store_save(jobs->catalog, job,
                                  jobs->options.runner.metrics, &err) != MLP_OK;
    if (job->unsaved)
        log_event(LOG_ERROR, "job_not_saved", LOG_INT("job", job->id),
                  LOG_TEXT_FIELD("reason", err.text));
    else if (job_has_ended(job))
        job_history_free(&job->history);
    return !job->unsaved;
}

/* --- running -------------------------------------------------------------- */

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

/* Nobody will run it again, not even after a kill: its row says so. */
static void forget(struct jobs *jobs, struct job *job)
{
    const struct job_runner *runner = &jobs->options.runner;

    if (job->table != NULL && runner->forget_table != NULL &&
        !jobs_uses_table(jobs, job->table))
        runner->forget_table(runner->context, job->table);
    if (runner->forget_job != NULL)
        runner->forget_job(runner->context, job->id);
}

void jobs_end_job(struct jobs *jobs, struct job *job, enum job_state state)
{
    job->state = state;
    job->finished_ms = jobs_now_ms();
    if (jobs_save(jobs, job))
        forget(jobs, job);
    log_end(job);
    if (jobs->options.on_end != NULL)
        jobs->options.on_end(jobs->options.on_end_context, state,
                             job->started_ms);
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
    jobs_save(jobs, job);
}

/* A job's place is free. */
static void go_on(struct jobs *jobs)
{
    if (!jobs->draining)
        jobs_schedule(jobs);
    else if (jobs->running.n == 0)
        jobs->drained(jobs->drained_argument);
}

void jobs_leave(struct jobs *jobs, struct job *job, enum job_state state)
{
    job_list_remove(&jobs->running, job);
    jobs_end_job(jobs, job, state);
    go_on(jobs);
}

void jobs_leave_for_later(struct jobs *jobs, struct job *job)
{
    job_list_remove(&jobs->running, job);
    queue_again(jobs, job);
    go_on(jobs);
}

/* --- starting ------------------------------------------------------------- */

static void on_done(void *argument)
{
    struct job *job = argument;
    struct jobs *jobs = job->jobs;
    bool stopped = job->run_status == MLP_CANCELLED;

    if (job->run_status == MLP_OK) {
        jobs_try_publishing(jobs, job);
    } else if (stopped && job->cancel_asked) {
        jobs_leave(jobs, job, JOB_CANCELLED);
    } else if (stopped && jobs->draining) {
        jobs_leave_for_later(jobs, job);
    } else {
        if (job->error_reason[0] == '\0')
            job_fail(job, "internal", mlp_status_text(job->run_status));
        jobs_leave(jobs, job, JOB_FAILED);
    }
}

/* False: no memory; the saver tries again. */
static bool start(struct jobs *jobs, struct job *job)
{
    mlp_error err;

    job_reset(job);
    job->result = NULL;
    job->publish_until_ms = 0;
    job->computed = false;
    if (loop_work(jobs->loop, on_run, on_done, job, &err) != MLP_OK) {
        log_event(LOG_ERROR, "job_not_started", LOG_INT("job", job->id),
                  LOG_TEXT_FIELD("reason", err.text));
        return false;
    }
    job_list_remove(&jobs->queue, job);
    job_list_insert(&jobs->running, job);
    job->state = JOB_RUNNING;
    job->started_ms = jobs_now_ms();
    log_event(LOG_INFO, "job_started", LOG_INT("job", job->id),
              LOG_TEXT_FIELD("model", job->model),
              LOG_INT("restarts", job->restarts));
    jobs_save(jobs, job);
    return true;
}

/* A big one keeps its turn: were smaller ones let past, it might wait for
 * ever. */
static bool has_room(const struct jobs *jobs, const struct job *job)
{
    const uint64_t *elsewhere = jobs->options.memory_elsewhere;
    uint64_t max = jobs->options.memory_max_bytes;
    uint64_t taken = jobs_memory(jobs) + (elsewhere ? *elsewhere : 0);

    return max == 0 || taken == 0 ||
           (taken <= max && job->memory_bytes <= max - taken);
}

void jobs_schedule(struct jobs *jobs)
{
    while (!jobs->draining && jobs->queue.n > 0 &&
           jobs->running.n < jobs->options.n_parallel &&
           has_room(jobs, jobs->queue.items[0]))
        if (!start(jobs, jobs->queue.items[0]))
            break;
}

uint64_t jobs_memory(const struct jobs *jobs)
{
    return jobs != NULL ? job_list_memory(&jobs->running) : 0;
}

void jobs_look(struct jobs *jobs)
{
    if (jobs != NULL)
        jobs_schedule(jobs);
}

static void on_started(void *argument)
{
    jobs_schedule(argument);
}

/* Its row is behind. */
static bool save_again(struct jobs *jobs, struct job *job)
{
    bool ended = job_has_ended(job);

    if (!jobs_save(jobs, job))
        return false;
    if (ended)
        forget(jobs, job);
    return true;
}

void jobs_save_pending(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->all.n; i++) {
        struct job *job = jobs->all.items[i];
        if (job->unsaved || job->state == JOB_RUNNING)
            save_again(jobs, job);
    }
}

mlp_status jobs_settle(struct jobs *jobs, const char *model, mlp_error *err)
{
    for (size_t i = 0; jobs != NULL && i < jobs->all.n; i++) {
        struct job *job = jobs->all.items[i];
        if (job->unsaved && job_has_ended(job) &&
            strcmp(job->model, model) == 0 && !save_again(jobs, job))
            return mlp_fail(err, MLP_IO,
                            "the end of job %" PRId64 " cannot be stored",
                            job->id);
    }
    return MLP_OK;
}

static void on_save_time(void *argument)
{
    jobs_save_pending(argument);
    jobs_schedule(argument);
}

/* --- the beginning and the end -------------------------------------------- */

/* It had taken a version: is the file there, and whole? Then a kill came
 * between its name and the job's last commit. */
static bool was_published(struct jobs *jobs, struct job *job)
{
    const struct job_runner *runner = &jobs->options.runner;

    return job->reserved != 0 && runner->published != NULL &&
           runner->published(runner->context, job, job->reserved);
}

/* It ran when the daemon died: once more, or was that once too often? */
static void interrupted(struct jobs *jobs, struct job *job)
{
    job->restarts++;
    log_event(LOG_WARN, "job_interrupted", LOG_INT("job", job->id),
              LOG_TEXT_FIELD("model", job->model),
              LOG_INT("restarts", job->restarts));
    if (job->restarts < CRASHES_MAX) {
        job->state = JOB_QUEUED;
        job->started_ms = 0;
        jobs_save(jobs, job);
        return;
    }
    job_list_remove(&jobs->queue, job);
    job_fail(job, "crash-loop",
             "the daemon died again and again while this job was running");
    jobs_end_job(jobs, job, JOB_FAILED);
}

/* It is in the queue, with the state that it had. */
static void resume(struct jobs *jobs, struct job *job)
{
    bool published = was_published(jobs, job);

    if (published) {
        job->version = job->reserved;
        jobs_complete(job);
    }
    if (published || job->cancel_asked) {
        job_list_remove(&jobs->queue, job);
        jobs_end_job(jobs, job, published ? JOB_SUCCEEDED : JOB_CANCELLED);
    } else if (job->state == JOB_RUNNING) {
        interrupted(jobs, job);
    }
}

/* What the catalog says of before this start. All are queued before the first
 * one ends: its table may be another's, too. */
static mlp_status restore(struct jobs *jobs, mlp_error *err)
{
    mlp_status status = job_store_load(jobs->catalog, jobs, &jobs->all,
                                       jobs->options.runner.metrics, err);

    if (status == MLP_OK && !job_list_reserve(&jobs->queue, jobs->all.n + 1))
        status = mlp_fail(err, MLP_NOMEM, "jobs: out of memory");
    if (status != MLP_OK)
        return status;
    for (size_t i = 0; i < jobs->all.n; i++) {
        struct job *job = jobs->all.items[i];
        if (job_has_ended(job))
            continue;
        job_weigh(job, &jobs->options.runner);
        job_list_insert(&jobs->queue, job);
    }
    for (size_t i = 0; i < jobs->all.n; i++)
        if (!job_has_ended(jobs->all.items[i]))
            resume(jobs, jobs->all.items[i]);
    return MLP_OK;
}

static void on_purge_time(void *argument)
{
    struct jobs *jobs = argument;
    mlp_error err;

    if (catalog_purge_keys(jobs->catalog, jobs_now_ms(), &err) != MLP_OK)
        log_event(LOG_WARN, "keys_not_purged",
                  LOG_TEXT_FIELD("reason", err.text));
}

/* False: no memory. */
static bool start_up(struct jobs *jobs)
{
    unsigned interval_ms = jobs->options.save_interval_ms;

    if (interval_ms == 0)
        interval_ms = SAVE_INTERVAL_MS;
    jobs->saver = loop_timer_start(jobs->loop, interval_ms, interval_ms,
                                   on_save_time, jobs);
    jobs->purger =
        loop_timer_start(jobs->loop, 0, PURGE_INTERVAL_MS, on_purge_time, jobs);
    return jobs->saver != NULL && jobs->purger != NULL &&
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
        jobs->inbox_end = &jobs->inbox;
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
    loop_timer_stop(jobs->purger);
    for (size_t i = 0; i < jobs->all.n; i++) {
        loop_timer_stop(jobs->all.items[i]->publisher);
        jobs_discard_result(jobs, jobs->all.items[i]);
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
    jobs_flush(jobs);
    bool idle = jobs->running.n == 0;
    jobs->draining = true;
    jobs->drained = function;
    jobs->drained_argument = argument;
    for (size_t i = jobs->running.n; i-- > 0;) {
        struct job *job = jobs->running.items[i];
        atomic_store(&job->will_resume, true);
        atomic_store(&job->should_stop, true);
        jobs_give_up_publishing(jobs, job);
    }
    for (size_t i = 0; i < jobs->all.n; i++)
        job_waiters_call(jobs->all.items[i]);
    if (idle)
        function(argument);
}

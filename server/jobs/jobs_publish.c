/* SPDX-License-Identifier: MIT
 *
 * From a result to a version that everybody sees, once and for all: a version
 * is reserved in the catalog, the file gets its name, the job has succeeded. A
 * kill between any two of them is found out at the next start, and a disk that
 * does not take the result is given time. */
#include <time.h>

#include "jobs/job_store.h"
#include "jobs/jobs_inner.h"
#include "telemetry/log.h"

enum {
    RETRY_MS = 2000,      /* how often to look whether the disk is back */
    PATIENCE_MS = 300000, /* and for how long, before the job fails */
};

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void jobs_discard_result(struct jobs *jobs, struct job *job)
{
    const struct job_runner *runner = &jobs->options.runner;

    if (job->result != NULL && runner->discard != NULL)
        runner->discard(runner->context, job, job->result);
    job->result = NULL;
}

/* One commit takes the version and says what the end will say; a kill after it
 * finds the job done as soon as its file is there. */
static mlp_status reserve(struct jobs *jobs, struct job *job, mlp_error *err)
{
    const struct job_runner *runner = &jobs->options.runner;
    uint32_t before = job->reserved;

    if (runner->reserve == NULL)
        return MLP_OK;
    mlp_status status = catalog_begin(jobs->catalog, err);
    if (status != MLP_OK)
        return status;
    status =
        runner->reserve(runner->context, job, job->result, &job->reserved, err);
    if (status == MLP_OK)
        status = job_store_save(jobs->catalog, job,
                                jobs->options.runner.metrics, err);
    status = catalog_end(jobs->catalog, status, err);
    if (status != MLP_OK)
        job->reserved = before;
    return status;
}

static mlp_status publish(struct jobs *jobs, struct job *job, mlp_error *err)
{
    const struct job_runner *runner = &jobs->options.runner;
    mlp_status status = reserve(jobs, job, err);
    uint32_t version = job->reserved;

    if (status == MLP_OK)
        status =
            runner->finish(runner->context, job, job->result, &version, err);
    if (status == MLP_OK) {
        job->result = NULL;
        job->version = version;
    }
    return status;
}

void jobs_complete(struct job *job)
{
    pthread_mutex_lock(&job->lock);
    job->progress.progress = 1;
    job->progress.eta_s = 0;
    pthread_mutex_unlock(&job->lock);
}

static void on_publish_time(void *argument);

/* The work is done, the disk is not up to it: it has some time to recover.
 * False when that is over. */
static bool publish_later(struct jobs *jobs, struct job *job, const char *why)
{
    unsigned patience_ms = jobs->options.publish_patience_ms;
    unsigned retry_ms = jobs->options.publish_retry_ms;

    if (job->publish_until_ms == 0)
        job->publish_until_ms =
            clock_ms() + (patience_ms ? patience_ms : PATIENCE_MS);
    if (clock_ms() >= job->publish_until_ms)
        return false;
    job->publisher = loop_timer_start(
        jobs->loop, retry_ms ? retry_ms : RETRY_MS, 0, on_publish_time, job);
    log_event(LOG_ERROR, "job_not_published", LOG_INT("job", job->id),
              LOG_TEXT_FIELD("model", job->model),
              LOG_TEXT_FIELD("reason", why));
    return job->publisher != NULL;
}

static void fail_publishing(struct jobs *jobs,
                            struct job *job,
                            bool storage,
                            const char *detail)
{
    jobs_discard_result(jobs, job);
    if (job->error_reason[0] == '\0')
        job_fail(job, storage ? "storage" : "not_published", detail);
    jobs_leave(jobs, job, JOB_FAILED);
}

void jobs_try_publishing(struct jobs *jobs, struct job *job)
{
    mlp_error err = {.text = ""};
    job->computed = true;
    mlp_status status = publish(jobs, job, &err);
    bool storage = status == MLP_FULL || status == MLP_IO;

    if (status == MLP_OK) {
        jobs_complete(job);
        jobs_leave(jobs, job, JOB_SUCCEEDED);
    } else if (storage && (jobs->draining || job->cancel_asked)) {
        jobs_discard_result(jobs, job);
        if (job->cancel_asked)
            jobs_leave(jobs, job, JOB_CANCELLED);
        else
            jobs_leave_for_later(jobs, job);
    } else if (!storage || !publish_later(jobs, job, err.text)) {
        fail_publishing(jobs, job, storage, err.text);
    }
}

static void on_store(void *argument)
{
    struct job *job = argument;
    const struct job_runner *runner = &job->jobs->options.runner;

    runner->store(runner->context, job, job->result);
}

static void on_stored(void *argument)
{
    struct job *job = argument;

    jobs_try_publishing(job->jobs, job);
}

static void on_publish_time(void *argument)
{
    struct job *job = argument;
    mlp_error err;

    job->publisher = NULL; /* a one-shot, it has ended itself */
    if (job->jobs->options.runner.store == NULL ||
        loop_work(job->jobs->loop, on_store, on_stored, job, &err) != MLP_OK)
        jobs_try_publishing(job->jobs, job);
}

bool jobs_give_up_publishing(struct jobs *jobs, struct job *job)
{
    if (job->publisher == NULL)
        return false;
    loop_timer_stop(job->publisher);
    job->publisher = NULL;
    jobs_discard_result(jobs, job);
    if (job->cancel_asked)
        jobs_leave(jobs, job, JOB_CANCELLED);
    else
        jobs_leave_for_later(jobs, job);
    return true;
}

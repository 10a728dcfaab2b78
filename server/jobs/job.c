/* SPDX-License-Identifier: MIT
 *
 * A job's life in memory and its channel to the runner. */
#include "jobs/job.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *copy(const char *text, bool *lost)
{
    char *out = text ? strdup(text) : NULL;
    *lost = *lost || (text != NULL && out == NULL);
    return out;
}

struct job *job_create(struct jobs *jobs,
                       const char *model,
                       const char *spec,
                       const char *table,
                       const char *warnings)
{
    struct job *job = calloc(1, sizeof *job);
    bool lost = false;

    if (job == NULL)
        return NULL;
    pthread_mutex_init(&job->lock, NULL);
    job->jobs = jobs;
    job->model = copy(model, &lost);
    job->spec = copy(spec, &lost);
    job->table = copy(table, &lost);
    job->warnings = copy(warnings, &lost);
    job_reset(job);
    if (!lost)
        return job;
    job_destroy(job);
    return NULL;
}

void job_destroy(struct job *job)
{
    if (job == NULL)
        return;
    free(job->model);
    free(job->spec);
    free(job->table);
    free(job->warnings);
    free(job->outcome);
    job_history_free(&job->history);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

bool job_set_outcome(struct job *job, const char *json)
{
    bool lost = false;
    char *outcome = copy(json, &lost);

    if (lost)
        return false;
    free(job->outcome);
    job->outcome = outcome;
    return true;
}

void job_weigh(struct job *job, const struct job_runner *runner)
{
    if (runner->memory != NULL)
        job->memory_bytes = runner->memory(runner->context, job);
}

bool job_has_ended(const struct job *job)
{
    return job->state != JOB_QUEUED && job->state != JOB_RUNNING;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void job_reset(struct job *job)
{
    pthread_mutex_lock(&job->lock);
    job->start_clock_ms = monotonic_ms();
    job->progress =
        (struct job_progress){.rate = (double)NAN, .eta_s = (double)NAN};
    for (size_t i = 0; i < JOB_METRICS_MAX; i++)
        job->progress.metrics[i] = job->progress.best_metrics[i] = (double)NAN;
    job_history_free(&job->history);
    job->error_reason[0] = job->error.text[0] = '\0';
    pthread_mutex_unlock(&job->lock);
    atomic_store(&job->should_stop, false);
    atomic_store(&job->will_resume, false);
}

struct job_progress job_progress_now(struct job *job)
{
    pthread_mutex_lock(&job->lock);
    struct job_progress progress = job->progress;
    pthread_mutex_unlock(&job->lock);
    return progress;
}

/* --- what the runner calls ------------------------------------------------ */

int64_t job_id(const struct job *job)
{
    return job->id;
}

const char *job_model(const struct job *job)
{
    return job->model;
}

const char *job_spec(const struct job *job)
{
    return job->spec;
}

const char *job_table(const struct job *job)
{
    return job->table;
}

bool job_should_stop(const struct job *job)
{
    return atomic_load_explicit(&job->should_stop, memory_order_acquire);
}

bool job_will_resume(const struct job *job)
{
    return atomic_load_explicit(&job->will_resume, memory_order_relaxed);
}

/* As much time per share as until now. */
static double eta_s(double progress, int64_t elapsed_ms)
{
    if (!(progress > 0 && progress <= 1))
        return (double)NAN;
    return (double)elapsed_ms / 1000 * (1 - progress) / progress;
}

void job_report(struct job *job,
                const struct job_progress *progress,
                bool step_done)
{
    int64_t now = monotonic_ms();

    pthread_mutex_lock(&job->lock);
    job->progress = *progress;
    if (isnan(progress->eta_s))
        job->progress.eta_s =
            eta_s(progress->progress, now - job->start_clock_ms);
    if (step_done)
        job_history_append(&job->history, progress->step, progress->metrics);
    pthread_mutex_unlock(&job->lock);
}

void job_fail(struct job *job, const char *reason, const char *detail)
{
    pthread_mutex_lock(&job->lock);
    snprintf(job->error_reason, sizeof job->error_reason, "%s", reason);
    mlp_fail(&job->error, MLP_INVALID, "%s", detail); /* cut where it may be */
    pthread_mutex_unlock(&job->lock);
}

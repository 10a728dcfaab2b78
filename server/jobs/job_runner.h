/* SPDX-License-Identifier: MIT
 *
 * What does a job's work, and what it sees of its job: an identity and a
 * channel back. */
#ifndef MLPD_JOB_RUNNER_H
#define MLPD_JOB_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

enum { JOB_METRICS_MAX = 6, JOB_STOPPED_MAX = 16 };

/* How far a job is; NaN for a figure it does not have. */
struct job_progress {
    double progress;                 /* [0, 1] */
    size_t step, n_steps;            /* epochs */
    double metrics[JOB_METRICS_MAX]; /* in the order of job_runner.metrics */
    size_t best_step;
    double best_metrics[JOB_METRICS_MAX];
    double rate;  /* samples per second */
    double eta_s; /* NaN: as much time a share as until now */
    /* Why it ended by itself, a stable word; "" until then. */
    char stopped[JOB_STOPPED_MAX];
};

/* One step of a job's history; NaN for a figure that it does not have. */
struct job_step {
    size_t step;
    double metrics[JOB_METRICS_MAX]; /* in the order of job_runner.metrics */
};

struct job;
/* Threads: pool, loop. */
int64_t job_id(const struct job *job);
const char *job_model(const struct job *job);
const char *job_spec(const struct job *job);  /* JSON text */
const char *job_table(const struct job *job); /* sha256 text */
/* Is somebody waiting for it to stop? An atomic flag.  Threads: pool. */
bool job_should_stop(const struct job *job);
/* … and if so, is it to be run again by the next daemon? Then it had better
 * write down where it stands.  Threads: pool. */
bool job_will_resume(const struct job *job);
/* Publish where it stands; `step_done` also appends metrics to its history.
 * Threads: pool. */
void job_report(struct job *job,
                const struct job_progress *progress,
                bool step_done);
/* Say why it failed: a stable word ("diverged") and a sentence.
 * Threads: pool, loop. */
void job_fail(struct job *job, const char *reason, const char *detail);
/* What else came of it, beside a version: a JSON object, whose members its
 * result gets. NULL: nothing. False: no memory.  Threads: loop. */
bool job_set_outcome(struct job *job, const char *json);

struct job_runner {
    const char *const *metrics; /* names, NULL-terminated, ≤ JOB_METRICS_MAX */
    void *context;
    /* Do the work. MLP_CANCELLED when it obeyed job_should_stop(); anything
     * else but MLP_OK after job_fail(). *result is handed to finish.
     * Threads: pool. */
    mlp_status (*run)(void *context, struct job *job, void **result);
    /* Take the version that the result will be, unless *version is one taken
     * before, and store what it is, in the caller's transaction. May be NULL.
     * Threads: loop. */
    mlp_status (*reserve)(void *context,
                          struct job *job,
                          void *result,
                          uint32_t *version,
                          mlp_error *err);
    /* Make the result visible under the reserved version, or say which one it
     * is; `result` is its own on MLP_OK. MLP_FULL and MLP_IO, also of
     * reserve(): both may be called again. Any other failure fails the job, for
     * the reason given to job_fail(), else "not_published".  Threads: loop. */
    mlp_status (*finish)(void *context,
                         struct job *job,
                         void *result,
                         uint32_t *version,
                         mlp_error *err);
    /* Before it is called again: make the result ready for that. What fails
     * here, fails there again. May be NULL.  Threads: pool. */
    void (*store)(void *context, struct job *job, void *result);
    /* A result that will not be finished. May be NULL.  Threads: loop. */
    void (*discard)(void *context, const struct job *job, void *result);
    /* After a restart: is the version that the job had reserved there, and
     * whole? What finish() does behind that is then done again. May be NULL.
     * Threads: loop. */
    bool (*published)(void *context, struct job *job, uint32_t version);
    /* Bytes of memory that a run takes, at most; NULL: nobody counts.
     * Threads: loop. */
    uint64_t (*memory)(void *context, const struct job *job);
    /* The tables that were named so far must be there after a crash, too. May
     * be NULL.  Threads: loop. */
    mlp_status (*sync_tables)(void *context, mlp_error *err);
    /* Nobody needs this table's file any more.  Threads: loop. */
    void (*forget_table)(void *context, const char *sha256);
    /* The job has ended: nobody will run it again.  Threads: loop. */
    void (*forget_job)(void *context, int64_t id);
};

#endif

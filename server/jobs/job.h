/* SPDX-License-Identifier: MIT
 *
 * One job's memory, and who may touch what of it. Inner header of
 * server/jobs/. */
#ifndef MLPD_JOB_H
#define MLPD_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "jobs/job_history.h"
#include "jobs/job_runner.h"
#include "jobs/job_state.h"

struct job_waiter;
struct jobs;

struct job {
    /* Set before it is known to anybody, then only read. */
    struct jobs *jobs;
    int64_t id;
    char *model, *spec, *table, *warnings; /* warnings may be NULL */
    int64_t created_ms;
    uint64_t memory_bytes; /* of a run; 0: nobody knows */

    /* The loop thread's. */
    enum job_state state;
    uint32_t version, restarts;
    uint32_t reserved; /* a version taken before its file is named; 0: none */
    int64_t publish_until_ms; /* monotonic; 0: the disk has not failed yet */
    struct loop_timer *publisher; /* the next try, or NULL */
    int64_t started_ms, finished_ms;
    bool cancel_asked; /* somebody wants it cancelled, not merely stopped */
    bool computed;     /* it has run to its end: only its publication is left */
    bool unsaved;      /* its row in the catalog is behind; tried again */
    char *outcome;     /* JSON, or NULL */
    struct job_waiter *waiters;

    /* Written by the pool thread that runs it, read by the loop after that. */
    mlp_status run_status;
    void *result;

    /* loop → pool */
    atomic_bool should_stop;
    atomic_bool will_resume; /* set before should_stop */

    /* A leaf. Guards what follows: written by the pool thread while the job
     * runs, by the loop otherwise; read by the loop. */
    pthread_mutex_t lock;
    int64_t start_clock_ms; /* monotonic */
    struct job_progress progress;
    struct job_history history; /* while it runs, and until it is saved */
    char error_reason[32];      /* "" while nothing failed */
    mlp_error error;            /* its text is the detail */
};

/* Texts are copied, table and warnings may be NULL. NULL: no memory.
 * Threads: loop, like the rest of this header. */
struct job *job_create(struct jobs *jobs,
                       const char *model,
                       const char *spec,
                       const char *table,
                       const char *warnings);
void job_destroy(struct job *job); /* accepts NULL */

/* How much memory its run takes, as the runner says. */
void job_weigh(struct job *job, const struct job_runner *runner);

bool job_has_ended(const struct job *job);

/* Forget progress and history: it begins (again). */
void job_reset(struct job *job);
struct job_progress job_progress_now(struct job *job);

#endif

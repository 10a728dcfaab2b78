/* SPDX-License-Identifier: MIT
 *
 * Jobs: a queue, a scheduler and their states. What a job does is its runner's
 * business; nothing here knows about learning.
 *
 *   QUEUED --start--> RUNNING --on_done--> SUCCEEDED | FAILED | CANCELLED
 *      \   \________ queue_again ___/                            /
 *       \________________________ jobs_cancel _________________/
 *
 * queue_again is for the orderly stop. A job that was RUNNING when the daemon
 * died is QUEUED again at the next start, with restarts + 1; the third time it
 * is FAILED, for "crash-loop". All of it lives on the loop thread; a running
 * job's progress is written by its pool thread and read under the job's
 * lock. */
#ifndef MLPD_JOBS_H
#define MLPD_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/job_runner.h"
#include "jobs/job_state.h"
#include "jobs/loop.h"
#include "mlp/status.h"
#include "store/catalog.h"

/* A job as the outside sees it; its pointers are valid until the loop turns to
 * something else. */
struct job_view {
    int64_t id;
    const char *model;
    enum job_state state;
    struct job_progress progress;
    const char *const *metric_names;
    size_t queue_position; /* QUEUED: 0 is next */
    uint32_t version;      /* SUCCEEDED */
    const char *outcome;   /* JSON object: more of the result, or NULL */
    uint32_t restarts;
    const char *spec, *warnings;             /* JSON texts */
    const char *error_reason, *error_detail; /* FAILED, else NULL */
    int64_t created_ms, started_ms, finished_ms;
};

struct jobs;

/* Reads the catalog and queues what was queued or running. n_parallel jobs run
 * at once; at most max_queued wait.  Owner: caller; jobs_destroy().
 * on_end (may be NULL) is told of each end, for metrics; started_ms is 0 of a
 * job that never ran. */
struct jobs_options {
    unsigned n_parallel;
    size_t max_queued;
    /* Jobs start, in their order, as long as they fit together; one alone
     * always does. 0: no limit. */
    uint64_t memory_max_bytes;
    const uint64_t *memory_elsewhere; /* so much of it others have; or NULL */
    unsigned save_interval_ms;        /* of rows while jobs run; 0: 10 s */
    /* A result that the disk does not take is tried again, for so long. */
    unsigned publish_retry_ms, publish_patience_ms; /* 0: 2 s, 5 minutes */
    struct job_runner runner;
    void (*on_end)(void *context, enum job_state state, int64_t started_ms);
    void *on_end_context;
};
mlp_status jobs_create(struct loop *loop,
                       struct catalog *catalog,
                       const struct jobs_options *options,
                       struct jobs **out,
                       mlp_error *err);
void jobs_destroy(struct jobs *jobs);

/* Everything below: Threads: loop. */

/* What the jobs that run have of the memory. NULL has none. */
uint64_t jobs_memory(const struct jobs *jobs);
/* *memory_elsewhere has become less: a job may start. NULL is fine. */
void jobs_look(struct jobs *jobs);

/* A wish for a job; the caller's until `done` was called. */
struct jobs_submission {
    const char *model, *spec, *table, *warnings; /* copied for the job */
    /* The Idempotency-Key and the sha256 text of all that was asked for with
     * it; or NULL. */
    const char *key, *request;
    loop_function *done;
    void *argument;

    enum jobs_outcome {
        JOBS_ACCEPTED,  /* it is on stable storage */
        JOBS_REPLAYED,  /* the key has its job from before */
        JOBS_KEY_TAKEN, /* … which was asked for in other words */
        JOBS_REFUSED,   /* err: MLP_LIMIT the queue is full; MLP_FULL, MLP_IO,
                           MLP_NOMEM */
    } outcome;
    int64_t id; /* unless it was refused */
    mlp_error err;

    struct jobs_submission *next; /* the queue's own */
    struct job *job;
};
/* Queue a job; `done` is called once when that is settled. Those that come
 * while others are being stored share one commit. */
void jobs_submit(struct jobs *jobs, struct jobs_submission *submission);
/* Settle what waits for the next commit now. */
void jobs_flush(struct jobs *jobs);
/* Has its key a job? outcome and id then say so, else outcome is JOBS_ACCEPTED.
 */
mlp_status jobs_find_key(struct jobs *jobs,
                         struct jobs_submission *submission,
                         mlp_error *err);
bool jobs_get(struct jobs *jobs, int64_t id, struct job_view *out);
/* Jobs in order of id, newest first, that match; `model` may be NULL; state
 * NULL: any. Starts below id `after` (0: at the newest); stops when each
 * returns false. */
void jobs_each(struct jobs *jobs,
               const enum job_state *state,
               const char *model,
               int64_t after,
               bool (*each)(void *context, const struct job_view *view),
               void *context);
/* The per-step history as JSON text, {"epoch":[1,2],"loss":[…],…}; free() it.
 */
mlp_status
jobs_history(struct jobs *jobs, int64_t id, char **out, mlp_error *err);
/* The first steps of its history behind step `after`, at most n_max; *n of
 * them. An ended job's are read from the catalog; those of a few jobs that were
 * asked for last stay in memory. Errors: MLP_INVALID there is no such job; of
 * the catalog. */
mlp_status jobs_steps(struct jobs *jobs,
                      int64_t id,
                      size_t after,
                      struct job_step *out,
                      size_t n_max,
                      size_t *n,
                      mlp_error *err);

enum jobs_change { JOBS_DONE, JOBS_UNKNOWN, JOBS_WRONG_STATE, JOBS_FAILED };
/* Ask it to stop, on stable storage: a queued one is cancelled now, a running
 * one at its next look. DONE also when it is already cancelled. WRONG_STATE: it
 * has ended. FAILED: that could not be stored, nothing has changed. */
enum jobs_change jobs_cancel(struct jobs *jobs, int64_t id);
/* Forget an ended one. */
enum jobs_change jobs_delete(struct jobs *jobs, int64_t id);

/* Call `function` once: when the job has ended or jobs_drain() is called (at
 * once if that is so, or there is no such job), or wait_ms later. Used by
 * ?wait=. MLP_NOMEM. */
mlp_status jobs_wait(struct jobs *jobs,
                     int64_t id,
                     uint64_t wait_ms,
                     loop_function *function,
                     void *argument,
                     mlp_error *err);

/* Write all rows that are behind: the disk works again. */
void jobs_save_pending(struct jobs *jobs);

/* Store each end of a job of this model that is not stored yet: before one of
 * its versions goes, or a kill would bring that back. MLP_IO: one cannot be.
 * NULL has none. */
mlp_status jobs_settle(struct jobs *jobs, const char *model, mlp_error *err);

/* When the job was created that waits for longest, or 0: none waits. */
int64_t jobs_waiting_since(const struct jobs *jobs);
void jobs_count(struct jobs *jobs, size_t *n_queued, size_t *n_running);
bool jobs_uses_table(struct jobs *jobs, const char *sha256);

/* No more starts; running ones are told to stop and are queued again for the
 * next start of the daemon; waiters are called. `function` is called when none
 * runs any more. */
void jobs_drain(struct jobs *jobs, loop_function *function, void *argument);

#endif

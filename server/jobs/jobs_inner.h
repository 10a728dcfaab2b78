/* SPDX-License-Identifier: MIT
 *
 * What the files of jobs.h share: the scheduler itself. Nothing here is for
 * others; all of it is the loop's. */
#ifndef MLPD_JOBS_INNER_H
#define MLPD_JOBS_INNER_H

#include "jobs/job.h"
#include "jobs/job_list.h"
#include "jobs/jobs.h"

/* Ended jobs whose history is in memory because somebody reads it. */
enum { JOBS_RECALLED_MAX = 8 };

struct jobs {
    struct loop *loop;
    struct catalog *catalog;
    struct jobs_options options;
    struct loop_timer *saver, *purger;
    struct job_list all; /* owns them */
    struct job_list queue, running;
    /* What waits for the next commit, in order. */
    struct jobs_submission *inbox, **inbox_end;
    bool flush_posted;
    int64_t recalled[JOBS_RECALLED_MAX]; /* ids, the last asked for first */
    size_t n_recalled;
    bool draining;
    loop_function *drained;
    void *drained_argument;
};

int64_t jobs_now_ms(void);

/* Write the job's row. False: it could not be, and is tried again later. */
bool jobs_save(struct jobs *jobs, struct job *job);
/* Start what may start. */
void jobs_schedule(struct jobs *jobs);
/* A job that is in no list of open ones any more has ended. */
void jobs_end_job(struct jobs *jobs, struct job *job, enum job_state state);
/* One that runs does not any more: it has ended, or waits for the next daemon.
 */
void jobs_leave(struct jobs *jobs, struct job *job, enum job_state state);
void jobs_leave_for_later(struct jobs *jobs, struct job *job);

/* (jobs_publish.c) Its work is done, job->result is there: publish it now, or
 * when the disk has recovered. */
void jobs_try_publishing(struct jobs *jobs, struct job *job);
/* The figures of one that has succeeded. */
void jobs_complete(struct job *job);
void jobs_discard_result(struct jobs *jobs, struct job *job);
/* One that runs has only its publication left, which waits for the disk: give
 * that up. False when it is not so. */
bool jobs_give_up_publishing(struct jobs *jobs, struct job *job);

#endif

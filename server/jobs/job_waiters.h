/* SPDX-License-Identifier: MIT
 *
 * Who waits for a job's end. Inner header of server/jobs/; the loop's. */
#ifndef MLPD_JOB_WAITERS_H
#define MLPD_JOB_WAITERS_H

#include "jobs/job.h"
#include "jobs/loop.h"

/* Call `function` once: by job_waiters_call(), or wait_ms later. MLP_NOMEM. */
mlp_status job_waiters_add(struct job *job,
                           struct loop *loop,
                           uint64_t wait_ms,
                           loop_function *function,
                           void *argument,
                           mlp_error *err);
/* Call them all, in the order of their coming; they are then gone. The job may
 * be deleted by what they do. */
void job_waiters_call(struct job *job);
/* Forget them without a call. */
void job_waiters_drop(struct job *job);

#endif

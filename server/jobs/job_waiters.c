/* SPDX-License-Identifier: MIT
 *
 * A list in each job, with a timer for each waiter. */
#include "jobs/job_waiters.h"

#include <stdlib.h>

struct job_waiter {
    struct job_waiter *next;
    struct job *job;
    struct loop_timer *timer;
    loop_function *function;
    void *argument;
};

/* Its timer, a one-shot, has ended itself. */
static void on_timeout(void *argument)
{
    struct job_waiter *waiter = argument;
    struct job_waiter **link = &waiter->job->waiters;

    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
    waiter->function(waiter->argument);
    free(waiter);
}

mlp_status job_waiters_add(struct job *job,
                           struct loop *loop,
                           uint64_t wait_ms,
                           loop_function *function,
                           void *argument,
                           mlp_error *err)
{
    struct job_waiter *waiter = malloc(sizeof *waiter);
    struct job_waiter **link = &job->waiters;

    if (waiter == NULL)
        return mlp_fail(err, MLP_NOMEM, "wait for a job: out of memory");
    *waiter = (struct job_waiter){
        .job = job, .function = function, .argument = argument};
    waiter->timer = loop_timer_start(loop, wait_ms, 0, on_timeout, waiter);
    if (waiter->timer == NULL) {
        free(waiter);
        return mlp_fail(err, MLP_NOMEM, "wait for a job: out of memory");
    }
    while (*link != NULL)
        link = &(*link)->next;
    *link = waiter;
    return MLP_OK;
}

static void end_waiters(struct job *job, bool call)
{
    struct job_waiter *waiter = job->waiters;

    /* Timers first: a call may take long, and may delete the job. */
    job->waiters = NULL;
    for (struct job_waiter *w = waiter; w != NULL; w = w->next)
        loop_timer_stop(w->timer);
    while (waiter != NULL) {
        struct job_waiter *next = waiter->next;
        if (call)
            waiter->function(waiter->argument);
        free(waiter);
        waiter = next;
    }
}

void job_waiters_call(struct job *job)
{
    end_waiters(job, true);
}

void job_waiters_drop(struct job *job)
{
    end_waiters(job, false);
}

/* SPDX-License-Identifier: MIT
 *
 * Steps of a job's history, a few at a time. A job that has ended has them in
 * the catalog alone, as one text: whoever reads it bit by bit would have it
 * taken apart again for each, so that the last few stay in memory. */
#include <stdlib.h>
#include <string.h>

#include "jobs/jobs_inner.h"
#include "telemetry/log.h"

/* Nobody but the loop has an ended job. One that is not saved yet needs its
 * history for that. */
static void forget(struct jobs *jobs, int64_t id)
{
    struct job *job = job_list_find(&jobs->all, id);

    if (job != NULL && job_has_ended(job) && !job->unsaved)
        job_history_free(&job->history);
}

/* To the front of the list, where it may push another one out. */
static void remember(struct jobs *jobs, int64_t id)
{
    size_t at = 0;

    while (at < jobs->n_recalled && jobs->recalled[at] != id)
        at++;
    if (at == JOBS_RECALLED_MAX)
        forget(jobs, jobs->recalled[--at]);
    else if (at == jobs->n_recalled)
        jobs->n_recalled++;
    memmove(jobs->recalled + 1, jobs->recalled, at * sizeof jobs->recalled[0]);
    jobs->recalled[0] = id;
}

/* Have its history in memory. A text that cannot be read is as good as none. */
static mlp_status recall(struct jobs *jobs, struct job *job, mlp_error *err)
{
    char *text = NULL;

    if (!job_has_ended(job) || job->unsaved)
        return MLP_OK;
    if (job->history.n == 0) {
        mlp_status status =
            catalog_job_history(jobs->catalog, job->id, &text, err);
        if (status != MLP_OK || text == NULL)
            return status;
        status = job_history_read(&job->history, text,
                                  jobs->options.runner.metrics, err);
        free(text);
        if (status == MLP_NOMEM)
            return status;
        if (status != MLP_OK)
            log_event(LOG_WARN, "job_history_lost", LOG_INT("job", job->id),
                      LOG_TEXT_FIELD("reason", err->text));
    }
    remember(jobs, job->id);
    return MLP_OK;
}

mlp_status jobs_steps(struct jobs *jobs,
                      int64_t id,
                      size_t after,
                      struct job_step *out,
                      size_t n_max,
                      size_t *n,
                      mlp_error *err)
{
    struct job *job = job_list_find(&jobs->all, id);

    *n = 0;
    if (job == NULL)
        return mlp_fail(err, MLP_INVALID, "there is no such job");
    mlp_status status = recall(jobs, job, err);
    if (status != MLP_OK)
        return status;
    pthread_mutex_lock(&job->lock);
    *n = job_history_copy(&job->history, after, out, n_max);
    pthread_mutex_unlock(&job->lock);
    return MLP_OK;
}

/* SPDX-License-Identifier: MIT
 *
 * Looking at jobs. Nothing here changes anything. */
#include <string.h>

#include "jobs/job_store.h"
#include "jobs/jobs_inner.h"

static struct job_view view(struct jobs *jobs, struct job *job)
{
    bool failed = job->state == JOB_FAILED;
    bool queued = job->state == JOB_QUEUED;

    return (struct job_view){
        .id = job->id,
        .model = job->model,
        .state = job->state,
        .progress = job_progress_now(job),
        .metric_names = jobs->options.runner.metrics,
        .queue_position = queued ? job_list_position(&jobs->queue, job->id) : 0,
        .version = job->version,
        .outcome = job->outcome,
        .restarts = job->restarts,
        .spec = job->spec,
        .warnings = job->warnings ? job->warnings : "[]",
        .error_reason = failed ? job->error_reason : NULL,
        .error_detail = failed ? job->error.text : NULL,
        .created_ms = job->created_ms,
        .started_ms = job->started_ms,
        .finished_ms = job->finished_ms,
    };
}

bool jobs_get(struct jobs *jobs, int64_t id, struct job_view *out)
{
    struct job *job = job_list_find(&jobs->all, id);

    if (job != NULL)
        *out = view(jobs, job);
    return job != NULL;
}

void jobs_each(struct jobs *jobs,
               const enum job_state *state,
               const char *model,
               int64_t after,
               bool (*each)(void *context, const struct job_view *view),
               void *context)
{
    size_t i = after == 0 ? jobs->all.n : job_list_position(&jobs->all, after);

    while (i-- > 0) {
        struct job *job = jobs->all.items[i];
        if (state != NULL && job->state != *state)
            continue;
        if (model != NULL && strcmp(job->model, model) != 0)
            continue;
        struct job_view shown = view(jobs, job);
        if (!each(context, &shown))
            return;
    }
}

mlp_status
jobs_history(struct jobs *jobs, int64_t id, char **out, mlp_error *err)
{
    struct job *job = job_list_find(&jobs->all, id);

    *out = NULL;
    if (job == NULL)
        return mlp_fail(err, MLP_INVALID, "there is no such job");
    return job_store_history(jobs->catalog, job, jobs->options.runner.metrics,
                             out, err);
}

int64_t jobs_waiting_since(const struct jobs *jobs)
{
    return jobs->queue.n > 0 ? jobs->queue.items[0]->created_ms : 0;
}

void jobs_count(struct jobs *jobs, size_t *n_queued, size_t *n_running)
{
    *n_queued = jobs->queue.n;
    *n_running = jobs->running.n;
}

/* One whose row does not yet say that it has ended would run again after a
 * kill. */
static bool may_run(const struct job *job)
{
    return !job_has_ended(job) || job->unsaved;
}

bool jobs_uses_table(struct jobs *jobs, const char *sha256)
{
    for (const struct jobs_submission *s = jobs->inbox; s != NULL; s = s->next)
        if (s->table != NULL && strcmp(s->table, sha256) == 0)
            return true;
    for (size_t i = 0; i < jobs->all.n; i++) {
        const struct job *job = jobs->all.items[i];
        if (may_run(job) && job->table != NULL &&
            strcmp(job->table, sha256) == 0)
            return true;
    }
    return false;
}

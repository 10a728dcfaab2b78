/* SPDX-License-Identifier: MIT
 *
 * Jobs come, are cancelled, are forgotten. Those that are asked for while the
 * disk is busy with others share the next commit: nobody is answered before
 * it, and nobody waits for a second one. */
#include <stdlib.h>
#include <string.h>

#include "jobs/job_store.h"
#include "jobs/job_waiters.h"
#include "jobs/jobs_inner.h"
#include "telemetry/log.h"

/* Of one commit. More of them would let the first wait for the last. */
enum { BATCH_MAX = 64 };

/* --- coming --------------------------------------------------------------- */

struct batch {
    struct jobs_submission *items[BATCH_MAX];
    size_t n, n_new;
};

static void refuse(struct jobs_submission *submission, const mlp_error *err)
{
    submission->outcome = JOBS_REFUSED;
    submission->err = *err;
    job_destroy(submission->job);
    submission->job = NULL;
}

/* The job that this key has already, or none: JOBS_ACCEPTED. */
static mlp_status
find_key(struct jobs *jobs, struct jobs_submission *submission, mlp_error *err)
{
    struct catalog_key_found found;

    submission->outcome = JOBS_ACCEPTED;
    if (submission->key == NULL)
        return MLP_OK;
    mlp_status status = catalog_get_key(jobs->catalog, submission->key,
                                        jobs_now_ms(), &found, err);
    if (status != MLP_OK || found.job == 0)
        return status;
    submission->id = found.job;
    submission->outcome = strcmp(found.request, submission->request) == 0
                              ? JOBS_REPLAYED
                              : JOBS_KEY_TAKEN;
    return MLP_OK;
}

mlp_status jobs_find_key(struct jobs *jobs,
                         struct jobs_submission *submission,
                         mlp_error *err)
{
    return find_key(jobs, submission, err);
}

/* Make the job in memory, unless there is one, or no place for it. */
static void
admit(struct jobs *jobs, struct batch *batch, struct jobs_submission *s)
{
    size_t n_queued = jobs->queue.n + batch->n_new;
    size_t n_all = jobs->all.n + batch->n_new + 1;
    mlp_error err;

    if (find_key(jobs, s, &err) != MLP_OK) {
        refuse(s, &err);
        return;
    }
    if (s->outcome != JOBS_ACCEPTED)
        return;
    if (n_queued >= jobs->options.max_queued) {
        mlp_fail(&err, MLP_LIMIT, "the queue is full: %zu jobs wait", n_queued);
        refuse(s, &err);
        return;
    }
    s->job = job_create(jobs, s->model, s->spec, s->table, s->warnings);
    /* The queue has room for every job: one that runs may come back. */
    if (s->job == NULL || !job_list_reserve(&jobs->all, n_all) ||
        !job_list_reserve(&jobs->queue, n_all)) {
        mlp_fail(&err, MLP_NOMEM, "job: out of memory");
        refuse(s, &err);
        return;
    }
    s->job->created_ms = jobs_now_ms();
    job_weigh(s->job, &jobs->options.runner);
    batch->n_new++;
}

/* Into the open transaction. Another of the same batch may have its key. */
static mlp_status
insert(struct jobs *jobs, struct jobs_submission *s, mlp_error *err)
{
    mlp_status status = find_key(jobs, s, err);

    if (status != MLP_OK)
        return status;
    if (s->outcome != JOBS_ACCEPTED) {
        job_destroy(s->job);
        s->job = NULL;
        return MLP_OK;
    }
    status = job_store_insert(jobs->catalog, s->job,
                              jobs->options.runner.metrics, err);
    if (status != MLP_OK || s->key == NULL)
        return status;
    const struct catalog_key key = {.key = s->key,
                                    .request = s->request,
                                    .job = s->job->id,
                                    .created_ms = s->job->created_ms};
    return catalog_put_key(jobs->catalog, &key, err);
}

static mlp_status
insert_all(struct jobs *jobs, const struct batch *batch, mlp_error *err)
{
    mlp_status status = catalog_begin(jobs->catalog, err);

    if (status != MLP_OK)
        return status;
    for (size_t i = 0; i < batch->n && status == MLP_OK; i++)
        if (batch->items[i]->job != NULL)
            status = insert(jobs, batch->items[i], err);
    return catalog_end(jobs->catalog, status, err);
}

/* Tables first, then the jobs that mean them. */
static mlp_status
commit(struct jobs *jobs, const struct batch *batch, mlp_error *err)
{
    const struct job_runner *runner = &jobs->options.runner;
    mlp_status status = MLP_OK;

    if (batch->n_new == 0)
        return MLP_OK;
    if (runner->sync_tables != NULL)
        status = runner->sync_tables(runner->context, err);
    return status == MLP_OK ? insert_all(jobs, batch, err) : status;
}

static void accept_job(struct jobs *jobs, struct jobs_submission *submission)
{
    struct job *job = submission->job;

    submission->id = job->id;
    submission->job = NULL;
    job_list_insert(&jobs->all, job);
    job_list_insert(&jobs->queue, job);
    log_event(LOG_INFO, "job_queued", LOG_INT("job", job->id),
              LOG_TEXT_FIELD("model", job->model));
}

/* They are the batch's now; a table that they mean is in use until they are
 * jobs, or not. */
static void take_batch(const struct jobs *jobs, struct batch *batch)
{
    struct jobs_submission *s = jobs->inbox;

    for (batch->n = batch->n_new = 0; s != NULL && batch->n < BATCH_MAX;
         s = s->next)
        batch->items[batch->n++] = s;
}

static void drop_batch(struct jobs *jobs, const struct batch *batch)
{
    jobs->inbox = batch->items[batch->n - 1]->next;
    if (jobs->inbox == NULL)
        jobs->inbox_end = &jobs->inbox;
}

static void flush_batch(struct jobs *jobs)
{
    struct batch batch;
    mlp_error err;

    take_batch(jobs, &batch);
    for (size_t i = 0; i < batch.n; i++)
        admit(jobs, &batch, batch.items[i]);
    mlp_status status = commit(jobs, &batch, &err);
    for (size_t i = 0; i < batch.n; i++) {
        struct jobs_submission *s = batch.items[i];
        bool pending = s->job != NULL || s->outcome != JOBS_REFUSED;
        if (status != MLP_OK && pending)
            refuse(s, &err);
        else if (s->job != NULL)
            accept_job(jobs, s);
    }
    drop_batch(jobs, &batch);
    jobs_schedule(jobs);
    for (size_t i = 0; i < batch.n; i++)
        batch.items[i]->done(batch.items[i]->argument);
}

void jobs_flush(struct jobs *jobs)
{
    while (jobs->inbox != NULL)
        flush_batch(jobs);
}

static void on_flush(void *argument)
{
    struct jobs *jobs = argument;

    jobs->flush_posted = false;
    jobs_flush(jobs);
}

void jobs_submit(struct jobs *jobs, struct jobs_submission *submission)
{
    submission->next = NULL;
    submission->job = NULL;
    *jobs->inbox_end = submission;
    jobs->inbox_end = &submission->next;
    if (jobs->flush_posted)
        return;
    jobs->flush_posted = loop_post(jobs->loop, on_flush, jobs);
    if (!jobs->flush_posted)
        jobs_flush(jobs);
}

/* --- going ---------------------------------------------------------------- */

/* Before it is obeyed, so that no kill undoes it. */
static bool store_cancel(struct jobs *jobs, struct job *job)
{
    if (job->cancel_asked)
        return true;
    job->cancel_asked = true;
    job->cancel_asked = jobs_save(jobs, job);
    return job->cancel_asked;
}

enum jobs_change jobs_cancel(struct jobs *jobs, int64_t id)
{
    struct job *job = job_list_find(&jobs->all, id);

    if (job == NULL)
        return JOBS_UNKNOWN;
    switch (job->state) {
    case JOB_QUEUED:
        if (!store_cancel(jobs, job))
            return JOBS_FAILED;
        job_list_remove(&jobs->queue, job);
        jobs_end_job(jobs, job, JOB_CANCELLED);
        return JOBS_DONE;
    case JOB_RUNNING:
        if (!store_cancel(jobs, job))
            return JOBS_FAILED;
        if (!jobs_give_up_publishing(jobs, job))
            atomic_store(&job->should_stop, true);
        return JOBS_DONE;
    case JOB_CANCELLED:
        return JOBS_DONE;
    case JOB_SUCCEEDED:
    case JOB_FAILED:
        break;
    }
    return JOBS_WRONG_STATE;
}

enum jobs_change jobs_delete(struct jobs *jobs, int64_t id)
{
    struct job *job = job_list_find(&jobs->all, id);
    mlp_error err;

    if (job == NULL)
        return JOBS_UNKNOWN;
    if (!job_has_ended(job))
        return JOBS_WRONG_STATE;
    if (catalog_delete_job(jobs->catalog, id, &err) != MLP_OK) {
        log_event(LOG_ERROR, "job_not_deleted", LOG_INT("job", id),
                  LOG_TEXT_FIELD("reason", err.text));
        return JOBS_FAILED;
    }
    job_list_remove(&jobs->all, job);
    job_destroy(job);
    return JOBS_DONE;
}

mlp_status jobs_wait(struct jobs *jobs,
                     int64_t id,
                     uint64_t wait_ms,
                     loop_function *function,
                     void *argument,
                     mlp_error *err)
{
    struct job *job = job_list_find(&jobs->all, id);

    if (job == NULL || job_has_ended(job) || jobs->draining) {
        function(argument);
        return MLP_OK;
    }
    return job_waiters_add(job, jobs->loop, wait_ms, function, argument, err);
}

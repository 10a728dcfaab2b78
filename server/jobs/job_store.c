/* SPDX-License-Identifier: MIT
 *
 * From a job to its row and back. */
#include "jobs/job_store.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/job_record.h"
#include "telemetry/log.h"

/* 100,000 steps of six metrics are some 15 MB of text. */
enum { HISTORY_MAX_BYTES = 1 << 26, FIGURES_MAX_BYTES = 1 << 14 };

/* --- writing -------------------------------------------------------------- */

/* The texts of a row. */
struct texts {
    mlp_buffer progress, error, history;
};

static void
write_history(struct job *job, const char *const *names, mlp_buffer *out)
{
    pthread_mutex_lock(&job->lock);
    job_history_write(&job->history, names, out);
    pthread_mutex_unlock(&job->lock);
}

/* What does not fit is left out of the row, as NULL. */
static struct catalog_job
row_of(struct job *job, const char *const *names, struct texts *texts)
{
    struct job_progress progress = job_progress_now(job);

    mlp_buffer_init(&texts->progress, FIGURES_MAX_BYTES);
    mlp_buffer_init(&texts->error, FIGURES_MAX_BYTES);
    mlp_buffer_init(&texts->history, HISTORY_MAX_BYTES);
    job_progress_write(&progress, names, &texts->progress);
    if (job->state == JOB_FAILED)
        job_error_write(job, &texts->error);
    if ((job_has_ended(job) || job->computed) && job->history.n > 0)
        write_history(job, names, &texts->history);
    return (struct catalog_job){
        .id = job->id,
        .model = job->model,
        .state = job_state_name(job->state),
        .spec = job->spec,
        .table = job->table,
        .warnings = job->warnings,
        .progress = texts->progress.status ? NULL : texts->progress.data,
        .history = texts->history.status ? NULL : texts->history.data,
        .error = texts->error.status ? NULL : texts->error.data,
        .outcome = job->outcome,
        .version = job->version,
        .reserved = job->reserved,
        .restarts = job->restarts,
        .cancel_asked = job->cancel_asked,
        .created_ms = job->created_ms,
        .started_ms = job->started_ms,
        .finished_ms = job->finished_ms,
    };
}

static void texts_free(struct texts *texts)
{
    mlp_buffer_free(&texts->progress);
    mlp_buffer_free(&texts->error);
    mlp_buffer_free(&texts->history);
}

mlp_status job_store_insert(struct catalog *catalog,
                            struct job *job,
                            const char *const *names,
                            mlp_error *err)
{
    struct texts texts;
    struct catalog_job row = row_of(job, names, &texts);
    mlp_status status = catalog_insert_job(catalog, &row, err);

    texts_free(&texts);
    job->id = row.id;
    return status;
}

mlp_status job_store_save(struct catalog *catalog,
                          struct job *job,
                          const char *const *names,
                          mlp_error *err)
{
    struct texts texts;
    struct catalog_job row = row_of(job, names, &texts);
    mlp_status status = catalog_update_job(catalog, &row, err);

    texts_free(&texts);
    return status;
}

mlp_status job_store_history(struct catalog *catalog,
                             struct job *job,
                             const char *const *names,
                             char **out,
                             mlp_error *err)
{
    mlp_buffer text;

    /* An ended job's history is in memory only as long as its row is behind. */
    if (job_has_ended(job) && job->history.n == 0) {
        mlp_status status = catalog_job_history(catalog, job->id, out, err);
        if (status != MLP_OK || *out != NULL)
            return status;
    }
    mlp_buffer_init(&text, HISTORY_MAX_BYTES);
    write_history(job, names, &text);
    mlp_status status = text.status;
    *out = mlp_buffer_take(&text, NULL);
    mlp_buffer_free(&text);
    if (status != MLP_OK)
        return mlp_fail(err, status, "history of job: %s",
                        mlp_status_text(status));
    return MLP_OK;
}

/* --- reading -------------------------------------------------------------- */

struct loading {
    struct jobs *jobs;
    struct job_list *list;
    const char *const *names;
    mlp_status status;
};

/* Figures that cannot be read are lost, the job is not. */
static void read_figures(struct job *job,
                         const struct catalog_job *row,
                         const char *const *names)
{
    mlp_error err;

    if (row->progress != NULL &&
        job_progress_read(row->progress, names, &job->progress, &err) != 0)
        log_event(LOG_WARN, "job_figures_lost", LOG_INT("job", row->id),
                  LOG_TEXT_FIELD("reason", err.text));
    if (row->error != NULL && job_error_read(row->error, job, &err) != MLP_OK)
        job_fail(job, "unknown", err.text);
}

static void take_row(void *context, const struct catalog_job *row)
{
    struct loading *loading = context;
    struct job *job;

    if (loading->status != MLP_OK)
        return;
    job = job_create(loading->jobs, row->model, row->spec, row->table,
                     row->warnings);
    if (job == NULL || !job_list_reserve(loading->list, loading->list->n + 1)) {
        job_destroy(job);
        loading->status = MLP_NOMEM;
        return;
    }
    if (!job_set_outcome(job, row->outcome))
        loading->status = MLP_NOMEM;
    job->id = row->id;
    job->version = row->version;
    job->reserved = row->reserved;
    job->cancel_asked = row->cancel_asked;
    job->restarts = row->restarts;
    job->created_ms = row->created_ms;
    job->started_ms = row->started_ms;
    job->finished_ms = row->finished_ms;
    /* The schema allows no other name than ours. */
    job->state = JOB_FAILED;
    job_state_parse(row->state, &job->state);
    read_figures(job, row, loading->names);
    job_list_insert(loading->list, job);
}

mlp_status job_store_load(struct catalog *catalog,
                          struct jobs *jobs,
                          struct job_list *list,
                          const char *const *names,
                          mlp_error *err)
{
    struct loading loading = {jobs, list, names, MLP_OK};
    mlp_status status = catalog_each_job(catalog, take_row, &loading, err);

    if (status == MLP_OK && loading.status != MLP_OK)
        return mlp_fail(err, loading.status, "jobs: out of memory");
    return status;
}

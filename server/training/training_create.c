/* SPDX-License-Identifier: MIT
 *
 * The folder of tables: made, swept, and what comes and goes in it; that of
 * checkpoints beside it. Names of tables are of the loop thread alone, so that
 * one job's last use of a table and the next one's first never cross. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telemetry/log.h"
#include "training/checkpoints.h"
#include "training/training_inner.h"

static bool is_table_name(const char *name)
{
    return strlen(name) == BLOB_SHA256_TEXT - 1 &&
           strspn(name, "0123456789abcdef") == BLOB_SHA256_TEXT - 1;
}

/* --- the sweep ------------------------------------------------------------ */

/* What the jobs that have not ended still need. */
struct need {
    char table[BLOB_SHA256_TEXT]; /* first: they are sorted by it */
    int64_t job;
};

struct wanted {
    struct need *needs;
    size_t n, capacity;
    bool failed;
};

static void add_wanted(void *context, const struct catalog_job *job)
{
    struct wanted *wanted = context;
    bool open =
        strcmp(job->state, "queued") == 0 || strcmp(job->state, "running") == 0;

    if (!open || job->table == NULL || !is_table_name(job->table) ||
        wanted->failed)
        return;
    if (wanted->n == wanted->capacity) {
        size_t capacity = 2 * wanted->capacity + 16;
        void *needs =
            reallocarray(wanted->needs, capacity, sizeof *wanted->needs);
        wanted->failed = needs == NULL;
        if (wanted->failed)
            return;
        wanted->needs = needs;
        wanted->capacity = capacity;
    }
    struct need *need = &wanted->needs[wanted->n++];
    memcpy(need->table, job->table, BLOB_SHA256_TEXT);
    need->job = job->id;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, BLOB_SHA256_TEXT);
}

/* Remove the tables that a killed daemon could not. */
static void sweep(struct training *training, const struct wanted *wanted)
{
    DIR *stream = opendir(training->folder);

    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        char name[BLOB_SHA256_TEXT];
        if (!is_table_name(entry->d_name))
            continue;
        memcpy(name, entry->d_name, sizeof name);
        if (wanted->n == 0 || bsearch(name, wanted->needs, wanted->n,
                                      sizeof *wanted->needs, compare) == NULL)
            training_forget(training, name);
    }
    closedir(stream);
    blob_sweep(training->folder);
}

static bool is_job_wanted(void *context, int64_t job)
{
    const struct wanted *wanted = context;

    for (size_t i = 0; i < wanted->n; i++)
        if (wanted->needs[i].job == job)
            return true;
    return false;
}

static mlp_status sweep_folders(struct training *training, mlp_error *err)
{
    struct wanted wanted = {0};
    mlp_status status =
        catalog_each_job(training->catalog, add_wanted, &wanted, err);

    if (status == MLP_OK && wanted.failed)
        status = mlp_fail(err, MLP_NOMEM, "tables: out of memory");
    if (status == MLP_OK) {
        if (wanted.n > 0)
            qsort(wanted.needs, wanted.n, sizeof *wanted.needs, compare);
        sweep(training, &wanted);
        checkpoints_sweep(training->checkpoints, is_job_wanted, &wanted);
    }
    free(wanted.needs);
    return status;
}

/* --- outside -------------------------------------------------------------- */

static char *folder_in(const char *data_folder, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", data_folder, name) < 0 ? NULL : path;
}

static bool set_folders(struct training *training, const char *data_folder)
{
    training->folder = folder_in(data_folder, "tables");
    training->checkpoints = folder_in(data_folder, "checkpoints");
    return training->folder != NULL && training->checkpoints != NULL;
}

mlp_status training_create(const char *data_folder,
                           struct catalog *catalog,
                           struct registry *registry,
                           const struct training_options *options,
                           struct training **out,
                           mlp_error *err)
{
    struct training *training = calloc(1, sizeof *training);

    *out = NULL;
    if (training == NULL || !set_folders(training, data_folder)) {
        training_destroy(training);
        return mlp_fail(err, MLP_NOMEM, "tables: out of memory");
    }
    training->catalog = catalog;
    training->registry = registry;
    training->options = *options;
    mlp_status status = blob_make_folder(training->folder, err);
    if (status == MLP_OK)
        status = blob_make_folder(training->checkpoints, err);
    if (status == MLP_OK)
        status = sweep_folders(training, err);
    if (status != MLP_OK)
        training_destroy(training);
    else
        *out = training;
    return status;
}

void training_destroy(struct training *training)
{
    if (training == NULL)
        return;
    free(training->folder);
    free(training->checkpoints);
    free(training);
}

static void forget(void *context, const char *sha256)
{
    training_forget(context, sha256);
}

static void forget_job(void *context, int64_t id)
{
    const struct training *training = context;

    checkpoints_remove_all(training->checkpoints, id);
}

static mlp_status sync_tables(void *context, mlp_error *err)
{
    const struct training *training = context;

    return blob_sync_folder(training->folder, err);
}

struct job_runner training_runner(struct training *training)
{
    /* The order of the figures in training_watch.c. */
    static const char *const metrics[] = {
        "loss",          "accuracy", "validation_loss", "validation_accuracy",
        "learning_rate", NULL};

    return (struct job_runner){
        .metrics = metrics,
        .context = training,
        .run = training_run,
        .reserve = training_reserve,
        .finish = training_finish,
        .store = training_store,
        .discard = training_discard,
        .published = training_published,
        .sync_tables = sync_tables,
        .forget_table = forget,
        .forget_job = forget_job,
        .memory = training_memory,
    };
}

void training_prepared_free(struct training_prepared *prepared)
{
    free(prepared->spec);
    free(prepared->warnings);
    blob_abort(prepared->blob);
    json_decref(prepared->estimate);
    memset(prepared, 0, sizeof *prepared);
}

static char *table_path(const struct training *training, const char *sha256)
{
    return folder_in(training->folder, sha256);
}

mlp_status training_keep(struct training *training,
                         struct training_prepared *prepared,
                         mlp_error *err)
{
    char *path = table_path(training, prepared->table);

    if (path == NULL)
        return mlp_fail(err, MLP_NOMEM, "table: out of memory");
    bool exists = access(path, R_OK) == 0;
    free(path);
    mlp_status status =
        exists ? MLP_OK : blob_name(prepared->blob, prepared->table, err);
    if (status == MLP_OK && exists)
        blob_abort(prepared->blob);
    if (status == MLP_OK)
        prepared->blob = NULL;
    return status;
}

void training_forget(struct training *training, const char *sha256)
{
    char *path = is_table_name(sha256) ? table_path(training, sha256) : NULL;

    if (path != NULL && unlink(path) != 0 && errno != ENOENT)
        log_event(LOG_WARN, "table_not_removed", LOG_TEXT_FIELD("file", sha256),
                  LOG_TEXT_FIELD("reason", strerror(errno)));
    free(path);
}

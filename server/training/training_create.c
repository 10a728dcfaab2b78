/* SPDX-License-Identifier: MIT
 *
 * The folder of tables: made, swept, and what comes and goes in it. Names there
 * are of the loop thread alone, so that one job's last use of a table and the
 * next one's first never cross. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telemetry/log.h"
#include "training/training_inner.h"

static bool is_table_name(const char *name)
{
    return strlen(name) == BLOB_SHA256_TEXT - 1 &&
           strspn(name, "0123456789abcdef") == BLOB_SHA256_TEXT - 1;
}

/* --- the sweep ------------------------------------------------------------ */

struct wanted {
    char (*names)[BLOB_SHA256_TEXT];
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
        void *names =
            reallocarray(wanted->names, capacity, sizeof *wanted->names);
        wanted->failed = names == NULL;
        if (wanted->failed)
            return;
        wanted->names = names;
        wanted->capacity = capacity;
    }
    memcpy(wanted->names[wanted->n++], job->table, BLOB_SHA256_TEXT);
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
        if (wanted->n == 0 || bsearch(name, wanted->names, wanted->n,
                                      sizeof name, compare) == NULL)
            training_forget(training, name);
    }
    closedir(stream);
    blob_sweep(training->folder);
}

static mlp_status sweep_folder(struct training *training, mlp_error *err)
{
    struct wanted wanted = {0};
    mlp_status status =
        catalog_each_job(training->catalog, add_wanted, &wanted, err);

    if (status == MLP_OK && wanted.failed)
        status = mlp_fail(err, MLP_NOMEM, "tables: out of memory");
    if (status == MLP_OK) {
        if (wanted.n > 0)
            qsort(wanted.names, wanted.n, sizeof *wanted.names, compare);
        sweep(training, &wanted);
    }
    free(wanted.names);
    return status;
}

/* --- outside -------------------------------------------------------------- */

mlp_status training_create(const char *data_folder,
                           struct catalog *catalog,
                           struct registry *registry,
                           size_t max_parameters,
                           struct training **out,
                           mlp_error *err)
{
    struct training *training = calloc(1, sizeof *training);

    *out = NULL;
    if (training == NULL ||
        asprintf(&training->folder, "%s/tables", data_folder) < 0) {
        free(training);
        return mlp_fail(err, MLP_NOMEM, "tables: out of memory");
    }
    training->catalog = catalog;
    training->registry = registry;
    training->max_parameters = max_parameters;
    mlp_status status = blob_make_folder(training->folder, err);
    if (status == MLP_OK)
        status = sweep_folder(training, err);
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
    free(training);
}

static void forget(void *context, const char *sha256)
{
    training_forget(context, sha256);
}

struct job_runner training_runner(struct training *training)
{
    /* The order of the figures in training_run.c. */
    static const char *const metrics[] = {
        "loss",          "accuracy", "validation_loss", "validation_accuracy",
        "learning_rate", NULL};

    return (struct job_runner){
        .metrics = metrics,
        .context = training,
        .run = training_run,
        .finish = training_finish,
        .forget_table = forget,
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
    char *path;

    return asprintf(&path, "%s/%s", training->folder, sha256) < 0 ? NULL : path;
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
        exists ? MLP_OK : blob_commit(prepared->blob, prepared->table, err);
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

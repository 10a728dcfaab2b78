/* SPDX-License-Identifier: MIT
 *
 * Jobs as rows, and the keys that make a retry find its job. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/catalog_inner.h"

static void take_integer(void *context, const struct database_row *row)
{
    *(int64_t *)context = database_integer(row, 0);
}

mlp_status catalog_insert_job(struct catalog *catalog,
                              struct catalog_job *job,
                              mlp_error *err)
{
    return database_run(
        catalog->database, INSERT_JOB,
        DB_VALUES(DB_TEXT(job->model), DB_TEXT(job->state), DB_TEXT(job->spec),
                  DB_TEXT(job->table), DB_TEXT(job->warnings),
                  DB_TEXT(job->progress), DB_TEXT(job->history),
                  DB_TEXT(job->error), DB_INTEGER(job->version),
                  DB_INTEGER(job->restarts), DB_INTEGER(job->created_ms),
                  DB_INTEGER(job->started_ms), DB_INTEGER(job->finished_ms),
                  DB_INTEGER(job->reserved), DB_INTEGER(job->cancel_asked)),
        take_integer, &job->id, err);
}

mlp_status catalog_update_job(struct catalog *catalog,
                              const struct catalog_job *job,
                              mlp_error *err)
{
    return database_run(
        catalog->database, UPDATE_JOB,
        DB_VALUES(DB_TEXT(job->state), DB_TEXT(job->warnings),
                  DB_TEXT(job->progress), DB_TEXT(job->history),
                  DB_TEXT(job->error), DB_INTEGER(job->version),
                  DB_INTEGER(job->restarts), DB_INTEGER(job->started_ms),
                  DB_INTEGER(job->finished_ms), DB_INTEGER(job->reserved),
                  DB_INTEGER(job->cancel_asked), DB_TEXT(job->outcome),
                  DB_INTEGER(job->id)),
        NULL, NULL, err);
}

mlp_status
catalog_delete_job(struct catalog *catalog, int64_t id, mlp_error *err)
{
    return database_run(catalog->database, DELETE_JOB,
                        DB_VALUES(DB_INTEGER(id)), NULL, NULL, err);
}

struct each_job {
    void (*each)(void *context, const struct catalog_job *job);
    void *context;
};

static void take_job(void *context, const struct database_row *row)
{
    const struct each_job *to = context;
    struct catalog_job job = {
        .id = database_integer(row, 0),
        .model = database_text(row, 1),
        .state = database_text(row, 2),
        .spec = database_text(row, 3),
        .table = database_text(row, 4),
        .warnings = database_text(row, 5),
        .progress = database_text(row, 6),
        .error = database_text(row, 7),
        .version = (uint32_t)database_integer(row, 8),
        .restarts = (uint32_t)database_integer(row, 9),
        .created_ms = database_integer(row, 10),
        .started_ms = database_integer(row, 11),
        .finished_ms = database_integer(row, 12),
        .reserved = (uint32_t)database_integer(row, 13),
        .cancel_asked = database_integer(row, 14) != 0,
        .outcome = database_text(row, 15),
    };
    to->each(to->context, &job);
}

mlp_status
catalog_each_job(struct catalog *catalog,
                 void (*each)(void *context, const struct catalog_job *job),
                 void *context,
                 mlp_error *err)
{
    struct each_job to = {each, context};
    return database_run(catalog->database, EACH_JOB, NULL, 0, take_job, &to,
                        err);
}

struct taken_text {
    char *text;
    bool lost; /* no memory for it */
};

static void take_text(void *context, const struct database_row *row)
{
    struct taken_text *taken = context;
    const char *text = database_text(row, 0);

    if (text == NULL)
        return;
    taken->text = strdup(text);
    taken->lost = taken->text == NULL;
}

mlp_status catalog_job_history(struct catalog *catalog,
                               int64_t id,
                               char **out,
                               mlp_error *err)
{
    struct taken_text taken = {NULL, false};
    mlp_status status =
        database_run(catalog->database, JOB_HISTORY, DB_VALUES(DB_INTEGER(id)),
                     take_text, &taken, err);

    if (status == MLP_OK && taken.lost)
        status = mlp_fail(err, MLP_NOMEM, "job history: out of memory");
    if (status != MLP_OK) {
        free(taken.text);
        taken.text = NULL;
    }
    *out = taken.text;
    return status;
}

/* --- keys ----------------------------------------------------------------- */

enum { KEY_LIFE_MS = 24 * 60 * 60 * 1000 };

mlp_status catalog_put_key(struct catalog *catalog,
                           const struct catalog_key *key,
                           mlp_error *err)
{
    return database_run(catalog->database, PUT_KEY,
                        DB_VALUES(DB_TEXT(key->key), DB_TEXT(key->request),
                                  DB_INTEGER(key->job),
                                  DB_INTEGER(key->created_ms)),
                        NULL, NULL, err);
}

static void take_key(void *context, const struct database_row *row)
{
    struct catalog_key_found *found = context;

    found->job = database_integer(row, 1);
    snprintf(found->request, sizeof found->request, "%s",
             database_text(row, 0));
}

mlp_status catalog_get_key(struct catalog *catalog,
                           const char *key,
                           int64_t now_ms,
                           struct catalog_key_found *out,
                           mlp_error *err)
{
    *out = (struct catalog_key_found){.job = 0};
    return database_run(
        catalog->database, GET_KEY,
        DB_VALUES(DB_TEXT(key), DB_INTEGER(now_ms - KEY_LIFE_MS)), take_key,
        out, err);
}

mlp_status
catalog_purge_keys(struct catalog *catalog, int64_t now_ms, mlp_error *err)
{
    return database_run(catalog->database, PURGE_KEYS,
                        DB_VALUES(DB_INTEGER(now_ms - KEY_LIFE_MS)), NULL, NULL,
                        err);
}

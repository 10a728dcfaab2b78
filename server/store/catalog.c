/* SPDX-License-Identifier: MIT
 *
 * The catalog's schema, its statements and its rows; and the lock that keeps a
 * data folder to one daemon. */
#include "store/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/database.h"

#define FILE_NAME "mlpd.db"
#define LOCK_NAME "LOCK"

/* Never edit one that was released; add the next. AUTOINCREMENT: a deleted
 * job's id never comes back. */
static const char *const migrations[] = {
    "CREATE TABLE jobs ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " model TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN"
    "  ('queued', 'running', 'succeeded', 'failed', 'cancelled')),"
    " spec TEXT NOT NULL,"
    " data_sha256 TEXT,"
    " warnings TEXT,"
    " progress TEXT,"
    " history TEXT,"
    " error TEXT,"
    " version INTEGER NOT NULL,"
    " restarts INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL,"
    " started_ms INTEGER NOT NULL,"
    " finished_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE datasets ("
    " name TEXT PRIMARY KEY,"
    " format TEXT NOT NULL,"
    " sha256 TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " size INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL) STRICT;"
    /* The highest version that a model was ever given. */
    "CREATE TABLE versions ("
    " model TEXT PRIMARY KEY,"
    " highest INTEGER NOT NULL CHECK (highest <= 4294967295)) STRICT;",
};

enum statement {
    INSERT_JOB,
    UPDATE_JOB,
    DELETE_JOB,
    EACH_JOB,
    JOB_HISTORY,
    PUT_DATASET,
    DELETE_DATASET,
    EACH_DATASET,
    NEXT_VERSION,
    N_STATEMENTS,
};

static const char *const statements[N_STATEMENTS] = {
    [INSERT_JOB] =
        "INSERT INTO jobs (model, state, spec, data_sha256, warnings,"
        " progress, history, error, version, restarts, created_ms,"
        " started_ms, finished_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        " RETURNING id",
    [UPDATE_JOB] = "UPDATE jobs SET state = ?1, warnings = ?2, progress = ?3,"
                   " history = coalesce(?4, history), error = ?5,"
                   " version = ?6, restarts = ?7, started_ms = ?8,"
                   " finished_ms = ?9 WHERE id = ?10",
    [DELETE_JOB] = "DELETE FROM jobs WHERE id = ?1",
    [EACH_JOB] = "SELECT id, model, state, spec, data_sha256, warnings,"
                 " progress, error, version, restarts, created_ms, started_ms,"
                 " finished_ms FROM jobs ORDER BY id",
    [JOB_HISTORY] = "SELECT history FROM jobs WHERE id = ?1",
    [PUT_DATASET] = "INSERT OR REPLACE INTO datasets"
                    " (name, format, sha256, description, size, created_ms)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [DELETE_DATASET] = "DELETE FROM datasets WHERE name = ?1",
    [EACH_DATASET] = "SELECT name, format, sha256, description, size,"
                     " created_ms FROM datasets ORDER BY name",
    [NEXT_VERSION] = "INSERT INTO versions (model, highest) VALUES (?1, ?2 + 1)"
                     " ON CONFLICT (model) DO UPDATE"
                     " SET highest = max(highest, ?2) + 1 RETURNING highest",
};

static const struct database_schema schema = {
    .migrations = migrations,
    .n_migrations = sizeof migrations / sizeof *migrations,
    .statements = statements,
    .n_statements = N_STATEMENTS,
};

struct catalog {
    struct database *database;
    int lock_fd; /* holds the flock on DATA/LOCK */
};

/* --- opening -------------------------------------------------------------- */

/* A file of DATA, made if missing, for its owner's eyes; never by a link. */
static mlp_status open_file(const char *path, int *out, mlp_error *err)
{
    *out = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*out < 0)
        return mlp_fail(err, MLP_IO, "open %s: %s", path, strerror(errno));
    return MLP_OK;
}

static mlp_status fail_locked(int fd, const char *folder, mlp_error *err)
{
    char pid[16] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

    pid[n > 0 ? strspn(pid, "0123456789") : 0] = '\0';
    return mlp_fail(err, MLP_IO,
                    "another mlpd (pid %s) uses this data folder, %s",
                    pid[0] ? pid : "unknown", folder);
}

/* Held until the catalog closes or the process ends; the file stays. */
static mlp_status take_lock(const char *folder, int *out, mlp_error *err)
{
    char *path;
    mlp_status status;
    int fd;

    if (asprintf(&path, "%s/%s", folder, LOCK_NAME) < 0)
        return mlp_fail(err, MLP_NOMEM, "lock %s: out of memory", folder);
    status = open_file(path, &fd, err);
    free(path);
    if (status != MLP_OK)
        return status;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        status = fail_locked(fd, folder, err);
        close(fd);
        return status;
    }
    /* The pid only serves that error's text. */
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%ld\n", (long)getpid());
    *out = fd;
    return MLP_OK;
}

static mlp_status
open_database(struct catalog *catalog, const char *folder, mlp_error *err)
{
    char *path;
    int fd;

    if (asprintf(&path, "%s/%s", folder, FILE_NAME) < 0)
        return mlp_fail(err, MLP_NOMEM, "open %s: out of memory", folder);
    /* SQLite would make it with the umask's mode; its WAL follows the file. */
    mlp_status status = open_file(path, &fd, err);
    if (status == MLP_OK) {
        close(fd);
        status = database_open(path, &schema, &catalog->database, err);
    }
    free(path);
    return status;
}

mlp_status
catalog_open(const char *data_folder, struct catalog **out, mlp_error *err)
{
    struct catalog *catalog = calloc(1, sizeof *catalog);
    mlp_error inner = {.text = ""};
    mlp_status status;

    *out = NULL;
    if (catalog == NULL)
        return mlp_fail(err, MLP_NOMEM, "catalog: out of memory");
    catalog->lock_fd = -1;
    status = blob_make_folder(data_folder, &inner);
    if (status != MLP_OK)
        mlp_fail(err, status, "data folder %s: %s", data_folder, inner.text);
    if (status == MLP_OK)
        status = take_lock(data_folder, &catalog->lock_fd, err);
    if (status == MLP_OK)
        status = open_database(catalog, data_folder, err);
    if (status != MLP_OK) {
        catalog_close(catalog);
        return status;
    }
    *out = catalog;
    return MLP_OK;
}

void catalog_close(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    database_close(catalog->database);
    if (catalog->lock_fd >= 0)
        close(catalog->lock_fd);
    free(catalog);
}

/* --- jobs ----------------------------------------------------------------- */

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
                  DB_INTEGER(job->started_ms), DB_INTEGER(job->finished_ms)),
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
                  DB_INTEGER(job->finished_ms), DB_INTEGER(job->id)),
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

/* --- datasets ------------------------------------------------------------- */

mlp_status catalog_put_dataset(struct catalog *catalog,
                               const struct catalog_dataset *dataset,
                               mlp_error *err)
{
    if (dataset->size > INT64_MAX)
        return mlp_fail(err, MLP_LIMIT, "dataset %s: too large", dataset->name);
    return database_run(
        catalog->database, PUT_DATASET,
        DB_VALUES(DB_TEXT(dataset->name), DB_TEXT(dataset->format),
                  DB_TEXT(dataset->sha256), DB_TEXT(dataset->description),
                  DB_INTEGER(dataset->size), DB_INTEGER(dataset->created_ms)),
        NULL, NULL, err);
}

mlp_status catalog_delete_dataset(struct catalog *catalog,
                                  const char *name,
                                  mlp_error *err)
{
    return database_run(catalog->database, DELETE_DATASET,
                        DB_VALUES(DB_TEXT(name)), NULL, NULL, err);
}

struct each_dataset {
    void (*each)(void *context, const struct catalog_dataset *dataset);
    void *context;
};

static void take_dataset(void *context, const struct database_row *row)
{
    const struct each_dataset *to = context;
    struct catalog_dataset dataset = {
        .name = database_text(row, 0),
        .format = database_text(row, 1),
        .sha256 = database_text(row, 2),
        .description = database_text(row, 3),
        .size = (uint64_t)database_integer(row, 4),
        .created_ms = database_integer(row, 5),
    };
    to->each(to->context, &dataset);
}

mlp_status catalog_each_dataset(struct catalog *catalog,
                                void (*each)(void *context,
                                             const struct catalog_dataset *),
                                void *context,
                                mlp_error *err)
{
    struct each_dataset to = {each, context};
    return database_run(catalog->database, EACH_DATASET, NULL, 0, take_dataset,
                        &to, err);
}

/* --- versions ------------------------------------------------------------- */

mlp_status catalog_next_version(struct catalog *catalog,
                                const char *model,
                                uint32_t at_least,
                                uint32_t *out,
                                mlp_error *err)
{
    int64_t highest = 0;
    mlp_status status =
        database_run(catalog->database, NEXT_VERSION,
                     DB_VALUES(DB_TEXT(model), DB_INTEGER(at_least)),
                     take_integer, &highest, err);

    if (status == MLP_INVALID)
        return mlp_fail(err, MLP_LIMIT, "model %s: no version number is left",
                        model);
    *out = (uint32_t)highest;
    return status;
}

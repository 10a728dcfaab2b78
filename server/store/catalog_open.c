/* SPDX-License-Identifier: MIT
 *
 * The catalog's schema and its statements, and the lock that keeps a data
 * folder to one daemon. Rows are for catalog_jobs.c, catalog_files.c,
 * catalog_aliases.c and catalog_audit.c. */
#include "store/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/catalog_inner.h"

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

    /* The version that a job takes before its file is named, and a cancel that
     * was acknowledged before the job obeyed. */
    "ALTER TABLE jobs ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN cancel_asked INTEGER NOT NULL DEFAULT 0;"
    /* What each model file must hash to; removed: it is to be unlinked. */
    "CREATE TABLE model_files ("
    " model TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL,"
    " size INTEGER NOT NULL,"
    " removed INTEGER NOT NULL,"
    " PRIMARY KEY (model, version)) STRICT;"
    /* Idempotency-Key: the hash of the request that it came with. */
    "CREATE TABLE keys ("
    " key TEXT PRIMARY KEY,"
    " request TEXT NOT NULL,"
    " job INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX keys_by_age ON keys (created_ms);"
    /* One row, written to find out whether writing works. */
    "CREATE TABLE probe (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL)"
    " STRICT;",

    /* previous: the version before the last move; 0: none. */
    "CREATE TABLE aliases ("
    " model TEXT NOT NULL,"
    " alias TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " previous INTEGER NOT NULL,"
    " changed_ms INTEGER NOT NULL,"
    " PRIMARY KEY (model, alias)) STRICT;"
    /* What was done to models, by whom. No row ever changes. */
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at_ms INTEGER NOT NULL,"
    " action TEXT NOT NULL,"
    " model TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " alias TEXT,"
    " from_version INTEGER NOT NULL,"
    " key TEXT,"
    " request TEXT,"
    " job INTEGER NOT NULL,"
    " detail TEXT) STRICT;"
    "CREATE INDEX audit_by_model ON audit (model, id);",

    /* JSON: what else came of a job that succeeded. */
    "ALTER TABLE jobs ADD COLUMN outcome TEXT;",
};

static const char *const statements[N_STATEMENTS] = {
    [INSERT_JOB] =
        "INSERT INTO jobs (model, state, spec, data_sha256, warnings,"
        " progress, history, error, version, restarts, created_ms,"
        " started_ms, finished_ms, reserved, cancel_asked)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
        " ?14, ?15)"
        " RETURNING id",
    [UPDATE_JOB] = "UPDATE jobs SET state = ?1, warnings = ?2, progress = ?3,"
                   " history = coalesce(?4, history), error = ?5,"
                   " version = ?6, restarts = ?7, started_ms = ?8,"
                   " finished_ms = ?9, reserved = ?10, cancel_asked = ?11,"
                   " outcome = ?12 WHERE id = ?13",
    [DELETE_JOB] = "DELETE FROM jobs WHERE id = ?1",
    [EACH_JOB] = "SELECT id, model, state, spec, data_sha256, warnings,"
                 " progress, error, version, restarts, created_ms, started_ms,"
                 " finished_ms, reserved, cancel_asked, outcome FROM jobs"
                 " ORDER BY id",
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
    [PUT_MODEL_FILE] = "INSERT OR REPLACE INTO model_files"
                       " (model, version, sha256, size, removed)"
                       " VALUES (?1, ?2, ?3, ?4, 0)",
    [REMOVE_MODEL_FILE] =
        "INSERT INTO model_files (model, version, sha256, size, removed)"
        " VALUES (?1, ?2, '', 0, 1)"
        " ON CONFLICT (model, version) DO UPDATE SET removed = 1",
    [FORGET_MODEL_FILE] =
        "DELETE FROM model_files WHERE model = ?1 AND version = ?2",
    [EACH_MODEL_FILE] = "SELECT model, version, sha256, size, removed"
                        " FROM model_files ORDER BY model, version",
    [PUT_ALIAS] = "INSERT OR REPLACE INTO aliases"
                  " (model, alias, version, previous, changed_ms)"
                  " VALUES (?1, ?2, ?3, ?4, ?5)",
    [DELETE_ALIAS] = "DELETE FROM aliases WHERE model = ?1 AND alias = ?2",
    [EACH_ALIAS] = "SELECT model, alias, version, previous, changed_ms"
                   " FROM aliases ORDER BY model, alias",
    [PUT_AUDIT] = "INSERT INTO audit (at_ms, action, model, version, alias,"
                  " from_version, key, request, job, detail)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [PUT_AUDIT_ONCE] =
        "INSERT INTO audit (at_ms, action, model, version, alias,"
        " from_version, key, request, job, detail)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"
        " WHERE ?2 IS NOT (SELECT action FROM audit WHERE model = ?3"
        "  AND version = ?4 AND alias IS NULL ORDER BY id DESC LIMIT 1)",
    [WITHDRAW_AUDIT] = "DELETE FROM audit WHERE model = ?1 AND version = ?2"
                       " AND action IN ('publish', 'import')",
    [EACH_AUDIT] = "SELECT id, at_ms, action, model, version, alias,"
                   " from_version, key, request, job, detail FROM audit"
                   " WHERE (?1 IS NULL OR model = ?1) AND (?2 = 0 OR id < ?2)"
                   " ORDER BY id DESC LIMIT ?3",
    [FIND_PROMOTION] = "SELECT id, at_ms, action, model, version, alias,"
                       " from_version, key, request, job, detail FROM audit"
                       " WHERE model = ?1 AND job = ?2 AND action = 'promote'"
                       " ORDER BY id DESC LIMIT 1",
    /* They are in the order of time: the first that stays ends the search. */
    [PURGE_AUDIT] = "DELETE FROM audit WHERE id < coalesce((SELECT id FROM"
                    " audit WHERE at_ms >= ?1 ORDER BY id LIMIT 1),"
                    " 9223372036854775807)",
    [PUT_KEY] = "INSERT OR REPLACE INTO keys (key, request, job, created_ms)"
                " VALUES (?1, ?2, ?3, ?4)",
    [GET_KEY] = "SELECT request, job FROM keys"
                " WHERE key = ?1 AND created_ms >= ?2",
    [PURGE_KEYS] = "DELETE FROM keys WHERE created_ms < ?1",
    [PROBE] = "INSERT OR REPLACE INTO probe (id, at_ms) VALUES (1, ?1)",
};

static const struct database_schema schema = {
    .migrations = migrations,
    .n_migrations = sizeof migrations / sizeof *migrations,
    .statements = statements,
    .n_statements = N_STATEMENTS,
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

mlp_status catalog_lock(const char *folder, int *out, mlp_error *err)
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

mlp_status catalog_open_locked(const char *data_folder,
                               int lock_fd,
                               struct catalog **out,
                               mlp_error *err)
{
    struct catalog *catalog = calloc(1, sizeof *catalog);
    mlp_status status;

    *out = NULL;
    if (catalog == NULL)
        return mlp_fail(err, MLP_NOMEM, "catalog: out of memory");
    catalog->lock_fd = -1; /* until all is well */
    status = open_database(catalog, data_folder, err);
    if (status != MLP_OK) {
        catalog_close(catalog);
        return status;
    }
    catalog->lock_fd = lock_fd;
    *out = catalog;
    return MLP_OK;
}

mlp_status
catalog_open(const char *data_folder, struct catalog **out, mlp_error *err)
{
    mlp_error inner = {.text = ""};
    mlp_status status = blob_make_folder(data_folder, &inner);
    int lock_fd = -1;

    *out = NULL;
    if (status != MLP_OK)
        return mlp_fail(err, status, "data folder %s: %s", data_folder,
                        inner.text);
    status = catalog_lock(data_folder, &lock_fd, err);
    if (status != MLP_OK)
        return status;
    status = catalog_open_locked(data_folder, lock_fd, out, err);
    if (status != MLP_OK)
        close(lock_fd);
    return status;
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

/* --- transactions --------------------------------------------------------- */

mlp_status catalog_begin(struct catalog *catalog, mlp_error *err)
{
    return database_begin(catalog->database, err);
}

mlp_status
catalog_end(struct catalog *catalog, mlp_status so_far, mlp_error *err)
{
    return database_end(catalog->database, so_far, err);
}

mlp_status catalog_check(struct catalog *catalog, mlp_error *err)
{
    return database_check(catalog->database, err);
}

mlp_status
catalog_probe(struct catalog *catalog, int64_t now_ms, mlp_error *err)
{
    return database_run(catalog->database, PROBE, DB_VALUES(DB_INTEGER(now_ms)),
                        NULL, NULL, err);
}

mlp_status catalog_write_status(const struct catalog *catalog)
{
    return database_write_status(catalog->database);
}

/* SPDX-License-Identifier: MIT
 *
 * SQLite, set up for one daemon that must not lose what it acknowledged. */
#include "store/database.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Taken before the file is looked at. synchronous=FULL: a commit is on stable
 * storage. EXCLUSIVE: no shared memory, and nobody else gets in. */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA mmap_size = 0;";

struct database {
    sqlite3 *db;
    const struct database_schema *schema;
    mlp_status write_status;  /* of the last write */
    sqlite3_stmt *prepared[]; /* [schema->n_statements], each made when used */
};

struct database_row {
    sqlite3_stmt *stmt;
};

static const struct code {
    int code;
    mlp_status status;
    const char *text; /* NULL: SQLite's own */
} codes[] = {
    {SQLITE_FULL, MLP_FULL, "no space left on the device"},
    {SQLITE_NOMEM, MLP_NOMEM, "out of memory"},
    {SQLITE_BUSY, MLP_IO, "another process uses it"},
    {SQLITE_CORRUPT, MLP_IO, "it is damaged"},
    {SQLITE_NOTADB, MLP_IO, "it is no SQLite database"},
    {SQLITE_TOOBIG, MLP_LIMIT, "too large a value"},
    {SQLITE_CONSTRAINT, MLP_INVALID, NULL},
};

/* What SQLite's last call said, as a status. A full disk may come as an I/O
 * error with the reason in errno. */
static mlp_status fail(const struct database *database, mlp_error *err)
{
    int code = sqlite3_errcode(database->db);
    const char *text = sqlite3_errmsg(database->db);
    mlp_status status = MLP_IO;

    if (code == SQLITE_IOERR && sqlite3_system_errno(database->db) == ENOSPC)
        code = SQLITE_FULL;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code) {
            status = codes[i].status;
            text = codes[i].text ? codes[i].text : text;
        }
    return mlp_fail(err, status, "catalog: %s", text);
}

static mlp_status
execute(struct database *database, const char *sql, mlp_error *err)
{
    if (sqlite3_exec(database->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return fail(database, err);
    return MLP_OK;
}

/* --- opening -------------------------------------------------------------- */

static mlp_status
connect_file(struct database *database, const char *path, mlp_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int code = sqlite3_open_v2(path, &database->db, flags, NULL);

    if (database->db == NULL)
        return mlp_fail(err, MLP_NOMEM, "catalog: out of memory");
    if (code != SQLITE_OK)
        return fail(database, err);
    sqlite3_busy_timeout(database->db, 0);
    sqlite3_db_config(database->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return execute(database, settings, err);
}

/* The one value of a query, as text. */
static mlp_status ask(struct database *database,
                      const char *sql,
                      char *out,
                      size_t out_size,
                      mlp_error *err)
{
    sqlite3_stmt *stmt;
    mlp_status status = MLP_OK;

    if (sqlite3_prepare_v2(database->db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return fail(database, err);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        snprintf(out, out_size, "%s",
                 (const char *)sqlite3_column_text(stmt, 0));
    else
        status = fail(database, err);
    sqlite3_finalize(stmt);
    return status;
}

static mlp_status
check(struct database *database, const char *pragma, mlp_error *err)
{
    char answer[128];
    mlp_status status = ask(database, pragma, answer, sizeof answer, err);

    if (status == MLP_OK && strcmp(answer, "ok") != 0)
        return mlp_fail(err, MLP_IO, "catalog: it is damaged: %s", answer);
    return status;
}

/* One step and the number that says so, or neither. */
static mlp_status
migrate_from(struct database *database, size_t version, mlp_error *err)
{
    char set[64];
    mlp_status status = execute(database, "BEGIN IMMEDIATE", err);

    if (status == MLP_OK)
        status = execute(database, database->schema->migrations[version], err);
    snprintf(set, sizeof set, "PRAGMA user_version = %zu", version + 1);
    if (status == MLP_OK)
        status = execute(database, set, err);
    return database_end(database, status, err);
}

static mlp_status migrate(struct database *database, mlp_error *err)
{
    size_t newest = database->schema->n_migrations;
    char answer[32];
    mlp_status status =
        ask(database, "PRAGMA user_version", answer, sizeof answer, err);

    if (status != MLP_OK)
        return status;
    long version = strtol(answer, NULL, 10);
    if (version < 0 || (size_t)version > newest)
        return mlp_fail(err, MLP_FORMAT,
                        "catalog: made by a newer mlpd: its version is %ld, "
                        "this mlpd knows up to %zu",
                        version, newest);
    for (size_t v = (size_t)version; v < newest && status == MLP_OK; v++)
        status = migrate_from(database, v, err);
    return status;
}

mlp_status database_open(const char *path,
                         const struct database_schema *schema,
                         struct database **out,
                         mlp_error *err)
{
    struct database *database = calloc(
        1, sizeof *database + schema->n_statements * sizeof(sqlite3_stmt *));
    mlp_status status;

    *out = NULL;
    if (database == NULL)
        return mlp_fail(err, MLP_NOMEM, "catalog: out of memory");
    database->schema = schema;
    status = connect_file(database, path, err);
    if (status == MLP_OK)
        status = check(database, "PRAGMA quick_check(1)", err);
    if (status == MLP_OK)
        status = migrate(database, err);
    if (status != MLP_OK) {
        database_close(database);
        return status;
    }
    *out = database;
    return MLP_OK;
}

mlp_status database_check(struct database *database, mlp_error *err)
{
    return check(database, "PRAGMA integrity_check(1)", err);
}

void database_close(struct database *database)
{
    if (database == NULL)
        return;
    for (size_t i = 0; i < database->schema->n_statements; i++)
        sqlite3_finalize(database->prepared[i]);
    sqlite3_close(database->db);
    free(database);
}

/* --- statements ----------------------------------------------------------- */

static int bind(sqlite3_stmt *stmt, const struct database_value *value, int i)
{
    if (value->integral)
        return sqlite3_bind_int64(stmt, i, value->integer);
    /* The caller's text outlives the statement's run. */
    return sqlite3_bind_text(stmt, i, value->text, -1, SQLITE_STATIC);
}

/* The statement with its values bound, made on its first use. */
static mlp_status begin(struct database *database,
                        size_t statement,
                        const struct database_value *values,
                        size_t n_values,
                        sqlite3_stmt **out,
                        mlp_error *err)
{
    sqlite3_stmt **stmt = &database->prepared[statement];
    int code = SQLITE_OK;

    if (*stmt == NULL)
        code = sqlite3_prepare_v3(database->db,
                                  database->schema->statements[statement], -1,
                                  SQLITE_PREPARE_PERSISTENT, stmt, NULL);
    for (size_t i = 0; i < n_values && code == SQLITE_OK; i++)
        code = bind(*stmt, &values[i], (int)i + 1);
    *out = *stmt;
    return code == SQLITE_OK ? MLP_OK : fail(database, err);
}

/* What a caller did wrong says nothing about the disk. In a transaction the
 * disk has its say at the end. */
static void note_write(struct database *database, mlp_status status)
{
    if (status == MLP_FULL || status == MLP_IO)
        database->write_status = status;
    else if (status == MLP_OK && sqlite3_get_autocommit(database->db))
        database->write_status = MLP_OK;
}

mlp_status database_write_status(const struct database *database)
{
    return database->write_status;
}

mlp_status database_run(struct database *database,
                        size_t statement,
                        const struct database_value *values,
                        size_t n_values,
                        database_each *each,
                        void *context,
                        mlp_error *err)
{
    struct database_row row;
    mlp_status status =
        begin(database, statement, values, n_values, &row.stmt, err);
    int code = SQLITE_DONE;

    while (status == MLP_OK && (code = sqlite3_step(row.stmt)) == SQLITE_ROW)
        if (each != NULL)
            each(context, &row);
    if (status == MLP_OK && code != SQLITE_DONE)
        status = fail(database, err);
    if (row.stmt == NULL)
        return status; /* it could not be prepared */
    if (!sqlite3_stmt_readonly(row.stmt))
        note_write(database, status);
    sqlite3_reset(row.stmt);
    sqlite3_clear_bindings(row.stmt);
    return status;
}

/* --- transactions --------------------------------------------------------- */

mlp_status database_begin(struct database *database, mlp_error *err)
{
    return execute(database, "BEGIN IMMEDIATE", err);
}

/* A statement that failed for a lack of space or memory may have ended it. */
void database_roll_back(struct database *database)
{
    if (!sqlite3_get_autocommit(database->db))
        sqlite3_exec(database->db, "ROLLBACK", NULL, NULL, NULL);
}

mlp_status
database_end(struct database *database, mlp_status so_far, mlp_error *err)
{
    mlp_status status = so_far;

    if (status == MLP_OK && sqlite3_get_autocommit(database->db))
        status = mlp_fail(err, MLP_IO, "catalog: the transaction is gone");
    if (status == MLP_OK)
        status = execute(database, "COMMIT", err);
    note_write(database, status);
    if (status != MLP_OK)
        database_roll_back(database);
    return status;
}

const char *database_text(const struct database_row *row, int column)
{
    return (const char *)sqlite3_column_text(row->stmt, column);
}

int64_t database_integer(const struct database_row *row, int column)
{
    return sqlite3_column_int64(row->stmt, column);
}

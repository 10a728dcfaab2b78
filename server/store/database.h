/* SPDX-License-Identifier: MIT
 *
 * The one door to SQLite: a database of a schema that is given, its prepared
 * statements, and rows. One connection in one thread: SQLite before 3.51.3 can
 * corrupt a WAL that two connections write at once. Every value is bound, none
 * is pasted into a statement. */
#ifndef MLPD_DATABASE_H
#define MLPD_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

/* migrations[v] takes a database from version v to v + 1; statements are known
 * by their index. Must outlive the database. */
struct database_schema {
    const char *const *migrations;
    size_t n_migrations;
    const char *const *statements;
    size_t n_statements;
};

struct database;

/* Open or make the file, check it, bring it to the schema's version.
 * Errors:  MLP_IO      somebody else has it, it is damaged, no space
 *          MLP_FORMAT  its version is above the schema's
 *          MLP_NOMEM
 * Owner:   caller; database_close().  Threads: loop. */
mlp_status database_open(const char *path,
                         const struct database_schema *schema,
                         struct database **out,
                         mlp_error *err);
void database_close(struct database *database); /* accepts NULL */
/* Look at every page and every index: slow. MLP_IO: it is damaged. */
mlp_status database_check(struct database *database, mlp_error *err);

/* A value to bind; text NULL is SQL's NULL. */
struct database_value {
    bool integral;
    const char *text;
    int64_t integer;
};
#define DB_TEXT(v) ((struct database_value){.text = (v)})
#define DB_INTEGER(v)                                                          \
    ((struct database_value){.integral = true, .integer = (int64_t)(v)})
#define DB_VALUES(...)                                                         \
    (const struct database_value[]){__VA_ARGS__},                              \
        sizeof((const struct database_value[]){__VA_ARGS__}) /                 \
            sizeof(struct database_value)

/* A row that a statement yields; its texts are valid for the call. */
struct database_row;
const char *database_text(const struct database_row *row, int column);
int64_t database_integer(const struct database_row *row, int column);
typedef void database_each(void *context, const struct database_row *row);

/* Run a statement with ?1 … ?n bound and call `each` (may be NULL) for each row
 * that it yields; `each` must not run the same statement. Outside of a
 * transaction a change is on stable storage when this returns MLP_OK, and none
 * was made otherwise.
 * Errors: MLP_FULL, MLP_IO, MLP_NOMEM, MLP_LIMIT too large a value,
 * MLP_INVALID a constraint of the schema. */
mlp_status database_run(struct database *database,
                        size_t statement,
                        const struct database_value *values,
                        size_t n_values,
                        database_each *each,
                        void *context,
                        mlp_error *err);

/* What is run between these becomes durable at the end, all of it or nothing.
 * No transaction within another. */
mlp_status database_begin(struct database *database, mlp_error *err);
/* Commit if so_far is MLP_OK, else roll back and return so_far. MLP_OK: all of
 * it is on stable storage. */
mlp_status
database_end(struct database *database, mlp_status so_far, mlp_error *err);
void database_roll_back(struct database *database);

/* How the last write went: MLP_OK, MLP_FULL or MLP_IO. */
mlp_status database_write_status(const struct database *database);

#endif

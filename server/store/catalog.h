/* SPDX-License-Identifier: MIT
 *
 * DATA/mlpd.db: jobs, datasets, and the highest version that each model ever
 * had. SQLite, one connection, WAL, synchronous=FULL, locked to one daemon.
 * Everything here runs on the loop thread; a write has returned only when it
 * is on stable storage. */
#ifndef MLPD_CATALOG_H
#define MLPD_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"
#include "store/blob.h"
#include "store/names.h"

struct catalog;

/* Errors: MLP_IO (another daemon has it, no space, corrupt), MLP_FORMAT (made
 * by a newer mlpd). */
mlp_status
catalog_open(const char *data_folder, struct catalog **out, mlp_error *err);
void catalog_close(struct catalog *catalog);

/* A job's row. Texts may be NULL where the job has none. In what is read they
 * are the callback's for the call; in what is written the caller's. */
struct catalog_job {
    int64_t id; /* from 1; given by catalog_insert_job() */
    const char *model;
    const char *state; /* "queued" "running" "succeeded" "failed" "cancelled" */
    const char *spec;  /* JSON */
    const char *table; /* sha256 of its data, the name of the table's file */
    const char *warnings; /* JSON array */
    const char *progress; /* JSON: the last figures */
    const char *history;  /* JSON: arrays by epoch; not read by a list */
    const char *error;    /* JSON or NULL */
    uint32_t version;     /* published; 0: none */
    uint32_t restarts;
    int64_t created_ms, started_ms, finished_ms; /* since 1970; 0: not yet */
};

mlp_status catalog_insert_job(struct catalog *catalog,
                              struct catalog_job *job,
                              mlp_error *err);
/* Everything but id, model, spec, table and created_ms is written anew;
 * history NULL leaves what is there. */
mlp_status catalog_update_job(struct catalog *catalog,
                              const struct catalog_job *job,
                              mlp_error *err);
mlp_status
catalog_delete_job(struct catalog *catalog, int64_t id, mlp_error *err);
/* All jobs by id, without history. */
mlp_status
catalog_each_job(struct catalog *catalog,
                 void (*each)(void *context, const struct catalog_job *job),
                 void *context,
                 mlp_error *err);
/* *out: the job's history as JSON text, free() it; NULL if it has none. */
mlp_status catalog_job_history(struct catalog *catalog,
                               int64_t id,
                               char **out,
                               mlp_error *err);

struct catalog_dataset {
    const char *name;
    const char *format;      /* "csv" "npy" "idx" */
    const char *sha256;      /* of its bytes; its file is datasets/SHA256 */
    const char *description; /* JSON: rows, columns with types */
    uint64_t size;
    int64_t created_ms;
};
/* Insert or replace by name. */
mlp_status catalog_put_dataset(struct catalog *catalog,
                               const struct catalog_dataset *dataset,
                               mlp_error *err);
mlp_status catalog_delete_dataset(struct catalog *catalog,
                                  const char *name,
                                  mlp_error *err);
mlp_status catalog_each_dataset(struct catalog *catalog,
                                void (*each)(void *context,
                                             const struct catalog_dataset *),
                                void *context,
                                mlp_error *err);

/* The next version of a model's name: above every one it ever had and above
 * at_least. It is taken by asking. */
mlp_status catalog_next_version(struct catalog *catalog,
                                const char *model,
                                uint32_t at_least,
                                uint32_t *out,
                                mlp_error *err);

#endif

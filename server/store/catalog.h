/* SPDX-License-Identifier: MIT
 *
 * DATA/mlpd.db: jobs and the keys of their requests, datasets, what each model
 * file must hash to, and the highest version that each model ever had. SQLite,
 * one connection, WAL, synchronous=FULL, locked to one daemon. Everything here
 * runs on the loop thread; outside of a transaction a write has returned only
 * when it is on stable storage. */
#ifndef MLPD_CATALOG_H
#define MLPD_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"
#include "store/blob.h"
#include "store/names.h"

struct catalog;

/* Errors: MLP_IO (another daemon has it, corrupt), MLP_FULL, MLP_FORMAT (made
 * by a newer mlpd). */
mlp_status
catalog_open(const char *data_folder, struct catalog **out, mlp_error *err);
void catalog_close(struct catalog *catalog);

/* In two steps, for who must look at the folder before: the lock, which a
 * daemon that runs holds; then the catalog, which owns it from then on, on
 * MLP_OK alone. */
mlp_status catalog_lock(const char *data_folder, int *out, mlp_error *err);
mlp_status catalog_open_locked(const char *data_folder,
                               int lock_fd,
                               struct catalog **out,
                               mlp_error *err);
/* Look at all of it; opening it looks at less. MLP_IO: it is damaged. */
mlp_status catalog_check(struct catalog *catalog, mlp_error *err);

/* Several changes as one: they are durable, all of them, when catalog_end()
 * returns MLP_OK; with another so_far, which it then returns, none is made. */
mlp_status catalog_begin(struct catalog *catalog, mlp_error *err);
mlp_status
catalog_end(struct catalog *catalog, mlp_status so_far, mlp_error *err);
/* How the last write went: MLP_OK, MLP_FULL or MLP_IO; and a write that changes
 * nothing, to find out how the next one would. */
mlp_status catalog_write_status(const struct catalog *catalog);
mlp_status
catalog_probe(struct catalog *catalog, int64_t now_ms, mlp_error *err);

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
    const char *outcome;  /* JSON: what else came of it; not set by an insert */
    uint32_t version;     /* published; 0: none */
    uint32_t reserved;    /* taken for it before its file is named; 0: none */
    uint32_t restarts;
    bool cancel_asked;
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

/* An Idempotency-Key. It is forgotten 24 hours after created_ms. */
struct catalog_key {
    const char *key;
    const char *request; /* sha256 text of what was asked for */
    int64_t job, created_ms;
};
struct catalog_key_found {
    int64_t job; /* 0: there is no such key */
    char request[BLOB_SHA256_TEXT];
};
mlp_status catalog_put_key(struct catalog *catalog,
                           const struct catalog_key *key,
                           mlp_error *err);
mlp_status catalog_get_key(struct catalog *catalog,
                           const char *key,
                           int64_t now_ms,
                           struct catalog_key_found *out,
                           mlp_error *err);
mlp_status
catalog_purge_keys(struct catalog *catalog, int64_t now_ms, mlp_error *err);

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

struct catalog_model_file {
    const char *model;
    uint32_t version;
    const char *sha256;
    uint64_t size;
    bool removed; /* deleted, but maybe not yet unlinked */
};
/* Insert or replace by model and version. */
mlp_status catalog_put_model_file(struct catalog *catalog,
                                  const struct catalog_model_file *file,
                                  mlp_error *err);
/* Before a file is named: its row, with the next version if file->version is
 * 0. Two statements, for the caller's transaction. */
mlp_status catalog_reserve_version(struct catalog *catalog,
                                   struct catalog_model_file *file,
                                   uint32_t at_least,
                                   mlp_error *err);
/* Before a file is unlinked; and after that. */
mlp_status catalog_remove_model_file(struct catalog *catalog,
                                     const char *model,
                                     uint32_t version,
                                     mlp_error *err);
mlp_status catalog_forget_model_file(struct catalog *catalog,
                                     const char *model,
                                     uint32_t version,
                                     mlp_error *err);
mlp_status
catalog_each_model_file(struct catalog *catalog,
                        void (*each)(void *context,
                                     const struct catalog_model_file *file),
                        void *context,
                        mlp_error *err);

#endif

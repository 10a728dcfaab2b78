/* SPDX-License-Identifier: MIT
 *
 * A training run as a job: from a wish (JSON settings and a table) to a plan,
 * from a plan to a job that survives a kill, from a job to a served model.
 *
 * The table of a job is kept as DATA/tables/SHA256 from before the job is
 * acknowledged until no job needs it; the job's spec is the resolved settings,
 * which read back to themselves. So a restarted daemon runs the same job on,
 * from its last checkpoint, and gets the same bytes. */
#ifndef MLPD_TRAINING_H
#define MLPD_TRAINING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/problem.h"
#include "jobs/jobs.h"
#include "mlp/fit.h"
#include "mlp/table.h"
#include "store/catalog.h"
#include "store/registry.h"
#include "telemetry/metrics.h"

struct training;

struct training_options {
    size_t max_parameters;
    size_t n_threads; /* that one training may ask for; 0: 1 */
    size_t n_jobs;    /* that share them, when none asks; 0: 1 */
    /* A running job leaves a checkpoint every so many seconds (0: never), and
     * when it is stopped to be run again. */
    double checkpoint_interval_s;
    struct metrics *metrics; /* that epochs are counted in; or NULL */
};

/* DATA/tables and DATA/checkpoints are made if missing.
 * Owner: caller; training_destroy(). */
mlp_status training_create(const char *data_folder,
                           struct catalog *catalog,
                           struct registry *registry,
                           const struct training_options *options,
                           struct training **out,
                           mlp_error *err);
void training_destroy(struct training *training);

/* What jobs_create() is given. */
struct job_runner training_runner(struct training *training);

/* Settings checked against a table and resolved. */
struct training_prepared {
    char model[NAME_MAX_BYTES + 1];
    /* JSON text, free(); also the job's spec in the catalog:
     * {"settings": resolved settings, "parameters": {"weights", "biases"},
     *  "rows": {"training", "validation"}, "memory_bytes"}. A run reads
     * "settings" alone, the scheduler "memory_bytes". */
    char *spec;
    char *warnings;               /* JSON array; free() */
    uint64_t memory_bytes;        /* of the run, its table included, at most */
    uint64_t disk_bytes;          /* of its table and its model, about */
    char table[BLOB_SHA256_TEXT]; /* "" until it is written */
    struct blob *blob; /* the table's, synced, until training_keep() */
    json_t *estimate;  /* columns, classes, for a dry run */
};

/* Check `settings` (the request's JSON without its data) against `table` and
 * resolve them; nothing is written yet.  Threads: pool. */
void training_prepare(struct training *training,
                      const json_t *settings,
                      const mlp_table *table,
                      bool dry_run,
                      struct training_prepared *out,
                      struct problem *problem);
/* Put the table on stable storage. Slow.  Threads: pool. */
void training_write(struct training *training,
                    const mlp_table *table,
                    struct training_prepared *prepared,
                    struct problem *problem);
void training_prepared_free(struct training_prepared *prepared);

/* Give the prepared table its name, just before the job is submitted; one of
 * equal content that is there already serves both. The folder is synced with
 * the submission. If that fails and no job uses the table, forget it again.
 * Threads: loop. */
mlp_status training_keep(struct training *training,
                         struct training_prepared *prepared,
                         mlp_error *err);
void training_forget(struct training *training, const char *sha256);

#endif

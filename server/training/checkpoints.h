/* SPDX-License-Identifier: MIT
 *
 * The files of DATA/checkpoints: JOB-GENERATION-SHA256.ckpt, two generations a
 * job, whole or not there like every blob. What is in them is not known
 * here. `folder` is the folder's path. */
#ifndef MLPD_CHECKPOINTS_H
#define MLPD_CHECKPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"
#include "store/blob.h"

struct checkpoint {
    int64_t job;
    uint64_t generation; /* from 1; a higher one is newer */
    char sha256[BLOB_SHA256_TEXT];
};

/* Of one job no more are ever looked at. */
enum { CHECKPOINTS_MAX = 4 };

/* Those of a job, newest first; how many.  Threads: pool, loop. */
size_t checkpoints_of(const char *folder,
                      int64_t job,
                      struct checkpoint out[CHECKPOINTS_MAX]);

/* Its bytes, free() them.
 * Errors:  MLP_FORMAT they are not those that were written; MLP_IO, MLP_NOMEM
 * Threads: pool. */
mlp_status checkpoints_read(const char *folder,
                            const struct checkpoint *checkpoint,
                            char **out,
                            size_t *length,
                            mlp_error *err);

/* Put what was written to `blob`, which ends here in any case, on stable
 * storage as the job's newest; its newest but one stays, older ones go.
 * Threads: pool. */
mlp_status checkpoints_commit(const char *folder,
                              int64_t job,
                              uint64_t generation,
                              struct blob *blob,
                              mlp_error *err);

/* Threads: pool, loop. */
void checkpoints_remove(const char *folder,
                        const struct checkpoint *checkpoint);
void checkpoints_remove_all(const char *folder, int64_t job);

/* Remove those of jobs that `is_wanted` does not know, and what a killed
 * daemon had not finished.  Threads: loop. */
void checkpoints_sweep(const char *folder,
                       bool (*is_wanted)(void *context, int64_t job),
                       void *context);

#endif

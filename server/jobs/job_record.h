/* SPDX-License-Identifier: MIT
 *
 * A job's figures and its error as the JSON that the catalog keeps. Inner
 * header of server/jobs/. */
#ifndef MLPD_JOB_RECORD_H
#define MLPD_JOB_RECORD_H

#include "jobs/job.h"

/* names: of the metrics, ended by NULL. */
void job_progress_write(const struct job_progress *progress,
                        const char *const *names,
                        mlp_buffer *out);
/* What is unknown or missing in `text` leaves *out as it is. MLP_FORMAT when it
 * is no JSON. */
mlp_status job_progress_read(const char *text,
                             const char *const *names,
                             struct job_progress *out,
                             mlp_error *err);

/* {"reason":"diverged","detail":"…"}, of the job's error texts. */
void job_error_write(const struct job *job, mlp_buffer *out);
mlp_status job_error_read(const char *text, struct job *job, mlp_error *err);

#endif

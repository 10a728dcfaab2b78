/* SPDX-License-Identifier: MIT
 *
 * The metrics of each step of a job. Inner header of server/jobs/. */
#ifndef MLPD_JOB_HISTORY_H
#define MLPD_JOB_HISTORY_H

#include <stddef.h>

#include "mlp/buffer.h"
#include "mlp/status.h"

struct job_step;

/* All zero is an empty one. Threads: one at a time. */
struct job_history {
    struct job_step *rows; /* ascending steps */
    size_t n, capacity;
};

/* metrics: [JOB_METRICS_MAX]. A row that there is no memory for is left out:
 * a job does not fail because of its diary. */
void job_history_append(struct job_history *history,
                        size_t step,
                        const double *metrics);
/* {"epoch":[1,2],"loss":[0.5,0.25]}; names end with NULL. */
void job_history_write(const struct job_history *history,
                       const char *const *names,
                       mlp_buffer *out);
/* Fill an empty one with what job_history_write() wrote; a column that has no
 * name here is passed over. Errors: MLP_FORMAT, MLP_NOMEM; it is then empty. */
mlp_status job_history_read(struct job_history *history,
                            const char *text,
                            const char *const *names,
                            mlp_error *err);
/* Copy the first rows behind step `after`, at most n_max; how many. */
size_t job_history_copy(const struct job_history *history,
                        size_t after,
                        struct job_step *out,
                        size_t n_max);
/* Empty it. */
void job_history_free(struct job_history *history);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Whether there is room for something, before any work goes into it. What is
 * refused is told with the numbers; what is admitted is not kept count of
 * here: jobs.h does for jobs, body.h for bodies. */
#ifndef MLPD_ADMISSION_H
#define MLPD_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "handlers/app.h"
#include "http/problem.h"

/* What is there to be given away, where nobody said: 80 % of the memory (0: not
 * known), and what a disk that `folder` is on should keep free. */
uint64_t admission_memory(void);
uint64_t admission_reserve(const char *folder);
/* Processors for trainings, likewise: as many as --threads can say. */
uint64_t admission_threads(void);

/* Whose the memory is: all parts together are the whole, so that no use of it
 * takes what another was promised. */
struct memory_shares {
    uint64_t work;   /* 5/8: trainings, and files that are being read */
    uint64_t bodies; /* 1/4: of requests and replies on their way */
    uint64_t models; /* 1/8: that answer */
};
struct memory_shares admission_shares(uint64_t budget_bytes);

/* A table in memory may have so many cells of the `max_cells` that are asked
 * for, if it shall take three quarters of `work_bytes`; 0: no limit. */
size_t admission_cells(uint64_t work_bytes, size_t max_cells);

/* n_bytes more on the disk, and the reserve is still there? Else a 507. An
 * upload of unknown length asks again as it goes. Threads: any. */
bool admit_to_disk(const struct app *app,
                   uint64_t n_bytes,
                   struct problem *problem);

/* A training that takes n_bytes: could it ever run? Else a 422.
 * Threads: any. */
bool admit_training(const struct app *app,
                    uint64_t n_bytes,
                    struct problem *problem);

/* Memory to read a file of n_bytes with, into a table or a model: what the
 * trainings that run and the files that are being read leave of it, and one
 * alone always has room. Else a 503. *taken is what to give back, once.
 * Threads: loop. */
bool admit_reading(struct app *app,
                   uint64_t n_bytes,
                   uint64_t *taken,
                   struct problem *problem);
void admission_end_reading(struct app *app, uint64_t *taken);

#endif

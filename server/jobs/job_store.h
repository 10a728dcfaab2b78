/* SPDX-License-Identifier: MIT
 *
 * Jobs as rows of the catalog. Inner header of server/jobs/; the loop's.
 * names: of the metrics, ended by NULL. */
#ifndef MLPD_JOB_STORE_H
#define MLPD_JOB_STORE_H

#include "jobs/job.h"
#include "jobs/job_list.h"
#include "store/catalog.h"

/* All rows as jobs, in `list`, which owns them even after an error. */
mlp_status job_store_load(struct catalog *catalog,
                          struct jobs *jobs,
                          struct job_list *list,
                          const char *const *names,
                          mlp_error *err);
/* A new row; the job gets its id. */
mlp_status job_store_insert(struct catalog *catalog,
                            struct job *job,
                            const char *const *names,
                            mlp_error *err);
/* Its row as the job now stands; with its history once it has ended or is
 * computed. */
mlp_status job_store_save(struct catalog *catalog,
                          struct job *job,
                          const char *const *names,
                          mlp_error *err);
/* The job's history as JSON, from memory or from its row; free() it. */
mlp_status job_store_history(struct catalog *catalog,
                             struct job *job,
                             const char *const *names,
                             char **out,
                             mlp_error *err);

#endif

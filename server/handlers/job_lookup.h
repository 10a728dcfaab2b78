/* SPDX-License-Identifier: MIT
 *
 * From {id} in a path to a job's number, or to the problem that says that there
 * is no such job. */
#ifndef MLPD_JOB_LOOKUP_H
#define MLPD_JOB_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"

/* The job that the path names, as far as its number goes. False: a 404.
 * Threads: any. */
bool job_find_id(const struct http_request *request,
                 int64_t *id,
                 struct problem *problem);

/* The 404 for a job that is not there.  Threads: any. */
void job_unknown(struct problem *problem, int64_t id);

#endif

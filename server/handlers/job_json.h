/* SPDX-License-Identifier: MIT
 *
 * A job as the HTTP interface shows it. */
#ifndef MLPD_JOB_JSON_H
#define MLPD_JOB_JSON_H

#include <jansson.h>

#include "jobs/jobs.h"

/* The whole job. NULL: out of memory; reply_json() takes that.
 * Owner: caller; json_decref().  Threads: loop. */
json_t *job_json(const struct job_view *view);

/* The same without the spec, which makes a list long. */
json_t *job_json_brief(const struct job_view *view);

#endif

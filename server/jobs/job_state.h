/* SPDX-License-Identifier: MIT
 *
 * The states of a job and their names, which jobs.h draws. */
#ifndef MLPD_JOB_STATE_H
#define MLPD_JOB_STATE_H

#include <stdbool.h>

enum job_state {
    JOB_QUEUED,
    JOB_RUNNING,
    JOB_SUCCEEDED,
    JOB_FAILED,
    JOB_CANCELLED,
};
const char *job_state_name(enum job_state state);
bool job_state_parse(const char *name, enum job_state *out);

#endif

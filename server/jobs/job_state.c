/* SPDX-License-Identifier: MIT
 *
 * One table of names. */
#include "jobs/job_state.h"

#include <string.h>

static const char *const state_names[] = {
    [JOB_QUEUED] = "queued",       [JOB_RUNNING] = "running",
    [JOB_SUCCEEDED] = "succeeded", [JOB_FAILED] = "failed",
    [JOB_CANCELLED] = "cancelled",
};
enum { N_STATES = sizeof state_names / sizeof *state_names };

const char *job_state_name(enum job_state state)
{
    return state_names[state];
}

bool job_state_parse(const char *name, enum job_state *out)
{
    for (int i = 0; i < N_STATES; i++)
        if (strcmp(name, state_names[i]) == 0) {
            *out = (enum job_state)i;
            return true;
        }
    return false;
}

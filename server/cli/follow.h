/* SPDX-License-Identifier: MIT
 *
 * A job, watched to its end. */
#ifndef MLPD_FOLLOW_H
#define MLPD_FOLLOW_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/progress.h"
#include "cli/session.h"

/* Poll job `id` and show how it goes. With `cancels`, an interrupt cancels the
 * job and waits for its end; else it leaves.
 * Returns: CLI_OK when it has ended, in whichever way, with the job in *job
 *          and its text in *text; CLI_INTERRUPTED after an interrupt (*job and
 *          *text may be there); those of session_ask().
 * Owner:   caller; json_decref(*job), client_answer_free(text). */
int follow_job(struct session *session,
               json_int_t id,
               bool cancels,
               struct progress *progress,
               struct client_answer *text,
               json_t **job);

/* Print how a job ended: its model's name, scores and warnings, or why it
 * failed.  Returns: CLI_OK, CLI_REFUSED, CLI_NO_CONNECTION. */
int follow_report(struct session *session, const json_t *job);

/* A number of a JSON object; NaN where there is none. */
double follow_figure(const json_t *object, const char *key);

/* Is it queued or running? */
bool follow_is_open(const json_t *job);

#endif

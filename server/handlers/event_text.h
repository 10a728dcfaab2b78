/* SPDX-License-Identifier: MIT
 *
 * What is told of a job while it is watched, as text: server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html), or the same
 * as one JSON object a line:
 *
 *     event: epoch {"event":"epoch","id":3,"data":{"epoch":3,…}} id: 3 data:
 * {"epoch":3,…}
 *
 * A writer's failure stays in the buffer. Threads: any. */
#ifndef MLPD_EVENT_TEXT_H
#define MLPD_EVENT_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "jobs/job_runner.h"
#include "mlp/buffer.h"

enum event_form { EVENT_STREAM, EVENT_LINES };

/* The id of the event behind which there is nothing more. */
#define EVENT_END_ID "end"

/* A step; its number is the event's id. names end with NULL. */
void event_text_step(mlp_buffer *out,
                     enum event_form form,
                     const struct job_step *step,
                     const char *const *names);
/* The job as it stands, which is consumed; NULL: out of memory. `last`: with
 * EVENT_END_ID. */
void event_text_state(mlp_buffer *out,
                      enum event_form form,
                      json_t *job,
                      bool last);
/* What is no event: a comment, or a line with nothing but `word` in it. */
void event_text_remark(mlp_buffer *out, enum event_form form, const char *word);

#endif

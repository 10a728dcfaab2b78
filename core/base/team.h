/* SPDX-License-Identifier: MIT
 *
 * A few threads that work on one thing together: all run the same function,
 * meet at barriers, and are done at the same time. Who waits spins for some
 * microseconds, which is what the steps of a small network take, and then
 * parks, so that a busy machine is not held up by waiting.
 *
 * How work is shared out must never show in its result: members divide rows or
 * outputs between them, not the terms of a sum. */
#ifndef MLP_BASE_TEAM_H
#define MLP_BASE_TEAM_H

#include <stddef.h>

#include "mlp/status.h"

enum { TEAM_MAX = 256 };

struct team;

/* What each member does; 0 is the caller of team_run(). */
typedef void team_work(void *context, size_t member);

/* A team of n_members, the calling thread among them, so that one of 1 has no
 * thread at all. Its threads take no signals and have the caller's priority.
 *
 * Errors:  MLP_INVALID  0 members or more than TEAM_MAX
 *          MLP_NOMEM    also when a thread cannot be started
 * Owner:   caller; team_destroy().  *out is NULL on error. */
MLP_NODISCARD mlp_status team_create(size_t n_members,
                                     struct team **out,
                                     mlp_error *err);
/* NULL is fine. Not while it runs. */
void team_destroy(struct team *team);

size_t team_size(const struct team *team);

/* Every member runs work(context, member) once; all have returned when this
 * returns, and what they wrote is there to see.  Threads: one at a time. */
void team_run(struct team *team, team_work *work, void *context);

/* In the work: wait until every member has come here. What each wrote before
 * it, all see behind it. */
void team_meet(struct team *team);

/* The member's part of n things: [*first, *end), in order of members and of
 * nearly the same size; parts begin at multiples of `grain`. Who is beyond the
 * last member has the empty part at the end.  Threads: any. */
void team_share(size_t n,
                size_t grain,
                size_t member,
                size_t n_members,
                size_t *first,
                size_t *end);

#endif

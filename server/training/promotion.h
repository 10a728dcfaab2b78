/* SPDX-License-Identifier: MIT
 *
 * After a training: shall an alias name the new version? It is decided and the
 * alias moved once the version's file is there, so that no alias ever names a
 * file that is not; the move is durable with its row in the audit trail, which
 * a start after a kill finds. Inner header of server/training/. */
#ifndef MLPD_PROMOTION_H
#define MLPD_PROMOTION_H

#include "training/training_inner.h"

/* Can the wish be decided for what the plan makes? Else a problem. */
void promotion_check(const struct training_setup *setup,
                     struct problem *problem);

/* The version that the job's is to be better than, in memory before the loop
 * asks for it. NULL: there is none, or it cannot be read now.
 * Owner: registry_release().  Slow.  Threads: pool. */
struct live_model *promotion_borrow_rival(struct training *training,
                                          const struct job *job);

/* Do what the job's spec says of `version`, which is published, and set the
 * job's outcome: {"promoted": {"alias", "from", "because"}}, or null and
 * "because". `rival`, or NULL, spares a read if it still is the one to be
 * better than. `again`: a daemon before this one may have done so already.
 * What cannot be read or stored is no promotion, and says so.  Threads: loop.
 */
void promotion_settle(struct training *training,
                      struct job *job,
                      uint32_t version,
                      struct live_model *rival,
                      bool again);

#endif

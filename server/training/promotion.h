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

/* Do what the job's spec says of `version`, which is published, and set the
 * job's outcome: {"promoted": {"alias", "from", "because"}}, or null and
 * "because". `again`: a daemon before this one may have done so already. What
 * cannot be read or stored is no promotion, and says so.  Threads: loop. */
void promotion_settle(struct training *training,
                      struct job *job,
                      uint32_t version,
                      bool again);

#endif

/* SPDX-License-Identifier: MIT
 *
 * DATA/quarantine: where a file goes that is not what it was when it was
 * stored. It is moved, never deleted: a person may still want to look at it. */
#ifndef MLPD_QUARANTINE_H
#define MLPD_QUARANTINE_H

#include "mlp/status.h"

enum { QUARANTINE_NAME = 160 };

/* Move the file `name` of an open folder to DATA/quarantine/LABEL, or to
 * LABEL.2 and so on where there is one; `data_fd` is an open DATA, `moved` (may
 * be NULL) gets its new name. Durable when it returns MLP_OK.
 * Errors: MLP_IO, MLP_FULL: the file is where it was.  Threads: any. */
mlp_status quarantine_file(int data_fd,
                           int folder_fd,
                           const char *name,
                           const char *label,
                           char moved[QUARANTINE_NAME],
                           mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * `mlpd fsck`: look at the data folder of a daemon that does not run, say what
 * is wrong with it, one line each, and with --repair put it right as far as
 * that is possible: what is corrupt goes to DATA/quarantine, what nobody needs
 * is removed, a catalog that is lost is made again from the files. Repairing
 * never touches a file that is what it was when it was stored. */
#ifndef MLPD_FSCK_H
#define MLPD_FSCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mlp/status.h"

struct fsck_options {
    const char *data_folder;
    bool repair;
    bool json; /* {"problems":[{"path","problem","action"}],…}, one line */
    FILE *out;
};

struct fsck_result {
    size_t n_found, n_left; /* problems, and those that are still there */
};

/* MLP_OK: it was looked at; *result says how it is. Else it could not be:
 * MLP_IO (a daemon runs, there is no such folder), MLP_FORMAT (made by a newer
 * mlpd), MLP_NOMEM. */
mlp_status fsck_run(const struct fsck_options *options,
                    struct fsck_result *result,
                    mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Which versions of which models there are, copied from the registry. */
#ifndef MLPD_V2_VERSIONS_H
#define MLPD_V2_VERSIONS_H

#include "handlers/app.h"

struct v2_version {
    char name[NAME_MAX_BYTES + 1];
    uint32_t version;
    bool latest; /* of its model */
};

struct v2_versions {
    const char *only; /* the model's name; NULL: all */
    struct v2_version *items;
    size_t n, capacity;
    bool failed;
};

/* By name, then by number. False with a problem: no memory; the list is empty
 * then. Owner: caller; free(items).  Threads: any. */
bool v2_versions_collect(struct v2_versions *list,
                         struct app *app,
                         const char *only,
                         struct problem *problem);

#endif

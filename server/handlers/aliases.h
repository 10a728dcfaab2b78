/* SPDX-License-Identifier: MIT
 *
 * Aliases as the HTTP interface shows them. */
#ifndef MLPD_ALIASES_H
#define MLPD_ALIASES_H

#include <jansson.h>

#include "handlers/app.h"

/* {"production": 3, "staging": 4} of a model. NULL: out of memory.
 * Owner: caller.  Threads: any. */
json_t *aliases_json(struct app *app, const char *model);

#endif

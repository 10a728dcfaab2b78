/* SPDX-License-Identifier: MIT
 *
 * The model that a path of the Open Inference Protocol names. */
#ifndef MLPD_V2_LOOKUP_H
#define MLPD_V2_LOOKUP_H

#include "handlers/app.h"

/* NULL with a problem, a 404 for whatever is no model's name.
 * Owner: registry_release().  Threads: any. */
struct live_model *v2_lookup(struct http_request *request,
                             struct problem *problem);
/* Would that read a file?  Threads: any. */
bool v2_lookup_sleeps(struct http_request *request);

#endif

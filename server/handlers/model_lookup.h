/* SPDX-License-Identifier: MIT
 *
 * From the names in a request to a borrowed model, or to the problem that says
 * which of them there is not. */
#ifndef MLPD_MODEL_LOOKUP_H
#define MLPD_MODEL_LOOKUP_H

#include "handlers/app.h"

/* 422 with the rule when `name` is no model's name.  Threads: any. */
bool model_check_name(const char *name, struct problem *problem);

/* "3" → 3. False for anything but a whole number from 1 on.  Threads: any. */
bool model_parse_version(const char *text, uint32_t *out);

/* version 0: the latest. NULL with a 404, or the 422 of the name.
 * Owner: registry_release().  Threads: any. */
struct live_model *model_borrow(struct app *app,
                                const char *name,
                                uint32_t version,
                                struct problem *problem);

/* `at`: a version as it is written in a path or a body; NULL: the latest. NULL
 * with a problem, as above.
 * Owner: registry_release().  Threads: any. */
struct live_model *model_borrow_at(struct app *app,
                                   const char *name,
                                   const char *at,
                                   struct problem *problem);

/* The 404 for a version that is not there; 0: no version of that model is. */
void model_unknown(struct app *app,
                   const char *name,
                   uint32_t version,
                   struct problem *problem);

/* Are {model} and {version} of the path a name and a number? *version is 0
 * where the path has none. */
bool model_check_path(const struct http_request *request,
                      uint32_t *version,
                      struct problem *problem);

/* What the path names, borrowed; without {version} the latest. */
struct live_model *model_of_path(struct http_request *request,
                                 struct problem *problem);

#endif

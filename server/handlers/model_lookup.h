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

/* Which version of a model is meant; all zero: the latest. */
struct model_at {
    uint32_t version;
    const char *alias; /* in place of a version, or NULL; as long as its text */
};

/* "3", "production" or "latest"; NULL is the latest. False: it is none of
 * them.  Threads: any. */
bool model_parse_at(const char *text, struct model_at *out);
/* The same, or a 404. */
bool model_check_at(const char *text,
                    struct model_at *out,
                    struct problem *problem);

/* NULL with a 404, or the 422 of the name. An alias is looked up and its
 * version borrowed in one step.
 * Owner: registry_release().  Threads: any. */
struct live_model *model_borrow(struct app *app,
                                const char *name,
                                struct model_at at,
                                struct problem *problem);

/* `at`: a version or an alias as it is written in a path or a body; NULL: the
 * latest. NULL with a problem, as above.
 * Owner: registry_release().  Threads: any. */
struct live_model *model_borrow_at(struct app *app,
                                   const char *name,
                                   const char *at,
                                   struct problem *problem);

/* The number of the version that is meant now; 0 with a 404.  Threads: any;
 * only on the loop does it hold any longer than the call. */
uint32_t model_find_at(struct app *app,
                       const char *name,
                       struct model_at at,
                       struct problem *problem);

/* The 404 for a version or an alias that is not there; the latest: no version
 * of that model is. */
void model_unknown(struct app *app,
                   const char *name,
                   struct model_at at,
                   struct problem *problem);

/* Are {model} and {version} of the path a name and a version? *at is the latest
 * where the path has none. */
bool model_check_path(const struct http_request *request,
                      struct model_at *at,
                      struct problem *problem);

/* The same of a value in the query, or a 422. */
void model_query_at(const struct http_request *request,
                    const char *key,
                    struct model_at *at,
                    struct problem *problem);

/* The same, and the key must be there.  Threads: any. */
void model_query_due(const struct http_request *request,
                     const char *key,
                     struct model_at *at,
                     struct problem *problem);

/* What the path names, borrowed; without {version} the latest. */
struct live_model *model_of_path(struct http_request *request,
                                 struct problem *problem);

#endif

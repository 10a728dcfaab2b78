/* SPDX-License-Identifier: MIT
 *
 * Settings of a training run in a query, for bodies that are data alone. They
 * become the settings object that a JSON body would have had, so that one codec
 * judges both; its complaints are then told in the query's words. */
#ifndef MLPD_TRAIN_QUERY_H
#define MLPD_TRAIN_QUERY_H

#include <jansson.h>

#include "http/request.h"
#include "mlp/readers.h"

/* The query keys of POST /train, for its route: settings, how the CSV is
 * written, and what to do. */
extern const char train_query_keys[];

/* NULL with a problem.  Owner: caller; json_decref().  Threads: any. */
json_t *train_query_settings(const struct http_request *request,
                             struct problem *problem);

/* The same from elsewhere: `value` says what a key has, or NULL. */
typedef const char *train_query_value(const void *context, const char *key);
json_t *train_query_collect(train_query_value *value,
                            const void *context,
                            struct problem *problem);

/* With a JSON body the settings are in there: refuse all keys but wait and
 * dry_run. */
void train_query_refuse_settings(const struct http_request *request,
                                 struct problem *problem);

/* A problem with a pointer into such settings becomes one that names the query
 * key, without a pointer. */
void train_query_rephrase(struct problem *problem);

/* How a CSV is written: delimiter=; header=0. Absent: found out, and yes. */
void train_query_csv(const struct http_request *request,
                     mlp_read_options *options,
                     struct problem *problem);

#endif

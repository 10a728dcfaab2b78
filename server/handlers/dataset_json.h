/* SPDX-License-Identifier: MIT
 *
 * A data set's description: what was found in it, and how to read it again. */
#ifndef MLPD_DATASET_JSON_H
#define MLPD_DATASET_JSON_H

#include <jansson.h>

#include "mlp/readers.h"
#include "store/datasets.h"

/* The text that goes into the catalog. NULL: out of memory.
 * Owner: caller; free().  Threads: any. */
char *dataset_describe(const mlp_table *table, const mlp_read_options *options);

/* The options that it was described with.  Threads: any. */
void dataset_read_options(const struct dataset_view *view,
                          mlp_read_options *out);

/* As the HTTP interface shows it. NULL: out of memory; reply_json() takes that.
 * Owner: caller.  Threads: any. */
json_t *dataset_json(const struct dataset_view *view);

#endif

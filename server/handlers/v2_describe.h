/* SPDX-License-Identifier: MIT
 *
 * Documents of the Open Inference Protocol about a model: its metadata, its
 * configuration in the shape of Triton's, its statistics. */
#ifndef MLPD_V2_DESCRIBE_H
#define MLPD_V2_DESCRIBE_H

#include <jansson.h>

#include "handlers/v2_stats.h"
#include "handlers/v2_versions.h"
#include "store/live_model.h"

/* NULL: no memory. Owner: caller.  Threads: any. */
json_t *v2_describe_model(const struct live_model *live,
                          const struct v2_versions *versions);
json_t *v2_describe_config(const struct live_model *live, size_t max_rows);
/* entry NULL: it was never asked. */
json_t *v2_describe_stats(const struct v2_version *version,
                          struct v2_entry *entry);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A model as the HTTP interface shows it. */
#ifndef MLPD_MODEL_JSON_H
#define MLPD_MODEL_JSON_H

#include <jansson.h>

#include "store/registry.h"

/* Add what a version is to `object`: task, features, classes, network, scores,
 * spec, size, sha256, … False: out of memory.  Threads: any. */
bool model_json_describe(json_t *object, const struct live_model *live);

/* {"model", "version"} and the description. NULL: out of memory; reply_json()
 * takes that.  Owner: caller.  Threads: any. */
json_t *model_version_json(const struct live_model *live);

/* A label with the JSON type that it was trained with.  Threads: any. */
json_t *model_label_json(const mlp_label *label);

#endif

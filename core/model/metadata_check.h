/* SPDX-License-Identifier: MIT
 *
 * Whether a model makes sense as a whole once each of its texts was read. */
#ifndef MLP_MODEL_METADATA_CHECK_H
#define MLP_MODEL_METADATA_CHECK_H

#include "model/bundle.h"

/* The task with its columns, classes and output function.
 * Errors:  MLP_FORMAT, MLP_NOMEM
 * Threads: any. */
MLP_NODISCARD
mlp_status
metadata_check(const mlp_model *model, mlp_output output, mlp_error *err);

#endif

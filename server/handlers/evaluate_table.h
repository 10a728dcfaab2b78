/* SPDX-License-Identifier: MIT
 *
 * The table that a model is evaluated on, from whatever POST /train would make
 * a table of: with the model's names and labels in it. */
#ifndef MLPD_EVALUATE_TABLE_H
#define MLPD_EVALUATE_TABLE_H

#include "handlers/train_source.h"

/* Bytes of files, or as many as would be read into what a body brought; for
 * admit_reading().  Threads: loop. */
uint64_t evaluate_table_bytes(const struct train_source *source);

/* The model's targets are read as labels, its categorical features as what they
 * are. Rows without names, which is how inputs come, and arrays beside a file
 * of their targets, have the model's features in its order. `other` has the
 * same targets and is asked about the same rows, or NULL: nameless ones must
 * then be the same to both. NULL with a problem.
 * Owner: caller.  Slow.  Threads: pool. */
mlp_table *evaluate_table_read(struct train_source *source,
                               const struct live_model *live,
                               const struct live_model *other,
                               size_t max_cells,
                               struct problem *problem);

#endif

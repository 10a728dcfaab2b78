/* SPDX-License-Identifier: MIT
 *
 * How a reader has to take the columns of somebody's rows, so that they mean
 * to a model what they meant in its training. */
#ifndef MLPD_MODEL_COLUMNS_H
#define MLPD_MODEL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "http/problem.h"
#include "mlp/model.h"
#include "mlp/readers.h"

/* The names are the model's. Zero-initialised it can be freed. */
struct model_columns {
    const char **labels; /* categorical: numbers are levels, not amounts … */
    const char **texts;  /* … and those whose levels are texts */
    size_t n_labels, n_texts;
};

/* False with a problem: no memory.  Threads: any. */
bool model_columns_of(const mlp_model *model,
                      struct model_columns *out,
                      struct problem *problem);
/* Those of either, for rows that both are asked about. b: or NULL. */
bool model_columns_of_both(const mlp_model *a,
                           const mlp_model *b,
                           struct model_columns *out,
                           struct problem *problem);
void model_columns_free(struct model_columns *columns);

/* For a file that is to be read; as long as `columns`.  Threads: any. */
void model_columns_ask(const struct model_columns *columns,
                       mlp_read_options *options);
/* In a table that was there before the model was known. False with a problem.
 * Threads: any. */
bool model_columns_apply(const struct model_columns *columns,
                         mlp_table *table,
                         struct problem *problem);

#endif

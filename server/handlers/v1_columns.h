/* SPDX-License-Identifier: MIT
 *
 * Inputs column by column: {"a": [1, 2], "b": ["x", "y"]}. */
#ifndef MLPD_V1_COLUMNS_H
#define MLPD_V1_COLUMNS_H

#include "handlers/v1_tensor.h"

struct v1_column; /* one of them, in v1_columns.c */

struct v1_columns {
    const char *pointer, *name; /* of all, such as "/inputs", "inputs" */
    struct v1_limits limits;
    struct v1_column **items;
    size_t n, capacity;
    size_t n_held; /* by all but the last one */
};

void v1_columns_init(struct v1_columns *columns,
                     const char *pointer,
                     const char *name,
                     const struct v1_limits *limits);
void v1_columns_free(struct v1_columns *columns);

/* The next column, named by a key. NULL with a problem. Its list is to be
 * pushed to what comes back. */
struct v1_tensor *v1_columns_add(struct v1_columns *columns,
                                 const mlp_json_token *key,
                                 struct problem *problem);

/* Memory that they have taken. */
size_t v1_columns_held(const struct v1_columns *columns);

/* The only column, if there is one and `name` is what it is called; else NULL.
 */
struct v1_tensor *v1_columns_only(const struct v1_columns *columns,
                                  const char *name);

/* Rows of the first one. */
size_t v1_columns_n_rows(const struct v1_columns *columns);

/* All of them as one table, the caller's. NULL with a problem: they are not of
 * one length, or one is not of one value a row. Once. */
mlp_table *v1_columns_take_table(struct v1_columns *columns,
                                 struct problem *problem);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The columns of a table as JSON. */
#ifndef MLPD_COLUMNS_H
#define MLPD_COLUMNS_H

#include <jansson.h>

#include "mlp/table.h"

/* More than anybody reads; an answer says when there were more. */
enum { COLUMNS_MAX_LISTED = 2000 };

/* [{"name": "species", "type": "text", "missing": 0, "levels": 3}, …]; the type
 * is numeric, text, boolean or empty, levels stands where cells are counted by
 * value.  NULL: out of memory.  Threads: any. */
json_t *columns_describe(const mlp_table *table);

/* A label in its own JSON type.  NULL: out of memory.  Threads: any. */
json_t *columns_label(const mlp_label *label);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A JSON body read while it arrives: matrices go straight into floats, cells
 * into a table, and what is left, the control part, becomes a jansson tree in
 * which each of them is null. No text of a matrix is ever kept.
 *
 * Found at the root (prediction) or in the member "data" (training):
 *   "inputs": [[1, 2], [3, 4]]        → a float matrix; null is missing, NaN
 *   "targets": [0, "b"] or [[1, 2]]   → a table of label columns: target, or
 *                                       target0, target1, …
 *   "columns": ["a", "b"] + "rows": [[1, "x"]]   → a table, or
 *   "records": [{"a": 1, "b": "x"}]              → that table
 * An inputs row of another width, an object or a nested list where a number is
 * due, a number beyond float's range: a problem with its pointer. */
#ifndef MLPD_JSON_BODY_H
#define MLPD_JSON_BODY_H

#include <jansson.h>
#include <stddef.h>

#include "http/body.h"
#include "mlp/table.h"

enum json_body_place { JSON_BODY_ROOT, JSON_BODY_DATA };

struct json_body_limits {
    uint64_t max_bytes;       /* of the whole body: 413 */
    size_t max_cells;         /* of matrix or table: 413 */
    size_t max_control_bytes; /* of the rest: 413 */
    size_t max_control_nodes; /* of its tree: 413; 0: JSON_TREE_MAX_NODES */
    bool may_be_brief;        /* at the root; see json_body_brief() */
};

/* NULL: no memory. */
struct http_body *json_body_create(enum json_body_place place,
                                   const struct json_body_limits *limits);

/* After finish. Not NULL: nothing was said but "inputs" and "model", and this
 * is that text, or "" where it was not said. There is no tree then. */
const char *json_body_brief(const struct http_body *body);
/* After finish. The control tree, borrowed. */
const json_t *json_body_control(const struct http_body *body);
/* The inputs, or NULL; [n_rows, n_columns], borrowed. */
const float *json_body_inputs(const struct http_body *body,
                              size_t *n_rows,
                              size_t *n_columns);
/* Take what there is; NULL when there was none. The caller's afterwards. */
float *json_body_take_inputs(struct http_body *body);
mlp_table *json_body_take_targets(struct http_body *body);
mlp_table *json_body_take_rows(struct http_body *body);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The lists within a row, [[1, 2], [3, 4]], of a model whose input is flat: the
 * image that its client sends as lines of pixels. What they hold is the row,
 * one behind the other, if all rows are of one shape, whose sizes are those of
 * the first lists that end. A row of plain numbers has no shape to keep to. */
#ifndef MLPD_V1_NEST_H
#define MLPD_V1_NEST_H

#include <stdbool.h>
#include <stddef.h>

enum { V1_NEST_MAX = 8 }; /* levels, the row included */

/* Zeroed, outside of a row. */
struct v1_nest {
    size_t depth;                  /* of the list that is open; 1: the row */
    size_t leaf;                   /* where the numbers are; 0: not known */
    size_t sizes[V1_NEST_MAX + 1]; /* by depth; 0: not known */
    size_t counts[V1_NEST_MAX + 1];
};

/* A list begins or ends, the row's own included. What is wrong with it, or
 * NULL. */
const char *v1_nest_open(struct v1_nest *nest);
const char *v1_nest_close(struct v1_nest *nest);
/* n > 0 numbers stand here. Likewise. */
const char *v1_nest_values(struct v1_nest *nest, size_t n);

/* May lists stand in the one that is open? */
bool v1_nest_is_open(const struct v1_nest *nest);

#endif

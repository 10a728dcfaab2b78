/* SPDX-License-Identifier: MIT */
#include "handlers/v1_nest.h"

bool v1_nest_is_open(const struct v1_nest *nest)
{
    return nest->leaf == 0 || nest->depth < nest->leaf;
}

const char *v1_nest_open(struct v1_nest *nest)
{
    if (nest->depth == V1_NEST_MAX)
        return "is nested too deeply";
    nest->counts[nest->depth]++;
    nest->counts[++nest->depth] = 0;
    return NULL;
}

/* How long a row of plain numbers must be, its reader knows. */
const char *v1_nest_close(struct v1_nest *nest)
{
    size_t depth = nest->depth--, n = nest->counts[depth];

    if (depth == 1 && nest->leaf == 1)
        return NULL;
    if (n == 0 && depth > 1)
        return "has an empty list in it";
    if (nest->sizes[depth] == 0)
        nest->sizes[depth] = n;
    return n == nest->sizes[depth] ? NULL : "has lists of different lengths";
}

const char *v1_nest_values(struct v1_nest *nest, size_t n)
{
    if (nest->leaf == 0)
        nest->leaf = nest->depth;
    nest->counts[nest->depth] += n;
    return nest->depth == nest->leaf ? NULL
                                     : "should be a list, found a number";
}

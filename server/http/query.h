/* SPDX-License-Identifier: MIT
 *
 * The query of a request target: pairs, percent-decoded once and known to be
 * UTF-8. */
#ifndef MLPD_QUERY_H
#define MLPD_QUERY_H

#include <stddef.h>

#include "http/problem.h"

enum { QUERY_PAIRS_MAX = 64 };

struct query_pair {
    const char *key, *value;
};

struct query {
    size_t n;
    struct query_pair pairs[QUERY_PAIRS_MAX];
};

/* Decode text, what stands behind the '?', in place; the pairs point into it.
 * '+' is a blank, a key without '=' has an empty value. 400: a broken escape,
 * a NUL, not UTF-8, a key twice, too many pairs. */
void query_parse(char *text, struct query *out, struct problem *problem);

/* Refuse (422) a key that is not among `known`, which are separated by blanks;
 * NULL: there are none, "*": any is taken. */
void query_check(const struct query *query,
                 const char *known,
                 struct problem *problem);

const char *query_get(const struct query *query, const char *key);

#endif

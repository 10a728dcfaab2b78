/* SPDX-License-Identifier: MIT
 *
 * A score of two versions, side by side. */
#ifndef MLPD_COMPARE_SCORE_H
#define MLPD_COMPARE_SCORE_H

#include <jansson.h>

#include "training/spec_tables.h"

/* {"a", "b"}, null where one is NULL. Both are borrowed.
 * Owner: caller.  Threads: any. */
json_t *compare_pair_json(json_t *a, json_t *b);

/* The same with "difference", b - a, and which one is "better": "a", "b", or
 * null where they are equal or one of them is no number. */
json_t *
compare_score_json(const struct spec_score *score, json_t *of_a, json_t *of_b);

#endif

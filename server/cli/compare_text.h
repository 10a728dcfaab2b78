/* SPDX-License-Identifier: MIT
 *
 * Two versions side by side, as text for people. */
#ifndef MLPD_COMPARE_TEXT_H
#define MLPD_COMPARE_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* An answer of POST /models/NAME/compare: a line a score, of how many rows both
 * say the same, and who is right, or nearer, where they do not. */
void compare_text_print(const json_t *comparison, FILE *out);

#endif

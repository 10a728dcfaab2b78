/* SPDX-License-Identifier: MIT
 *
 * One spelling for each number, so that equal rows are equal tables whether
 * they came as text or had become floats before anybody asked for labels. */
#ifndef MLP_DATA_CANONICAL_H
#define MLP_DATA_CANONICAL_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/number.h"

enum { CANONICAL_MAX = 24 };

/* Write a finite number as legal JSON, without a NUL, and return its length:
 * a whole number below 2^53 without point and exponent, else the shortest
 * digits that read back the same float; zero has no sign. */
size_t canonical_float(float value, char out[CANONICAL_MAX]);

/* Is `decimal` a whole number that its nearest float, `value`, is not? Such
 * numbers are codes rather than amounts, and keep their digits; a fraction is
 * its nearest float. */
bool canonical_is_lossy(const mlp_decimal *decimal, float value);

#endif

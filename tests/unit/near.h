/* SPDX-License-Identifier: MIT
 *
 * Comparing numbers: |a - b| <= tolerance (1 + |b|). */
#ifndef TESTS_UNIT_NEAR_H
#define TESTS_UNIT_NEAR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "mlp/status.h"

#ifdef MLP_FLOAT64
enum { IN_DOUBLE = 1 };
#else
enum { IN_DOUBLE = 0 };
#endif

static inline bool near(double got, double expected, double tolerance)
{
    return fabs(got - expected) <= tolerance * (1 + fabs(expected));
}

/* The index of the first number that is not near its partner; n: none. */
static inline size_t first_far(const mlp_real *got,
                               const double *expected,
                               size_t n,
                               double tolerance)
{
    size_t i = 0;
    while (i < n && near((double)got[i], expected[i], tolerance))
        i++;
    return i;
}

#endif

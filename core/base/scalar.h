/* SPDX-License-Identifier: MIT
 *
 * Functions of a double whose bits do not depend on the C library: that one
 * has several versions of each and takes the one that suits the machine.
 * Within a few units in the last place. */
#ifndef MLP_BASE_SCALAR_H
#define MLP_BASE_SCALAR_H

#include <stdint.h>

/* The natural logarithm, for normal x > 0.  Threads: any. */
double scalar_log(double x);

/* x^n, by squaring.  Threads: any. */
double scalar_power(double x, uint64_t n);

/* cos(pi t) for 0 <= t <= 1.  Threads: any. */
double scalar_cos_pi(double t);

#endif

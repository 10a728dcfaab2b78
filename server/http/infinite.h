/* SPDX-License-Identifier: MIT */
#ifndef MLPD_INFINITE_H
#define MLPD_INFINITE_H

#include <stddef.h>

/* Where the first number of values[0..n) is that is beyond the range of a
 * float32, and so infinite; n: none is. NaN, which stands for what is missing,
 * is not.  Threads: any. */
size_t find_infinite(const float *values, size_t n);

#endif

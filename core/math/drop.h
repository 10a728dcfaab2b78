/* SPDX-License-Identifier: MIT
 *
 * Inverted dropout (Srivastava et al. 2014), by the instruction set in use:
 * what stays is scaled up, so that prediction needs no scaling. */
#ifndef MLP_MATH_DROP_H
#define MLP_MATH_DROP_H

#include <stddef.h>
#include <stdint.h>

#include "math/rows.h"

/* mask[i] = 0 or 1 / (1 - share); out[i] = a[i] mask[i]. Number k = first + i
 * is decided by word k / 16 % 4 of block k / 64 * 16 + k % 16 of the stream: it
 * is 0 if the upper 24 bits of that, as a share of 2^24, are below `share`.
 * Threads: any. */
void drop_apply(const struct dropout *dropout,
                uint64_t first,
                size_t n,
                const mlp_real *a,
                mlp_real *mask,
                mlp_real *out);

#endif

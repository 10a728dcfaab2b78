/* SPDX-License-Identifier: MIT
 *
 * The instruction sets there are kernels for, and the one in use. */
#ifndef MLP_MATH_ISA_H
#define MLP_MATH_ISA_H

#include "math/kernels.h"
#include "mlp/isa.h"

extern const struct kernels kernels_portable, kernels_avx2, kernels_avx512,
    kernels_neon;

/* Number i of those that this machine can run, the best one first; NULL: there
 * are no more.  Threads: any. */
const struct kernels *isa_available(size_t i);

/* The one in use.  Threads: any. */
const struct kernels *isa(void);

#endif

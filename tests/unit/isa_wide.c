/* SPDX-License-Identifier: MIT
 *
 * The kernels with the vectors and tiles of AVX-512, each vector two of
 * AVX2's: its logic is tested where there is no AVX-512. */
#include "isa_wide.h"

#if defined __x86_64__ && !defined MLP_FLOAT64

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))),              \
                             apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#define ISA_WIDE
#include "math/kernels_of.h"

const struct kernels kernels_wide = KERNELS("wide");

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

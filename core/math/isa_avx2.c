/* SPDX-License-Identifier: MIT
 *
 * The kernels for AVX2 with FMA: Intel since 2013, AMD since 2015. */
#include "math/isa.h"

#if defined __x86_64__ && !defined MLP_FLOAT64

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))),              \
                             apply_to = function)
#else
#pragma GCC target("avx2,fma,tune=skylake") /* the default clears by `rep` */
#endif

#define ISA_AVX2
#include "math/kernels_of.h"

const struct kernels kernels_avx2 = KERNELS("avx2");

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

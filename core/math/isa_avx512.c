/* SPDX-License-Identifier: MIT
 *
 * The kernels for AVX-512: Intel servers since 2017, AMD since 2022. */
#include "math/isa.h"

#if defined __x86_64__ && !defined MLP_FLOAT64

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(                                                  \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))),    \
    apply_to = function)
#else
#pragma GCC target(                                                            \
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,tune=skylake-avx512")
#endif

#define ISA_AVX512
#include "math/kernels_of.h"

const struct kernels kernels_avx512 = KERNELS("avx512");

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

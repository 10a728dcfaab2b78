/* SPDX-License-Identifier: MIT
 *
 * A vector of LANES numbers and what cannot be said with the compiler's own
 * vector arithmetic, for the one instruction set that the including file has
 * named: ISA_AVX512, ISA_AVX2, ISA_NEON, else what every machine has. ISA_WIDE
 * is for the tests: the vectors of AVX-512 on a machine that has AVX2.
 *
 * Each operation is IEEE's, lane by lane, rounded once; so whatever is built
 * of them has the same bits with each set. */
#ifndef MLP_MATH_LANES_H
#define MLP_MATH_LANES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/uninitialized.h"
#include "mlp/status.h"

/* Vectors wider than the machine's are passed to inlined functions alone. */
#if !defined __clang__
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

#define INLINE static inline __attribute__((always_inline))

/* For each i below n, a constant, unrolled whole: registers have no index. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
/* NOLINTNEXTLINE(bugprone-macro-parentheses): i is a name */
#define EACH_FROM(first, i, n) UNROLL for (size_t i = (first); i < (n); i++)
#define EACH(i, n)             EACH_FROM (0, i, n)

/* Arrays that hardening shall not clear: those that are registers once loops
 * are unrolled, and numbers on the stack, from a cache line's beginning. */
#define REGISTERS UNINITIALIZED
#define ON_STACK  __attribute__((aligned(64))) UNINITIALIZED

#if defined ISA_AVX512 || defined ISA_WIDE
#define VECTOR_BYTES 64
#elif defined ISA_AVX2 || defined MLP_FLOAT64
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#ifdef MLP_FLOAT64
typedef int64_t lane_int;
typedef uint64_t lane_bits;
#else
typedef int32_t lane_int;
typedef uint32_t lane_bits;
#endif
typedef mlp_real vector __attribute__((vector_size(VECTOR_BYTES)));
typedef lane_int int_vector __attribute__((vector_size(VECTOR_BYTES)));
typedef lane_bits bits_vector __attribute__((vector_size(VECTOR_BYTES)));
enum {
    LANES = VECTOR_BYTES / sizeof(mlp_real),
    LANES_LOG2 = LANES == 16  ? 4
                 : LANES == 8 ? 3
                              : 2,
};

/* One at any address. Not by memcpy(): with the size of its target in view, a
 * hardened build makes that a call. */
typedef mlp_real loose_vector __attribute__((vector_size(VECTOR_BYTES),
                                             aligned(sizeof(mlp_real)),
                                             may_alias));

INLINE vector load(const mlp_real *from)
{
    return *(const loose_vector *)from;
}

INLINE void store(mlp_real *to, vector v)
{
    *(loose_vector *)to = v;
}

/* --- by instruction set --------------------------------------------------
 * all(x):                every lane is x
 * fused(a, b, c):        a b + c, rounded once
 * root(a):               the square root
 * load_bytes(from):      LANES bytes as numbers
 * load_some(from, n):    the first n lanes, 0 < n < LANES; the rest are 0 …
 * store_some(to, v, n):  … and memory beyond them is not touched */
#if defined ISA_AVX512

INLINE vector all(mlp_real x)
{
    return (vector)_mm512_set1_ps(x);
}
INLINE vector fused(vector a, vector b, vector c)
{
    return (vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
INLINE vector root(vector a)
{
    return (vector)_mm512_sqrt_ps((__m512)a);
}
INLINE vector load_bytes(const uint8_t *from)
{
    __m128i bytes = _mm_loadu_si128((const __m128i_u *)from);
    return (vector)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
}
INLINE vector load_some(const mlp_real *from, size_t n)
{
    return (vector)_mm512_maskz_loadu_ps((__mmask16)((1U << n) - 1), from);
}
INLINE void store_some(mlp_real *to, vector v, size_t n)
{
    _mm512_mask_storeu_ps(to, (__mmask16)((1U << n) - 1), (__m512)v);
}

#elif defined ISA_AVX2

static const int32_t lanes_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

INLINE vector all(mlp_real x)
{
    return (vector)_mm256_set1_ps(x);
}
INLINE vector fused(vector a, vector b, vector c)
{
    return (vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
INLINE vector root(vector a)
{
    return (vector)_mm256_sqrt_ps((__m256)a);
}
INLINE vector load_bytes(const uint8_t *from)
{
    __m128i bytes = _mm_loadu_si64(from);
    return (vector)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
}
INLINE __m256i mask_of(size_t n)
{
    __m256i mask;
    memcpy(&mask, lanes_mask + 8 - n, sizeof mask);
    return mask;
}
INLINE vector load_some(const mlp_real *from, size_t n)
{
    return (vector)_mm256_maskload_ps(from, mask_of(n));
}
/* Not by a mask: that is some twenty times slower on AMD. */
INLINE void store_some(mlp_real *to, vector v, size_t n)
{
    __m128 part = _mm256_castps256_ps128((__m256)v);
    if (n & 4) {
        _mm_storeu_ps(to, part);
        part = _mm256_extractf128_ps((__m256)v, 1);
        to += 4;
    }
    if (n & 2) {
        _mm_storel_epi64((__m128i *)to, (__m128i)part);
        part = _mm_movehl_ps(part, part);
        to += 2;
    }
    if (n & 1)
        _mm_store_ss(to, part);
}

#else

INLINE vector all(mlp_real x)
{
    return x - (vector){0}; /* x + 0 would lose the sign of -0 */
}
typedef uint8_t byte_vector __attribute__((vector_size(LANES)));
INLINE vector load_bytes(const uint8_t *from)
{
    byte_vector bytes;
    memcpy(&bytes, from, sizeof bytes);
    return __builtin_convertvector(bytes, vector);
}
INLINE vector load_some(const mlp_real *from, size_t n)
{
    vector v = {0};
    for (size_t lane = 0; lane < n; lane++)
        v[lane] = from[lane];
    return v;
}
INLINE void store_some(mlp_real *to, vector v, size_t n)
{
    for (size_t lane = 0; lane < n; lane++)
        to[lane] = v[lane];
}

#if defined ISA_WIDE

INLINE vector fused(vector a, vector b, vector c)
{
    __m256 x[2], y[2], z[2];
    memcpy(x, &a, sizeof a);
    memcpy(y, &b, sizeof b);
    memcpy(z, &c, sizeof c);
    for (size_t half = 0; half < 2; half++)
        z[half] = _mm256_fmadd_ps(x[half], y[half], z[half]);
    memcpy(&c, z, sizeof c);
    return c;
}
INLINE vector root(vector a)
{
    for (size_t lane = 0; lane < LANES; lane++)
        a[lane] = sqrtf(a[lane]);
    return a;
}

#elif defined ISA_NEON

INLINE vector fused(vector a, vector b, vector c)
{
    return (vector)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
INLINE vector root(vector a)
{
    return (vector)vsqrtq_f32((float32x4_t)a);
}

#else

INLINE vector root(vector a)
{
    for (size_t lane = 0; lane < LANES; lane++)
        a[lane] = (mlp_real)sqrt((double)a[lane]); /* exact: 53 >= 2 24 + 2 */
    return a;
}

#if defined MLP_FLOAT64 || defined __FP_FAST_FMAF

INLINE vector fused(vector a, vector b, vector c)
{
    for (size_t lane = 0; lane < LANES; lane++)
#ifdef MLP_FLOAT64
        a[lane] = fma(a[lane], b[lane], c[lane]);
#else
        a[lane] = fmaf(a[lane], b[lane], c[lane]);
#endif
    return a;
}

#else

typedef double double_pair __attribute__((vector_size(16)));
typedef int64_t int_pair __attribute__((vector_size(16)));

/* Without such an instruction: the product is exact in double; of its sum with
 * c the rounding error e is found (Knuth's TwoSum), and where there is one the
 * last bit is made odd, towards e, so that rounding to float does not round
 * twice (Boldo & Melquiond 2008). A NaN compares unequal to itself and stays.
 */
INLINE double_pair fused_pair(double_pair a, double_pair b, double_pair c)
{
    double_pair p = a * b, s = p + c, back = s - p;
    double_pair e = (p - (s - back)) + (c - back);
    int_pair bits = (int_pair)s;
    int_pair inexact = ((e > 0) | (e < 0)) & ((bits & 1) == 0);
    int_pair outward = (e > 0) == (s > 0);
    return (double_pair)(bits + (inexact & ((outward & 2) - 1)));
}

static __attribute__((noinline)) vector fused(vector a, vector b, vector c)
{
    for (size_t lane = 0; lane < LANES; lane += 2) {
        double_pair pair =
            fused_pair((double_pair){(double)a[lane], (double)a[lane + 1]},
                       (double_pair){(double)b[lane], (double)b[lane + 1]},
                       (double_pair){(double)c[lane], (double)c[lane + 1]});
        a[lane] = (float)pair[0];
        a[lane + 1] = (float)pair[1];
    }
    return a;
}

#endif
#endif
#endif

/* A whole vector, or, where it is `cut`, the first `some` lanes of one. */
INLINE vector load_lanes(const mlp_real *from, bool cut, size_t some)
{
    return cut ? load_some(from, some) : load(from);
}

INLINE void store_lanes(mlp_real *to, vector v, bool cut, size_t some)
{
    if (cut)
        store_some(to, v, some);
    else
        store(to, v);
}

/* a0 b0 a1 b1 … of the lower and of the upper halves. */
#if VECTOR_BYTES == 64
INLINE vector zip_low(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5,
                                   21, 6, 22, 7, 23);
}
INLINE vector zip_high(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                   13, 29, 14, 30, 15, 31);
}
#elif defined ISA_AVX2
INLINE vector zip_low(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
INLINE vector zip_high(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
#else
INLINE vector zip_low(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
}
INLINE vector zip_high(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
}
#endif

/* --- whole numbers of 32 bits ------------------------------------------------
 * The upper half of each product a m; *low is the lower one. */
#ifndef MLP_FLOAT64
#if defined ISA_AVX512
INLINE bits_vector wide_product(bits_vector a, uint32_t m, bits_vector *low)
{
    const __m512i by = _mm512_set1_epi32((int)m);
    __m512i even = _mm512_mul_epu32((__m512i)a, by);
    __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, 32), by);
    *low = a * m;
    return (bits_vector)_mm512_mask_blend_epi32(
        0xaaaa, _mm512_srli_epi64(even, 32), odd);
}
#elif defined ISA_AVX2
INLINE bits_vector wide_product(bits_vector a, uint32_t m, bits_vector *low)
{
    const __m256i by = _mm256_set1_epi32((int)m);
    __m256i even = _mm256_mul_epu32((__m256i)a, by);
    __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, 32), by);
    *low =
        (bits_vector)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    return (bits_vector)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd,
                                           0xaa);
}
#else
INLINE bits_vector wide_product(bits_vector a, uint32_t m, bits_vector *low)
{
    bits_vector high = a;
    EACH (lane, LANES)
        high[lane] = (uint32_t)((uint64_t)a[lane] * m >> 32);
    *low = a * m;
    return high;
}
#endif
#endif

#endif

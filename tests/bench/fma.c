/* SPDX-License-Identifier: MIT
 *
 * Twelve chains of multiply-adds, so that none waits for another. */
#include "fma.h"

#include <stdbool.h>
#include <string.h>

enum { N_CHAINS = 12 };

/* `keep` stops the compiler from seeing through a sum. */
#define CHAINS(name, attributes, type, start, fma_of, keep)                    \
    attributes static void name(size_t n)                                      \
    {                                                                          \
        type sum[N_CHAINS], a = start(1e-9F), b = start(1);                    \
        _Pragma("GCC unroll 16") for (int i = 0; i < N_CHAINS; i++) sum[i] =   \
            start(0);                                                          \
        while (n-- > 0) {                                                      \
            _Pragma("GCC unroll 16") for (int i = 0; i < N_CHAINS; i++)        \
            {                                                                  \
                sum[i] = fma_of(a, b, sum[i]);                                 \
                __asm__ volatile("" : "+" keep(sum[i]));                       \
            }                                                                  \
        }                                                                      \
    }

#if defined __x86_64__
#include <immintrin.h>
CHAINS(chains_avx2,
       __attribute__((target("avx2,fma"))),
       __m256,
       _mm256_set1_ps,
       _mm256_fmadd_ps,
       "x")
CHAINS(chains_avx512,
       __attribute__((target("avx512f"))),
       __m512,
       _mm512_set1_ps,
       _mm512_fmadd_ps,
       "v")
#elif defined __aarch64__
#include <arm_neon.h>
#define FMA_NEON(a, b, c) vfmaq_f32(c, a, b)
CHAINS(chains_neon, , float32x4_t, vdupq_n_f32, FMA_NEON, "w")
#endif

/* 16 bytes, two instructions: what every machine has. */
typedef float plain __attribute__((vector_size(16)));
#define PLAIN_SPLAT(v)     ((plain){v, v, v, v})
#define PLAIN_FMA(a, b, c) ((a) * (b) + (c))
#if defined __x86_64__
CHAINS(chains_portable, , plain, PLAIN_SPLAT, PLAIN_FMA, "x")
#else
CHAINS(chains_portable, , plain, PLAIN_SPLAT, PLAIN_FMA, "w")
#endif

#define OPERATIONS(lanes) (2.0 * N_CHAINS * (lanes))
static const struct fma known[] = {
#if defined __x86_64__
    {"avx512", chains_avx512, OPERATIONS(16)},
    {"avx2", chains_avx2, OPERATIONS(8)},
#elif defined __aarch64__
    {"neon", chains_neon, OPERATIONS(4)},
#endif
    {"portable", chains_portable, OPERATIONS(4)},
};

static bool is_here(const struct fma *fma)
{
#if defined __x86_64__
    __builtin_cpu_init();
    if (strcmp(fma->isa, "avx512") == 0)
        return __builtin_cpu_supports("avx512f");
    if (strcmp(fma->isa, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return fma->run != NULL;
}

const struct fma *fma_at(size_t i)
{
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (is_here(&known[k]) && i-- == 0)
            return &known[k];
    }
    return NULL;
}

const struct fma *fma_find(const char *isa)
{
    const struct fma *fma;
    for (size_t i = 0; (fma = fma_at(i)) != NULL; i++) {
        if (strcmp(fma->isa, isa) == 0)
            return fma;
    }
    return NULL;
}

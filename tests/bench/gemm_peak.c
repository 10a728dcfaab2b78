/* SPDX-License-Identifier: MIT
 *
 * Twelve chains of fused multiply-adds, so that none waits for another. */
#include "gemm_peak.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "measure.h"

enum { N_CHAINS = 12 };

/* `keep` stops the compiler from seeing through a sum. */
#define CHAINS(name, attributes, type, start, fma_of, keep)                    \
    attributes static void name(long n)                                        \
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
#define JUST(x) (x)
#if defined __x86_64__
CHAINS(chains_portable, , float, JUST, fmaf, "x")
#else
CHAINS(chains_portable, , float, JUST, fmaf, "w")
#endif

static const struct {
    const char *isa;
    void (*run)(long n);
    int lanes;
} chains[] = {
#if defined __x86_64__
    {"avx512", chains_avx512, 16},
    {"avx2", chains_avx2, 8},
#elif defined __aarch64__
    {"neon", chains_neon, 4},
#endif
    {"portable", chains_portable, 1},
};

double peak_gflops(const char *isa)
{
    enum { N = 200000 };
    size_t i = 0;
    while (strcmp(chains[i].isa, isa) != 0 &&
           strcmp(chains[i].isa, "portable") != 0)
        i++;
    double began = now_s();
    chains[i].run(N);
    return 2.0 * N_CHAINS * chains[i].lanes * N / (now_s() - began) * 1e-9;
}

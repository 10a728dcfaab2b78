/* SPDX-License-Identifier: MIT
 *
 * What the machine could do: float32 multiply-adds in registers, per
 * instruction set and number of threads. Nothing is read from memory.
 *
 *   echo "peak - 0 avx2 0 0.1 0.1" | peak THREADS
 *
 * The first line of the answer lists the sets that this machine has, the best
 * one first. A multiply-add counts as two operations. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { MAX_THREADS = 64 };

/* A loop of n rounds over CHAINS independent sums: enough of them to hide the
 * latency, few enough for the registers. `vector` is of LANES floats; the
 * result is returned so that the loop has a purpose. */
#define DEFINE_LOOP(name, attributes, vector, splat, multiply_add, CHAINS)     \
    attributes static float name(size_t n)                                     \
    {                                                                          \
        vector sum[CHAINS];                                                    \
        vector factor = splat(0.999f), term = splat(0.001f);                   \
        for (size_t i = 0; i < (CHAINS); i++)                                  \
            sum[i] = splat((float)i);                                          \
        for (size_t round = 0; round < n; round++) {                           \
            for (size_t i = 0; i < (CHAINS); i++)                              \
                sum[i] = multiply_add(sum[i], factor, term);                   \
        }                                                                      \
        float result = 0;                                                      \
        for (size_t i = 0; i < (CHAINS); i++) {                                \
            float lane;                                                        \
            memcpy(&lane, &sum[i], sizeof lane);                               \
            result += lane;                                                    \
        }                                                                      \
        return result;                                                         \
    }

/* 16 bytes, two instructions: what every machine has. */
typedef float plain __attribute__((vector_size(16)));
#define PLAIN_SPLAT(v)          ((plain){v, v, v, v})
#define PLAIN_FMA(s, factor, t) ((s) * (factor) + (t))
DEFINE_LOOP(loop_portable, , plain, PLAIN_SPLAT, PLAIN_FMA, 12)

#if defined(__x86_64__)
DEFINE_LOOP(loop_avx2,
            __attribute__((target("avx2,fma"))),
            __m256,
            _mm256_set1_ps,
            _mm256_fmadd_ps,
            12)
DEFINE_LOOP(loop_avx512,
            __attribute__((target("avx512f"))),
            __m512,
            _mm512_set1_ps,
            _mm512_fmadd_ps,
            24)
#elif defined(__aarch64__)
#define NEON_FMA(s, factor, t) vfmaq_f32(t, s, factor)
DEFINE_LOOP(loop_neon, , float32x4_t, vdupq_n_f32, NEON_FMA, 24)
#endif

struct isa {
    const char *name;
    float (*loop)(size_t n);
    double operations; /* of one round */
};

static const struct isa ISAS[] = {
#if defined(__x86_64__)
    {"avx512", loop_avx512, 2.0 * 16 * 24},
    {"avx2", loop_avx2, 2.0 * 8 * 12},
#elif defined(__aarch64__)
    {"neon", loop_neon, 2.0 * 4 * 24},
#endif
    {"portable", loop_portable, 2.0 * 4 * 12},
};

enum { N_ISAS = sizeof ISAS / sizeof *ISAS };

static bool machine_has(const struct isa *isa)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(isa->name, "avx512") == 0)
        return __builtin_cpu_supports("avx512f");
    if (strcmp(isa->name, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return isa->loop != NULL;
}

static const struct isa *isa_find(const char *name)
{
    for (size_t i = 0; i < N_ISAS; i++) {
        if (strcmp(ISAS[i].name, name) == 0 && machine_has(&ISAS[i]))
            return &ISAS[i];
    }
    die("not on this machine: %s", name);
}

struct job {
    const struct isa *isa;
    double seconds;
    pthread_barrier_t *start;
    double rate; /* operations a second, in its best slice */
    float sink;
    pthread_t thread;
};

/* Slices of well under a millisecond: the best one is not cut by the scheduler
 * on a machine that others use, too. */
static void *work(void *context)
{
    enum { ROUNDS = 100000 };
    struct job *job = context;
    job->sink = job->isa->loop(ROUNDS);
    pthread_barrier_wait(job->start);
    double until = now_s() + job->seconds;
    double began;
    while ((began = now_s()) < until) {
        job->sink += job->isa->loop(ROUNDS);
        double rate = ROUNDS * job->isa->operations / (now_s() - began);
        job->rate = rate > job->rate ? rate : job->rate;
    }
    return NULL;
}

static double peak(const struct isa *isa, size_t threads, double seconds)
{
    struct job jobs[MAX_THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    double rate = 0;
    for (size_t i = 0; i < threads; i++) {
        jobs[i] = (struct job){.isa = isa, .seconds = seconds, .start = &start};
        if (i > 0 && pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0)
            die("no thread to be had");
    }
    work(&jobs[0]);
    for (size_t i = 0; i < threads; i++) {
        if (i > 0)
            pthread_join(jobs[i].thread, NULL);
        rate += jobs[i].rate;
    }
    pthread_barrier_destroy(&start);
    return rate;
}

int main(int argc, char **argv)
{
    size_t threads = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (threads == 0 || threads > MAX_THREADS)
        die("usage: peak THREADS, requests on stdin");
    fputs("{\"version\": \"\", \"isas\": [", stdout);
    const char *separator = "";
    for (size_t i = 0; i < N_ISAS; i++) {
        if (!machine_has(&ISAS[i]))
            continue;
        printf("%s\"%s\"", separator, ISAS[i].name);
        separator = ", ";
    }
    puts("]}");
    fflush(stdout);
    struct request request;
    while (request_read(&request)) {
        double rate = peak(isa_find(request.how), threads, request.min_s);
        printf("{\"gflops\": %.2f, \"threads\": %zu}\n", rate * 1e-9, threads);
        fflush(stdout);
    }
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Counter-based random streams: Philox4x32-10 (Salmon, Moraes, Dror & Shaw
 * 2011, "Parallel random numbers: as easy as 1, 2, 3"). Draw i of stream s
 * under a seed is a pure function of (seed, s, i), so that the result of a
 * training run does not depend on who drew first. Not for secrets. */
#ifndef MLP_BASE_RANDOM_H
#define MLP_BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Multipliers and Weyl increments of the paper, table 2 and section 3.3. */
#define PHILOX_M0 UINT32_C(0xd2511f53)
#define PHILOX_M1 UINT32_C(0xcd9e8d57)
#define PHILOX_W0 UINT32_C(0x9e3779b9)
#define PHILOX_W1 UINT32_C(0xbb67ae85)
enum { PHILOX_ROUNDS = 10 };

/* One block: output = f(counter, key). */
void philox4x32(const uint32_t counter[4],
                const uint32_t key[2],
                uint32_t output[4]);

/* Owner:   the caller's storage; nothing to free, may be copied.
 * Threads: one at a time; streams are independent of each other. */
typedef struct random_stream {
    uint32_t key[2];    /* the seed */
    uint32_t stream[2]; /* the upper half of the counter */
    uint64_t counter;   /* of the next block */
    uint32_t block[4];
    unsigned used;       /* words of `block` that are spent; 4: all */
    double spare_normal; /* the second of a pair of normals */
    bool has_spare;
} random_stream;

/* Every (seed, stream) gives its own sequence of 2^66 words. */
void random_init(random_stream *random, uint64_t seed, uint64_t stream);

/* The next word is word number n of the stream. Forgets a spare normal. */
void random_seek(random_stream *random, uint64_t n);

uint32_t random_u32(random_stream *random);
uint64_t random_u64(random_stream *random);

/* Uniform in [0, 1): 24 or 53 random bits. One word, two words. */
float random_float(random_stream *random);
double random_double(random_stream *random);

/* Uniform in [0, bound) without bias (Lemire 2019,
 * https://arxiv.org/abs/1805.10941); bound > 0. */
uint32_t random_below(random_stream *random, uint32_t bound);

/* Standard normal, N(0, 1), by Marsaglia's polar method in double. */
double random_normal(random_stream *random);

/* out[0..n) = a random order of 0 … n-1 (Fisher-Yates); a pure function of
 * (seed, stream, n). */
void random_permutation(uint64_t seed,
                        uint64_t stream,
                        uint32_t *out,
                        uint32_t n);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Philox4x32-10 and what is drawn from it. Nothing here depends on libm's
 * choice of instructions: a normal has the same bits on every machine. */
#include "base/random.h"

#include <assert.h>
#include <math.h>

#include "base/scalar.h"

void philox4x32(const uint32_t counter[4],
                const uint32_t key[2],
                uint32_t output[4])
{
    uint32_t x0 = counter[0], x1 = counter[1];
    uint32_t x2 = counter[2], x3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)PHILOX_M0 * x0, p1 = (uint64_t)PHILOX_M1 * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x1 = (uint32_t)p1;
        x3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    output[0] = x0;
    output[1] = x1;
    output[2] = x2;
    output[3] = x3;
}

void random_init(random_stream *random, uint64_t seed, uint64_t stream)
{
    *random = (random_stream){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .stream = {(uint32_t)stream, (uint32_t)(stream >> 32)},
        .used = 4,
    };
}

uint32_t random_u32(random_stream *random)
{
    if (random->used == 4) {
        uint32_t counter[4] = {(uint32_t)random->counter,
                               (uint32_t)(random->counter >> 32),
                               random->stream[0], random->stream[1]};
        philox4x32(counter, random->key, random->block);
        random->counter++;
        random->used = 0;
    }
    return random->block[random->used++];
}

void random_seek(random_stream *random, uint64_t n)
{
    enum { WORDS = 4 };
    random->counter = n / WORDS;
    random->used = WORDS;
    random->has_spare = false;
    for (uint64_t i = 0; i < n % WORDS; i++)
        (void)random_u32(random);
}

uint64_t random_u64(random_stream *random)
{
    uint64_t low = random_u32(random);
    return (uint64_t)random_u32(random) << 32 | low;
}

float random_float(random_stream *random)
{
    return (float)(random_u32(random) >> 8) * 0x1p-24f;
}

double random_double(random_stream *random)
{
    return (double)(random_u64(random) >> 11) * 0x1p-53;
}

uint32_t random_below(random_stream *random, uint32_t bound)
{
    assert(bound > 0);
    uint64_t product = (uint64_t)random_u32(random) * bound;
    if ((uint32_t)product < bound) {
        uint32_t biased = (0u - bound) % bound; /* 2^32 mod bound */
        while ((uint32_t)product < biased)
            product = (uint64_t)random_u32(random) * bound;
    }
    return (uint32_t)(product >> 32);
}

/* (u, v) uniform in the unit disc, s = u^2 + v^2: both u and v times
 * sqrt(-2 ln s / s) are standard normal and independent. */
double random_normal(random_stream *random)
{
    if (random->has_spare) {
        random->has_spare = false;
        return random->spare_normal;
    }
    double u, v, s;
    do {
        u = 2 * random_double(random) - 1;
        v = 2 * random_double(random) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s <= 0);
    double scale = sqrt(-2 * scalar_log(s) / s);
    random->spare_normal = v * scale;
    random->has_spare = true;
    return u * scale;
}

void random_permutation(uint64_t seed,
                        uint64_t stream,
                        uint32_t *out,
                        uint32_t n)
{
    random_stream random;
    random_init(&random, seed, stream);
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = random_below(&random, i);
        uint32_t last = out[i - 1];
        out[i - 1] = out[j];
        out[j] = last;
    }
}

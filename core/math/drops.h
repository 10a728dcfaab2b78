/* SPDX-License-Identifier: MIT
 *
 * Dropout masks from a random stream (base/random.h), whose blocks are made
 * side by side, one a lane. */
#ifndef MLP_MATH_DROPS_H
#define MLP_MATH_DROPS_H

#include "base/random.h"
#include "math/lanes.h"
#include "math/real.h"
#include "math/rows.h"

enum {
    DROP_BLOCKS = 16,
    DROP_WORDS = 4,
    DROP_CHUNK = DROP_BLOCKS * DROP_WORDS
};

#ifdef MLP_FLOAT64

static void chunk_masks(const struct dropout *stream,
                        uint64_t first_block,
                        mlp_real masks[DROP_CHUNK])
{
    const mlp_real kept = 1 / (1 - stream->share);
    for (size_t b = 0; b < DROP_BLOCKS; b++) {
        uint64_t block = first_block + b;
        const uint32_t counter[] = {(uint32_t)block, (uint32_t)(block >> 32),
                                    stream->stream[0], stream->stream[1]};
        uint32_t words[DROP_WORDS];
        philox4x32(counter, stream->key, words);
        for (size_t w = 0; w < DROP_WORDS; w++)
            masks[w * DROP_BLOCKS + b] =
                (double)(words[w] >> 8) * 0x1p-24 < stream->share ? 0 : kept;
    }
}

#else

_Static_assert(DROP_BLOCKS % LANES == 0, "a vector holds blocks of one chunk");

/* The words of LANES blocks (Salmon et al. 2011). */
INLINE void philox(const struct dropout *stream,
                   uint64_t first_block,
                   bits_vector x[DROP_WORDS])
{
    uint32_t k0 = stream->key[0], k1 = stream->key[1];
    /* Chunks begin at multiples of DROP_BLOCKS: the sum stays in the lower
     * half. */
    x[0] = (bits_vector){0} + (uint32_t)first_block;
    EACH (lane, LANES)
        x[0][lane] += (uint32_t)lane;
    x[1] = (bits_vector){0} + (uint32_t)(first_block >> 32);
    x[2] = (bits_vector){0} + stream->stream[0];
    x[3] = (bits_vector){0} + stream->stream[1];
    EACH (round, PHILOX_ROUNDS) {
        bits_vector low0, low1;
        bits_vector high0 = wide_product(x[0], PHILOX_M0, &low0);
        bits_vector high1 = wide_product(x[2], PHILOX_M1, &low1);
        x[0] = high1 ^ x[1] ^ k0;
        x[2] = high0 ^ x[3] ^ k1;
        x[1] = low1;
        x[3] = low0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
}

static void chunk_masks(const struct dropout *stream,
                        uint64_t first_block,
                        mlp_real masks[DROP_CHUNK])
{
    const vector share = all(stream->share),
                 kept = all(1 / (1 - stream->share));
    for (size_t b = 0; b < DROP_BLOCKS; b += LANES) {
        bits_vector REGISTERS words[DROP_WORDS];
        philox(stream, first_block + b, words);
        EACH (w, DROP_WORDS) {
            vector u =
                __builtin_convertvector((int_vector)(words[w] >> 8), vector) *
                0x1p-24F;
            store(masks + w * DROP_BLOCKS + b,
                  (vector)(~(u < share) & (int_vector)kept));
        }
    }
}

#endif

static void drops(const struct dropout *stream,
                  uint64_t first,
                  size_t n,
                  const mlp_real *a,
                  mlp_real *mask,
                  mlp_real *out)
{
    mlp_real ON_STACK masks[DROP_CHUNK];
    size_t skip = first % DROP_CHUNK, some;
    uint64_t block = first / DROP_CHUNK * DROP_BLOCKS;
    for (size_t i = 0; i < n; i += some, block += DROP_BLOCKS, skip = 0) {
        some = n - i < DROP_CHUNK - skip ? n - i : DROP_CHUNK - skip;
        chunk_masks(stream, block, masks);
        for (size_t k = 0; k < some; k++) {
            mask[i + k] = masks[skip + k];
            out[i + k] = a[i + k] * masks[skip + k];
        }
    }
}

#endif

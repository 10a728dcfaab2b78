/* SPDX-License-Identifier: MIT
 *
 * Which random stream serves what in the engine. A user's seed goes to
 * networks and trainers alike; the purpose in the top byte keeps them from
 * drawing the same numbers. */
#ifndef MLP_NN_STREAMS_H
#define MLP_NN_STREAMS_H

#include <stdint.h>

enum stream_purpose {
    STREAM_WEIGHTS = 1,   /* index: the layer */
    STREAM_SHUFFLE = 2,   /* index: the epoch, from 0 */
    STREAM_DROPOUT = 3,   /* index: step * MLP_MAX_LAYERS + layer */
    STREAM_BIASES = 4,    /* index: the layer */
    STREAM_EMBEDDING = 5, /* index: which one */
};

static inline uint64_t stream_id(enum stream_purpose purpose, uint64_t index)
{
    return (uint64_t)purpose << 56 | index;
}

#endif

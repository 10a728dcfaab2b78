/* SPDX-License-Identifier: MIT
 *
 * A 64-bit checksum of bytes that come in pieces: XXH64 with seed 0
 * (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). It finds
 * damage and tells runs apart; against somebody who means it, it is none. */
#ifndef MLP_BASE_CHECKSUM_H
#define MLP_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

enum { CHECKSUM_STRIPE = 32 };

/* Owner:   the caller's storage; nothing to free, may be copied.
 * Threads: one at a time. */
struct checksum {
    uint64_t lanes[4];
    uint64_t length;
    unsigned char rest[CHECKSUM_STRIPE]; /* of a stripe that is not full */
};

void checksum_init(struct checksum *sum);
void checksum_add(struct checksum *sum, const void *bytes, size_t n);

/* Of everything added so far; more may follow. */
uint64_t checksum_value(const struct checksum *sum);

#endif

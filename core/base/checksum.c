/* SPDX-License-Identifier: MIT
 *
 * XXH64: four lanes of 8 bytes each, merged and mixed at the end. */
#include "base/checksum.h"

#include <endian.h>
#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F,
                      P3 = 0x165667B19E3779F9, P4 = 0x85EBCA77C2B2AE63,
                      P5 = 0x27D4EB2F165667C5;

static inline uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline uint64_t read64(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return le64toh(x);
}

static inline uint64_t read32(const unsigned char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return le32toh(x);
}

static inline uint64_t round64(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * P2, 31) * P1;
}

void checksum_init(struct checksum *sum)
{
    *sum = (struct checksum){.lanes = {P1 + P2, P2, 0, 0 - P1}};
}

static void add_stripes(uint64_t lanes[4], const unsigned char *p, size_t n)
{
    for (; n >= CHECKSUM_STRIPE; n -= CHECKSUM_STRIPE, p += CHECKSUM_STRIPE) {
        for (size_t i = 0; i < 4; i++)
            lanes[i] = round64(lanes[i], read64(p + 8 * i));
    }
}

void checksum_add(struct checksum *sum, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    size_t held = sum->length % CHECKSUM_STRIPE;
    if (n == 0)
        return;
    sum->length += n;
    if (held > 0) {
        size_t some = CHECKSUM_STRIPE - held < n ? CHECKSUM_STRIPE - held : n;
        memcpy(sum->rest + held, p, some);
        p += some;
        n -= some;
        if (held + some < CHECKSUM_STRIPE)
            return;
        add_stripes(sum->lanes, sum->rest, CHECKSUM_STRIPE);
    }
    add_stripes(sum->lanes, p, n);
    if (n % CHECKSUM_STRIPE > 0)
        memcpy(sum->rest, p + n - n % CHECKSUM_STRIPE, n % CHECKSUM_STRIPE);
}

static uint64_t merge(const uint64_t lanes[4])
{
    static const unsigned turns[] = {1, 7, 12, 18};
    uint64_t h = 0;
    for (size_t i = 0; i < 4; i++)
        h += rotate(lanes[i], turns[i]);
    for (size_t i = 0; i < 4; i++)
        h = (h ^ round64(0, lanes[i])) * P1 + P4;
    return h;
}

static uint64_t add_rest(uint64_t h, const unsigned char *p, size_t n)
{
    for (; n >= 8; n -= 8, p += 8)
        h = rotate(h ^ round64(0, read64(p)), 27) * P1 + P4;
    if (n >= 4) {
        h = rotate(h ^ read32(p) * P1, 23) * P2 + P3;
        n -= 4;
        p += 4;
    }
    for (; n > 0; n--, p++)
        h = rotate(h ^ *p * P5, 11) * P1;
    return h;
}

uint64_t checksum_value(const struct checksum *sum)
{
    uint64_t h = sum->length < CHECKSUM_STRIPE ? P5 : merge(sum->lanes);
    h = add_rest(h + sum->length, sum->rest, sum->length % CHECKSUM_STRIPE);
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}

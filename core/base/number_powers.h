/* SPDX-License-Identifier: MIT
 *
 * The powers of ten that a float can meet, as their first 128 bits. */
#ifndef MLP_BASE_NUMBER_POWERS_H
#define MLP_BASE_NUMBER_POWERS_H

#include <stdint.h>

/* Reading needs -64 … 38 (beyond them 19 digits are zero or infinity),
 * writing -31 … 45. */
enum { POWER_MIN = -64, POWER_MAX = 45 };

__extension__ typedef unsigned __int128 uint128;

typedef struct power_of_ten {
    uint64_t high, low;
} power_of_ten;

/* Entry q - POWER_MIN is t = high 2^64 + low with 2^127 <= t < 2^128 and
 *
 *     t = floor(10^q 2^b)        q >= 0 (5^q itself, shifted, up to q = 45)
 *     t = floor(10^q 2^b) + 1    -27 <= q < 0
 *     t = floor(10^q 2^b)        q < -27
 *
 * for the one b that puts t there: what the proof in Mushtak & Lemire, "Fast
 * number parsing without fallback" (2022), asks for. */
extern const power_of_ten powers_of_ten[POWER_MAX - POWER_MIN + 1];

#endif

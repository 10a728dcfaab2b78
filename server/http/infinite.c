/* SPDX-License-Identifier: MIT
 *
 * Almost always there is none: that is found out first, in a loop without a way
 * out, which goes by vectors. */
#include "http/infinite.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

size_t find_infinite(const float *values, size_t n)
{
    uint32_t any = 0, bits;
    for (size_t i = 0; i < n; i++) {
        memcpy(&bits, &values[i], sizeof bits);
        any |= (bits & 0x7fffffff) == 0x7f800000;
    }
    size_t i = any != 0 ? 0 : n;
    while (i < n && !isinf(values[i]))
        i++;
    return i;
}

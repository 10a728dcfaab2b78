/* SPDX-License-Identifier: MIT */
#include "data/canonical.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "data/numeral.h"

/* Every whole number up to here is a float; from here on, every float is a
 * whole number. */
static const float exact_max = 0x1p24F;

size_t canonical_float(float value, char out[CANONICAL_MAX])
{
    if (fabsf(value) < 0x1p53F && value == truncf(value))
        return (size_t)snprintf(out, CANONICAL_MAX, "%" PRId64, (int64_t)value);
    return mlp_format_float(value, out);
}

static bool is_whole(const struct numeral *numeral)
{
    int64_t n_digits = 0;
    for (const char *p = numeral->first; p < numeral->last; p++)
        n_digits += *p != '.';
    return numeral->magnitude >= n_digits;
}

bool canonical_is_lossy(const mlp_decimal *decimal, float value)
{
    if (fabsf(value) < exact_max)
        return false;
    const char *text = decimal->text;
    size_t length = decimal->length;
    numeral_trim(&text, &length);
    struct numeral written = numeral_of(text, length);
    char digits[CANONICAL_MAX];
    struct numeral held = numeral_of(digits, canonical_float(value, digits));
    return is_whole(&written) && !numeral_equal(&written, &held);
}

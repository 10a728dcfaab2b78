/* SPDX-License-Identifier: MIT
 *
 * Elements to floats and to cells; one line a type. */
#include "data/array_type.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static mlp_cell number_cell(const char *text, int length)
{
    mlp_cell cell = {.kind = MLP_CELL_NUMBER};
    (void)!mlp_decimal_scan(text, (size_t)length, &cell.decimal);
    return cell;
}

/* A float that is no number is missing; an infinite one is spelled so that the
 * table finds it out of range. */
static mlp_cell double_cell(double value, char *text)
{
    if (isnan(value))
        return (mlp_cell){.kind = MLP_CELL_MISSING};
    if (isinf(value))
        return number_cell("1e999", 5);
    return number_cell(text, (int)mlp_format_double(value, text));
}

static mlp_cell float_cell(float value, char *text)
{
    if (!isfinite(value))
        return double_cell((double)value, text);
    return number_cell(text, (int)mlp_format_float(value, text));
}

/* IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
static float half_to_float(uint16_t half)
{
    int exponent = half >> 10 & 0x1f;
    float fraction = (float)(half & 0x3ff);
    float value;
    if (exponent == 0x1f)
        value = fraction > 0 ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexpf(fraction, -24);
    else
        value = ldexpf(fraction + 1024, exponent - 25);
    return half & 0x8000 ? -value : value;
}

static uint8_t load_8(const uint8_t *bytes)
{
    return *bytes;
}

static uint16_t load_16(const uint8_t *bytes)
{
    uint16_t little;
    memcpy(&little, bytes, sizeof little);
    return le16toh(little);
}

static uint32_t load_32(const uint8_t *bytes)
{
    uint32_t little;
    memcpy(&little, bytes, sizeof little);
    return le32toh(little);
}

static uint64_t load_64(const uint8_t *bytes)
{
    uint64_t little;
    memcpy(&little, bytes, sizeof little);
    return le64toh(little);
}

static float load_float(const uint8_t *bytes)
{
    uint32_t bits = load_32(bytes);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double load_double(const uint8_t *bytes)
{
    uint64_t bits = load_64(bytes);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* X(name, kind, size, the float, the cell) of the element at `b` with room for
 * its spelling at `t`. */
#define ARRAY_TYPES(X)                                                         \
    X(b1, 'b', 1, *b, ((mlp_cell){.kind = MLP_CELL_BOOLEAN, .boolean = *b}))   \
    X(u1, 'u', 1, *b, INTEGER(PRIu8, load_8(b)))                               \
    X(i1, 'i', 1, (int8_t)*b, INTEGER(PRId8, (int8_t)load_8(b)))               \
    X(u2, 'u', 2, load_16(b), INTEGER(PRIu16, load_16(b)))                     \
    X(i2, 'i', 2, (int16_t)load_16(b), INTEGER(PRId16, (int16_t)load_16(b)))   \
    X(u4, 'u', 4, load_32(b), INTEGER(PRIu32, load_32(b)))                     \
    X(i4, 'i', 4, (int32_t)load_32(b), INTEGER(PRId32, (int32_t)load_32(b)))   \
    X(u8, 'u', 8, load_64(b), INTEGER(PRIu64, load_64(b)))                     \
    X(i8, 'i', 8, (int64_t)load_64(b), INTEGER(PRId64, (int64_t)load_64(b)))   \
    X(f2, 'f', 2, half_to_float(load_16(b)),                                   \
      float_cell(half_to_float(load_16(b)), t))                                \
    X(f4, 'f', 4, load_float(b), float_cell(load_float(b), t))                 \
    X(f8, 'f', 8, load_double(b), double_cell(load_double(b), t))
#define INTEGER(format, value)                                                 \
    number_cell(t, snprintf(t, ELEMENT_TEXT_MAX, "%" format, value))

#define X(name, kind, size, float_value, cell_value)                           \
    static void name##_to_float(const uint8_t *b, size_t n, float *out)        \
    {                                                                          \
        for (size_t i = 0; i < n; i++, b += (size))                            \
            out[i] = (float)(float_value);                                     \
    }                                                                          \
    static mlp_cell name##_to_cell(const uint8_t *b, char *t)                  \
    {                                                                          \
        (void)t;                                                               \
        return cell_value;                                                     \
    }
ARRAY_TYPES(X)
#undef X

const struct array_type *array_type_find(char kind, size_t size)
{
    static const struct array_type types[] = {
#define X(name, letter, bytes, float_value, cell_value)                        \
    {letter, bytes, name##_to_float, name##_to_cell},
        ARRAY_TYPES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].kind == kind && types[i].size == size)
            return &types[i];
    return NULL;
}

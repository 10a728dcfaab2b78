/* SPDX-License-Identifier: MIT */
#include "handlers/v2_tensor.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/infinite.h"
#include "http/utf8.h"
#include "mlp/number.h"

static const struct {
    const char *name;
    size_t size;
} datatypes[] = {
#define X(name, size) [V2_##name] = {#name, size},
    V2_DATATYPE_TABLE(X)
#undef X
};

const char *v2_datatype_name(enum v2_datatype type)
{
    return datatypes[type].name;
}

size_t v2_datatype_size(enum v2_datatype type)
{
    return datatypes[type].size;
}

bool v2_datatype_parse(const char *name, enum v2_datatype *out)
{
    for (size_t i = 0; i < V2_N_DATATYPES; i++)
        if (strcmp(datatypes[i].name, name) == 0) {
            *out = (enum v2_datatype)i;
            return true;
        }
    return false;
}

void v2_tensor_refuse(const struct v2_tensor *tensor,
                      size_t i,
                      struct problem *problem,
                      const char *format,
                      ...)
{
    char text[256], pointer[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (tensor->storage == V2_BINARY)
        snprintf(pointer, sizeof pointer, "%s", tensor->pointer);
    else
        snprintf(pointer, sizeof pointer, "%s/data/%zu", tensor->pointer, i);
    problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                "element %zu of input '%.64s' %s", i, tensor->name, text);
}

static bool
refuse_range(const struct v2_tensor *tensor, size_t i, struct problem *problem)
{
    v2_tensor_refuse(tensor, i, problem,
                     "is beyond the range of a finite float32");
    return false;
}

/* --- binary elements ------------------------------------------------------ */

/* A number as it was sent, none of its digits lost. */
struct number {
    enum { NUMBER_SIGNED, NUMBER_UNSIGNED, NUMBER_REAL } kind;
    int64_t whole;
    uint64_t natural;
    double real;
};

/* IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
static double real_of_half(uint16_t bits)
{
    int exponent = bits >> 10 & 0x1f;
    double fraction = bits & 0x3ff;
    double magnitude;
    if (exponent == 0)
        magnitude = ldexp(fraction, -24);
    else if (exponent < 0x1f)
        magnitude = ldexp(fraction + 1024, exponent - 25);
    else
        magnitude = fraction == 0 ? HUGE_VAL : (double)NAN;
    return bits & 0x8000 ? -magnitude : magnitude;
}

static uint64_t little_endian(const unsigned char *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static double real_of_bits(enum v2_datatype type, uint64_t bits)
{
    double real;
    float single;
    uint32_t low = (uint32_t)bits;
    if (type == V2_FP16)
        return real_of_half((uint16_t)bits);
    memcpy(&single, &low, sizeof single);
    memcpy(&real, &bits, sizeof real);
    return type == V2_FP32 ? (double)single : real;
}

static struct number number_at(const struct v2_tensor *tensor, size_t i)
{
    size_t size = v2_datatype_size(tensor->type);
    const unsigned char *bytes =
        (const unsigned char *)tensor->bytes + i * size;
    uint64_t bits = little_endian(bytes, size);
    switch (tensor->type) {
    case V2_INT8:
        return (struct number){.kind = NUMBER_SIGNED, .whole = (int8_t)bits};
    case V2_INT16:
        return (struct number){.kind = NUMBER_SIGNED, .whole = (int16_t)bits};
    case V2_INT32:
        return (struct number){.kind = NUMBER_SIGNED, .whole = (int32_t)bits};
    case V2_INT64:
        return (struct number){.kind = NUMBER_SIGNED, .whole = (int64_t)bits};
    case V2_FP16:
    case V2_FP32:
    case V2_FP64:
        return (struct number){.kind = NUMBER_REAL,
                               .real = real_of_bits(tensor->type, bits)};
    default:
        return (struct number){.kind = NUMBER_UNSIGNED, .natural = bits};
    }
}

static float float_of(const struct number *number)
{
    if (number->kind == NUMBER_SIGNED)
        return (float)number->whole;
    if (number->kind == NUMBER_UNSIGNED)
        return (float)number->natural;
    return (float)number->real; /* infinite where it does not fit */
}

static bool
check_bool(const struct v2_tensor *tensor, size_t i, struct problem *problem)
{
    unsigned char byte = (unsigned char)tensor->bytes[i];
    if (byte > 1)
        v2_tensor_refuse(tensor, i, problem, "is the byte %u, a BOOL is 0 or 1",
                         byte);
    return byte <= 1;
}

static bool floats_of_binary(const struct v2_tensor *tensor,
                             float *out,
                             struct problem *problem)
{
    if (tensor->type == V2_FP32)
        memcpy(out, tensor->bytes, tensor->n * sizeof *out);
    for (size_t i = 0; i < tensor->n; i++) {
        if (tensor->type == V2_BOOL && !check_bool(tensor, i, problem))
            return false;
        if (tensor->type != V2_FP32) {
            struct number number = number_at(tensor, i);
            out[i] = float_of(&number);
        }
        if (isinf(out[i]))
            return refuse_range(tensor, i, problem);
    }
    return true;
}

/* The next element of those that have a length each; NULL with a problem. */
static const char *
next_text(struct v2_cursor *cursor, uint32_t *length, struct problem *problem)
{
    const struct v2_tensor *tensor = cursor->tensor;
    size_t left = tensor->length - cursor->at;
    *length = 0;
    if (left >= V2_LENGTH_BYTES)
        *length = (uint32_t)little_endian(
            (const unsigned char *)tensor->bytes + cursor->at, V2_LENGTH_BYTES);
    bool missing = tensor->storage == V2_SPELLINGS && *length == V2_MISSING;
    size_t needed = V2_LENGTH_BYTES + (missing ? 0 : (size_t)*length);
    if (left < needed) {
        v2_tensor_refuse(tensor, cursor->i, problem,
                         "goes beyond the %zu bytes of the tensor: a BYTES "
                         "element is its length, 4 bytes, and so many bytes",
                         tensor->length);
        return NULL;
    }
    const char *text = tensor->bytes + cursor->at + V2_LENGTH_BYTES;
    cursor->at += needed;
    if (cursor->i + 1 == tensor->n && cursor->at != tensor->length) {
        v2_tensor_refuse(tensor, cursor->i, problem,
                         "is the last, and there are %zu bytes behind it",
                         tensor->length - cursor->at);
        return NULL;
    }
    return text;
}

/* --- spellings ------------------------------------------------------------ */

/* What a whole number of a datatype may be, by its bits. */
static bool is_in_range(enum v2_datatype type, const char *text)
{
    unsigned bits = (unsigned)v2_datatype_size(type) * 8;
    errno = 0;
    if (type >= V2_UINT8 && type <= V2_UINT64) {
        uint64_t most = UINT64_MAX >> (64 - bits);
        uint64_t value = strtoull(text, NULL, 10);
        return errno == 0 && value <= most && (text[0] != '-' || value == 0);
    }
    int64_t most = INT64_MAX >> (64 - bits);
    int64_t value = strtoll(text, NULL, 10);
    return errno == 0 && value <= most && value >= -most - 1;
}

/* Does a JSON number fit its datatype? "3.0" is whole. */
static bool check_whole(const struct v2_cursor *cursor,
                        const mlp_decimal *decimal,
                        struct problem *problem)
{
    const struct v2_tensor *tensor = cursor->tensor;
    char text[MLP_DOUBLE_TEXT_MAX];
    bool good = decimal->length < sizeof text;
    if (good && decimal->integer) {
        memcpy(text, decimal->text, decimal->length);
        text[decimal->length] = '\0';
        good = is_in_range(tensor->type, text);
    } else if (good) {
        double value = mlp_decimal_to_double(decimal);
        good = value == floor(value) && fabs(value) < 0x1p53;
        (void)snprintf(text, sizeof text, "%.0f", good ? value : 0.0);
        good = good && is_in_range(tensor->type, text);
    }
    if (!good)
        v2_tensor_refuse(tensor, cursor->i, problem, "is %.*s, which is no %s",
                         (int)(decimal->length < 40 ? decimal->length : 40),
                         decimal->text, v2_datatype_name(tensor->type));
    return good;
}

/* What kind of JSON value a datatype is written as. */
static mlp_cell_kind kind_of(enum v2_datatype type)
{
    return type == V2_BYTES  ? MLP_CELL_TEXT
           : type == V2_BOOL ? MLP_CELL_BOOLEAN
                             : MLP_CELL_NUMBER;
}

static const char *kind_name(mlp_cell_kind kind)
{
    return kind == MLP_CELL_TEXT      ? "a text"
           : kind == MLP_CELL_BOOLEAN ? "true or false"
                                      : "a number";
}

static bool check_kind(const struct v2_cursor *cursor, struct problem *problem)
{
    const struct v2_tensor *tensor = cursor->tensor;
    mlp_cell_kind due = kind_of(tensor->type);
    if (tensor->kind == due || tensor->kind == MLP_CELL_MISSING)
        return true;
    v2_tensor_refuse(tensor, cursor->i, problem, "is %s, %s is written as %s",
                     kind_name(tensor->kind), v2_datatype_name(tensor->type),
                     kind_name(due));
    return false;
}

static bool
spelled_cell(struct v2_cursor *cursor, mlp_cell *out, struct problem *problem)
{
    const struct v2_tensor *tensor = cursor->tensor;
    uint32_t length;
    const char *text = check_kind(cursor, problem)
                           ? next_text(cursor, &length, problem)
                           : NULL;
    *out = (mlp_cell){.kind = MLP_CELL_MISSING};
    if (text == NULL || length == V2_MISSING)
        return text != NULL;
    *out = (mlp_cell){.kind = tensor->kind, .text = text, .length = length};
    if (tensor->kind == MLP_CELL_BOOLEAN)
        out->boolean = text[0] == 't';
    if (tensor->kind != MLP_CELL_NUMBER)
        return true;
    (void)mlp_decimal_scan(text, length, &out->decimal);
    return tensor->type == V2_FP32 || tensor->type == V2_FP64 ||
           check_whole(cursor, &out->decimal, problem);
}

/* --- cells ---------------------------------------------------------------- */

static void number_cell(struct v2_cursor *cursor,
                        const struct number *number,
                        mlp_cell *out)
{
    size_t length = 0;
    if (number->kind == NUMBER_SIGNED)
        length = (size_t)snprintf(cursor->text, sizeof cursor->text, "%" PRId64,
                                  number->whole);
    else if (number->kind == NUMBER_UNSIGNED)
        length = (size_t)snprintf(cursor->text, sizeof cursor->text, "%" PRIu64,
                                  number->natural);
    else if (cursor->exact)
        length = mlp_format_double(number->real, cursor->text);
    else
        length = mlp_format_float((float)number->real, cursor->text);
    out->kind = MLP_CELL_NUMBER;
    (void)mlp_decimal_scan(cursor->text, length, &out->decimal);
}

static bool
text_cell(struct v2_cursor *cursor, mlp_cell *out, struct problem *problem)
{
    uint32_t length;
    const char *text = next_text(cursor, &length, problem);
    if (text == NULL)
        return false;
    *out = (mlp_cell){.kind = MLP_CELL_TEXT, .text = text, .length = length};
    if (!utf8_is_valid(text, length))
        v2_tensor_refuse(cursor->tensor, cursor->i, problem,
                         "is not UTF-8 without NUL");
    return !problem_is_set(problem);
}

static bool
binary_cell(struct v2_cursor *cursor, mlp_cell *out, struct problem *problem)
{
    const struct v2_tensor *tensor = cursor->tensor;
    *out = (mlp_cell){.kind = MLP_CELL_MISSING};
    if (tensor->type == V2_BYTES)
        return text_cell(cursor, out, problem);
    if (tensor->type == V2_BOOL) {
        *out = (mlp_cell){.kind = MLP_CELL_BOOLEAN,
                          .boolean = tensor->bytes[cursor->i] == 1};
        return check_bool(tensor, cursor->i, problem);
    }
    struct number number = number_at(tensor, cursor->i);
    if (isinf(float_of(&number)))
        return refuse_range(tensor, cursor->i, problem);
    if (number.kind != NUMBER_REAL || !isnan(number.real))
        number_cell(cursor, &number, out);
    return true;
}

bool v2_cursor_next(struct v2_cursor *cursor,
                    mlp_cell *out,
                    struct problem *problem)
{
    const struct v2_tensor *tensor = cursor->tensor;
    bool good = true;
    if (tensor->storage == V2_SPELLINGS) {
        good = spelled_cell(cursor, out, problem);
    } else if (tensor->storage == V2_BINARY) {
        good = binary_cell(cursor, out, problem);
    } else {
        struct number number = {.kind = NUMBER_REAL,
                                .real = (double)tensor->floats[cursor->i]};
        *out = (mlp_cell){.kind = MLP_CELL_MISSING};
        if (!isnan(number.real))
            number_cell(cursor, &number, out);
    }
    cursor->i++;
    return good;
}

/* --- floats --------------------------------------------------------------- */

static bool floats_of_spellings(const struct v2_tensor *tensor,
                                float *out,
                                struct problem *problem)
{
    struct v2_cursor cursor = {.tensor = tensor};
    mlp_cell cell;
    for (size_t i = 0; i < tensor->n; i++) {
        if (!v2_cursor_next(&cursor, &cell, problem))
            return false;
        out[i] = cell.kind == MLP_CELL_MISSING ? NAN
                 : cell.kind == MLP_CELL_BOOLEAN
                     ? (cell.boolean ? 1.0F : 0.0F)
                     : mlp_decimal_to_float(&cell.decimal);
        if (isinf(out[i]))
            return refuse_range(tensor, i, problem);
    }
    return true;
}

bool v2_tensor_floats(const struct v2_tensor *tensor,
                      float *out,
                      struct problem *problem)
{
    if (tensor->type == V2_BYTES) {
        v2_tensor_refuse(tensor, 0, problem, "is a text, expected a number");
        return false;
    }
    if (tensor->storage == V2_SPELLINGS)
        return floats_of_spellings(tensor, out, problem);
    if (tensor->storage == V2_BINARY)
        return floats_of_binary(tensor, out, problem);
    memcpy(out, tensor->floats, tensor->n * sizeof *out);
    return true;
}

const float *v2_tensor_view(const struct v2_tensor *tensor,
                            struct problem *problem)
{
    if (tensor->storage == V2_FLOATS)
        return tensor->floats;
    if (tensor->storage != V2_BINARY || tensor->type != V2_FP32 ||
        (uintptr_t)tensor->bytes % _Alignof(float) != 0)
        return NULL;
    const float *view = (const float *)(const void *)tensor->bytes;
    size_t i = find_infinite(view, tensor->n);
    if (i == tensor->n)
        return view;
    (void)refuse_range(tensor, i, problem);
    return NULL;
}

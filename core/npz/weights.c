/* SPDX-License-Identifier: MIT */
#include "npz/weights.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/npy.h"
#include "data/text.h"

mlp_status
weights_refuse(const struct zip_member *member, const char *why, mlp_error *err)
{
    struct excerpt name = text_excerpt(member->name, member->name_length);
    return mlp_fail(err, MLP_INVALID, "array \"%s\": %s", name.text, why);
}

/* The same error, with the member's name before it. */
static mlp_status name_error(const struct zip_member *member,
                             mlp_status status,
                             const mlp_error *inner,
                             mlp_error *err)
{
    struct excerpt name = text_excerpt(member->name, member->name_length);
    return mlp_fail(err, status, "array \"%s\": %s", name.text, inner->text);
}

static mlp_status
read_head(struct weights *weights, size_t size, size_t *at, mlp_error *err)
{
    struct source source;
    FILE *file = fmemopen(weights->bytes, size, "rb");
    if (file == NULL)
        return size == 0 ? mlp_fail(err, MLP_FORMAT, "it is empty")
                         : mlp_fail(err, MLP_NOMEM, "out of memory");
    mlp_status status = source_open(&source, file, err);
    if (status == MLP_OK)
        status = npy_read_layout(&source, &weights->layout, err);
    (void)fclose(file);
    *at = status == MLP_OK ? (size_t)source.at : 0;
    return status;
}

/* As many elements as the shape has, and nothing behind them. */
static mlp_status check_form(struct weights *weights,
                             const struct zip_member *member,
                             size_t at,
                             mlp_error *err)
{
    const struct array_layout *layout = &weights->layout;
    size_t n;
    if (layout->type->kind != 'f')
        return weights_refuse(member, "expected float16, float32 or float64",
                              err);
    if (layout->n_axes != 1 && layout->n_axes != 2)
        return weights_refuse(member, "expected one axis or two", err);
    weights->rows = layout->n_axes == 2 ? (size_t)layout->axes[0] : 1;
    weights->columns = (size_t)layout->axes[layout->n_axes - 1];
    if (!size_mul(weights->rows, weights->columns, &n) ||
        !size_mul(n, layout->type->size, &n) || n != member->size - at)
        return weights_refuse(
            member, "its data is of another length than its shape says", err);
    return n > 0 ? MLP_OK : weights_refuse(member, "it has no elements", err);
}

mlp_status weights_open(struct weights *weights,
                        const struct zip_member *member,
                        mlp_error *err)
{
    mlp_error inner = {0};
    size_t at = 0;
    *weights = (struct weights){0};
    mlp_status status = zip_unpack(member, &weights->bytes, err);
    if (status != MLP_OK)
        return status;
    status = read_head(weights, member->size, &at, &inner);
    if (status != MLP_OK)
        return name_error(member, status, &inner, err);
    weights->elements = weights->bytes + at;
    return check_form(weights, member, at, err);
}

void weights_free(struct weights *weights)
{
    free(weights->bytes);
    *weights = (struct weights){0};
}

bool weights_are_double(const struct weights *weights)
{
    return weights->layout.type->size == sizeof(double);
}

double weights_at(const struct weights *weights, size_t row, size_t column)
{
    const struct array_layout *layout = &weights->layout;
    size_t size = layout->type->size;
    size_t i = layout->by_columns ? column * weights->rows + row
                                  : row * weights->columns + column;
    const uint8_t *from = weights->elements + i * size;
    uint8_t little[sizeof(double)];
    for (size_t k = 0; k < size && k < sizeof little; k++)
        little[k] = from[layout->big_endian ? size - 1 - k : k];
    if (weights_are_double(weights)) {
        uint64_t bits;
        double value;
        memcpy(&bits, little, sizeof bits);
        bits = le64toh(bits);
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    float value;
    layout->type->to_float(little, 1, &value);
    return (double)value;
}

/* SPDX-License-Identifier: MIT
 *
 * Elements of a constant, from either of the two places where ONNX keeps
 * them: raw bytes, little-endian, or a list of their type. */
#include "onnx/tensor.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "raw data is read as it is, little-endian");

/* Numbers of the format. */
enum { TYPE_FLOAT = 1, TYPE_INT32 = 6, TYPE_INT64 = 7 };
enum { TYPE_STRING = 8, TYPE_BOOL = 9, TYPE_DOUBLE = 11, EXTERNAL = 1 };

static double float_at(const void *data, size_t i)
{
    float value;
    memcpy(&value, (const char *)data + i * sizeof value, sizeof value);
    return (double)value;
}

static double double_at(const void *data, size_t i)
{
    double value;
    memcpy(&value, (const char *)data + i * sizeof value, sizeof value);
    return value;
}

static double int32_at(const void *data, size_t i)
{
    int32_t value;
    memcpy(&value, (const char *)data + i * sizeof value, sizeof value);
    return value;
}

static double int64_at(const void *data, size_t i)
{
    int64_t value;
    memcpy(&value, (const char *)data + i * sizeof value, sizeof value);
    return (double)value;
}

static double bool_at(const void *data, size_t i)
{
    return ((const unsigned char *)data)[i] != 0;
}

static const struct {
    int type;
    size_t bytes;
    double (*at)(const void *data, size_t i);
} types[] = {
    {TYPE_FLOAT, 4, float_at}, {TYPE_INT32, 4, int32_at},
    {TYPE_INT64, 8, int64_at}, {TYPE_DOUBLE, 8, double_at},
    {TYPE_BOOL, 1, bool_at},
};
enum { N_TYPES = sizeof types / sizeof *types };

static size_t type_of(const Onnx__TensorProto *proto)
{
    size_t i = 0;
    while (i < N_TYPES && types[i].type != proto->data_type)
        i++;
    return i;
}

/* The list of its type; *n is its length. */
static const void *list_of(const Onnx__TensorProto *proto, size_t *n)
{
    switch (proto->data_type) {
    case TYPE_FLOAT:
        *n = proto->n_float_data;
        return proto->float_data;
    case TYPE_INT32:
    case TYPE_BOOL:
        *n = proto->n_int32_data;
        return proto->int32_data;
    case TYPE_INT64:
        *n = proto->n_int64_data;
        return proto->int64_data;
    case TYPE_DOUBLE:
        *n = proto->n_double_data;
        return proto->double_data;
    default:
        *n = proto->n_string_data;
        return proto->string_data;
    }
}

const char *tensor_name(const struct tensor *tensor)
{
    const char *name = tensor->proto->name;
    return name != NULL && *name != '\0' ? name : "(a constant)";
}

static mlp_status read_shape(struct tensor *out, mlp_error *err)
{
    const Onnx__TensorProto *proto = out->proto;
    bool fits = proto->n_dims <= TENSOR_MAX_RANK;
    out->n = 1;
    out->rank = fits ? proto->n_dims : 0;
    for (size_t i = 0; fits && i < out->rank; i++) {
        fits = proto->dims[i] >= 0 &&
               size_mul(out->n, (size_t)proto->dims[i], &out->n);
        out->dims[i] = (size_t)proto->dims[i];
    }
    return fits ? MLP_OK
                : mlp_fail(err, MLP_INVALID,
                           "tensor '%.64s': its shape is none of a network's",
                           tensor_name(out));
}

mlp_status
tensor_open(const Onnx__TensorProto *proto, struct tensor *out, mlp_error *err)
{
    *out = (struct tensor){.proto = proto};
    size_t type = type_of(proto), have;
    if (proto->data_location == EXTERNAL || proto->n_external_data > 0)
        return mlp_fail(err, MLP_INVALID,
                        "tensor '%.64s': its data is in another file; save the "
                        "model as one file",
                        tensor_name(out));
    if (type == N_TYPES && !tensor_is_text(out))
        return mlp_fail(err, MLP_INVALID,
                        "tensor '%.64s': expected float32, float64, int32, "
                        "int64, bool or string, got type %d",
                        tensor_name(out), (int)proto->data_type);
    mlp_status status = read_shape(out, err);
    if (status != MLP_OK)
        return status;
    (void)list_of(proto, &have);
    if (proto->has_raw_data && type < N_TYPES)
        have = proto->raw_data.len % types[type].bytes == 0
                   ? proto->raw_data.len / types[type].bytes
                   : SIZE_MAX;
    if (have != out->n)
        return mlp_fail(err, MLP_INVALID,
                        "tensor '%.64s': its shape has %zu elements, its data "
                        "is of another length",
                        tensor_name(out), out->n);
    return MLP_OK;
}

bool tensor_is_text(const struct tensor *tensor)
{
    return tensor->proto->data_type == TYPE_STRING;
}

bool tensor_is_bool(const struct tensor *tensor)
{
    return tensor->proto->data_type == TYPE_BOOL;
}

bool tensor_is_double(const struct tensor *tensor)
{
    return tensor->proto->data_type == TYPE_DOUBLE;
}

double tensor_number(const struct tensor *tensor, size_t i)
{
    const Onnx__TensorProto *proto = tensor->proto;
    size_t type = type_of(proto), n;
    if (type == N_TYPES)
        return 0;
    if (proto->has_raw_data)
        return types[type].at(proto->raw_data.data, i);
    const void *list = list_of(proto, &n); /* which has booleans as int32 */
    return tensor_is_bool(tensor) ? int32_at(list, i) != 0
                                  : types[type].at(list, i);
}

ProtobufCBinaryData tensor_text(const struct tensor *tensor, size_t i)
{
    return tensor->proto->string_data[i];
}

/* SPDX-License-Identifier: MIT
 *
 * The container's frame and layout. */
#include "model/safetensors.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { LENGTH_BYTES = 8, DATA_ALIGNMENT = 8 };

static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
    {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
    {"U32", 4},  {"F32", 4}, {"I64", 8}, {"U64", 8},     {"F64", 8},
};

static size_t dtype_bytes(const char *name)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(name, dtypes[i].name) == 0)
            return dtypes[i].bytes;
    return 0;
}

/* The bytes that a tensor's dtype and shape ask for. */
static mlp_status tensor_bytes(const struct safetensors_tensor *tensor,
                               size_t *out,
                               mlp_error *err)
{
    size_t bytes = dtype_bytes(tensor->dtype);
    bool fits = true, empty = false;
    if (bytes == 0)
        return mlp_fail(err, MLP_FORMAT,
                        "tensor '%.64s': unknown dtype '%.16s'", tensor->name,
                        tensor->dtype);
    for (size_t i = 0; i < tensor->rank; i++) {
        empty = empty || tensor->shape[i] == 0;
        fits = fits && size_mul(bytes, tensor->shape[i], &bytes);
    }
    if (!fits && !empty)
        return mlp_fail(err, MLP_FORMAT, "tensor '%.64s': its size overflows",
                        tensor->name);
    *out = empty ? 0 : bytes;
    return MLP_OK;
}

/* --- reading ------------------------------------------------------------- */

/* The header's length, checked against the file before anything is read. */
static mlp_status read_length(const unsigned char *bytes,
                              size_t length,
                              size_t *out,
                              mlp_error *err)
{
    uint64_t n = 0;
    if (length < LENGTH_BYTES)
        return mlp_fail(err, MLP_FORMAT,
                        "safetensors: expected at least 8 bytes, got %zu",
                        length);
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        n |= (uint64_t)bytes[i] << (8 * i);
    if (n > length - LENGTH_BYTES)
        return mlp_fail(err, MLP_FORMAT,
                        "safetensors: a header of %llu bytes, but the file "
                        "has %zu behind its length",
                        (unsigned long long)n, length - LENGTH_BYTES);
    if (n > SAFETENSORS_MAX_HEADER)
        return mlp_fail(err, MLP_LIMIT,
                        "safetensors: a header of %llu bytes, at most %d are "
                        "read",
                        (unsigned long long)n, SAFETENSORS_MAX_HEADER);
    *out = (size_t)n;
    return MLP_OK;
}

static int by_place(const void *left, const void *right)
{
    const struct safetensors_tensor *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* A tensor begins where the one before it ended and is as long as its shape
 * says. */
static mlp_status check_place(const struct safetensors_tensor *tensor,
                              size_t expected_begin,
                              mlp_error *err)
{
    size_t bytes;
    if (tensor->begin != expected_begin || tensor->end < tensor->begin)
        return mlp_fail(err, MLP_FORMAT,
                        "tensor '%.64s': data_offsets [%zu, %zu], expected it "
                        "to begin at %zu",
                        tensor->name, tensor->begin, tensor->end,
                        expected_begin);
    mlp_status status = tensor_bytes(tensor, &bytes, err);
    if (status == MLP_OK && bytes != tensor->end - tensor->begin)
        return mlp_fail(err, MLP_FORMAT,
                        "tensor '%.64s': its shape needs %zu bytes, "
                        "data_offsets hold %zu",
                        tensor->name, bytes, tensor->end - tensor->begin);
    return status;
}

/* The tensors cover the data from its first byte to its last. */
static mlp_status check_layout(struct safetensors *file,
                               const unsigned char *data,
                               size_t n_data,
                               mlp_error *err)
{
    size_t end = 0;
    if (file->n_tensors > 0)
        qsort(file->tensors, file->n_tensors, sizeof *file->tensors, by_place);
    for (size_t i = 0; i < file->n_tensors; i++) {
        struct safetensors_tensor *tensor = &file->tensors[i];
        mlp_status status = check_place(tensor, end, err);
        if (status != MLP_OK)
            return status;
        end = tensor->end;
    }
    if (end != n_data)
        return mlp_fail(err, MLP_FORMAT,
                        "safetensors: the tensors hold %zu bytes, the file "
                        "has %zu behind its header",
                        end, n_data);
    for (size_t i = 0; i < file->n_tensors; i++)
        file->tensors[i].data = data + file->tensors[i].begin;
    return MLP_OK;
}

mlp_status safetensors_read(const void *bytes,
                            size_t length,
                            struct safetensors *out,
                            mlp_error *err)
{
    const unsigned char *file = bytes;
    size_t n = 0;
    *out = (struct safetensors){0};
    mlp_status status = read_length(file, length, &n, err);
    if (status != MLP_OK)
        return status;
    status =
        safetensors_header_read((const char *)file + LENGTH_BYTES, n, out, err);
    if (status != MLP_OK)
        return status;
    return check_layout(out, file + LENGTH_BYTES + n, length - LENGTH_BYTES - n,
                        err);
}

/* --- writing ------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
    const struct safetensors_tensor *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static int by_key(const void *left, const void *right)
{
    const struct safetensors_pair *a = left, *b = right;
    return strcmp(a->key, b->key);
}

static mlp_status place_tensors(struct safetensors *file, mlp_error *err)
{
    size_t end = 0;
    if (file->n_tensors > 0)
        qsort(file->tensors, file->n_tensors, sizeof *file->tensors, by_name);
    for (size_t i = 0; i < file->n_tensors; i++) {
        struct safetensors_tensor *tensor = &file->tensors[i];
        size_t bytes = 0;
        mlp_status status = tensor_bytes(tensor, &bytes, err);
        if (status != MLP_OK)
            return status;
        tensor->begin = end;
        if (!size_add(end, bytes, &end))
            return mlp_fail(err, MLP_LIMIT, "safetensors: its size overflows");
        tensor->end = end;
    }
    return MLP_OK;
}

static mlp_status write_length(size_t length, mlp_sink sink, mlp_error *err)
{
    unsigned char bytes[LENGTH_BYTES];
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> (8 * i));
    return sink.write(sink.context, bytes, sizeof bytes, err);
}

static mlp_status write_file(const struct safetensors *file,
                             const mlp_buffer *header,
                             mlp_sink sink,
                             mlp_error *err)
{
    if (header->status != MLP_OK)
        return mlp_fail(err, header->status,
                        "safetensors: the header (names, labels and record) "
                        "may have at most %d bytes",
                        SAFETENSORS_MAX_HEADER);
    mlp_status status = write_length(header->length, sink, err);
    if (status == MLP_OK)
        status = sink.write(sink.context, header->data, header->length, err);
    for (size_t i = 0; status == MLP_OK && i < file->n_tensors; i++) {
        const struct safetensors_tensor *tensor = &file->tensors[i];
        status = sink.write(sink.context, tensor->data,
                            tensor->end - tensor->begin, err);
    }
    return status;
}

mlp_status
safetensors_write(struct safetensors *file, mlp_sink sink, mlp_error *err)
{
    mlp_buffer header;
    mlp_status status = place_tensors(file, err);
    if (status != MLP_OK)
        return status;
    if (file->n_pairs > 0)
        qsort(file->pairs, file->n_pairs, sizeof *file->pairs, by_key);
    mlp_buffer_init(&header, SAFETENSORS_MAX_HEADER);
    safetensors_header_write(file, &header);
    while (header.status == MLP_OK && header.length % DATA_ALIGNMENT != 0)
        mlp_buffer_text(&header, " ");
    status = write_file(file, &header, sink, err);
    mlp_buffer_free(&header);
    return status;
}

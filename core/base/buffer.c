/* SPDX-License-Identifier: MIT
 *
 * The growable buffer: doubles its room up to the ceiling. */
#include "mlp/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { SMALLEST_CAPACITY = 64 };

void mlp_buffer_init(mlp_buffer *buffer, size_t max_bytes)
{
    *buffer = (mlp_buffer){.max_bytes = max_bytes};
}

void mlp_buffer_free(mlp_buffer *buffer)
{
    free(buffer->data);
    mlp_buffer_init(buffer, buffer->max_bytes);
}

void mlp_buffer_clear(mlp_buffer *buffer)
{
    buffer->length = 0;
    buffer->status = MLP_OK;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

/* The capacity to grow to for `needed` bytes: twice the old one where the
 * ceiling (and its NUL) allows. */
static size_t next_capacity(const mlp_buffer *buffer, size_t needed)
{
    size_t ceiling, doubled;
    if (!size_add(buffer->max_bytes, 1, &ceiling))
        ceiling = SIZE_MAX;
    if (!size_mul(buffer->capacity, 2, &doubled) || doubled > ceiling)
        doubled = ceiling;
    if (doubled < SMALLEST_CAPACITY && SMALLEST_CAPACITY <= ceiling)
        doubled = SMALLEST_CAPACITY;
    return doubled > needed ? doubled : needed;
}

char *mlp_buffer_reserve(mlp_buffer *buffer, size_t n)
{
    size_t length, needed;
    if (mlp_buffer_has_room(buffer, n))
        return buffer->data + buffer->length;
    if (buffer->status != MLP_OK)
        return NULL;
    if (!size_add(buffer->length, n, &length) || length > buffer->max_bytes ||
        !size_add(length, 1, &needed)) {
        buffer->status = MLP_LIMIT;
        return NULL;
    }
    if (needed > buffer->capacity) {
        size_t capacity = next_capacity(buffer, needed);
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            buffer->status = MLP_NOMEM;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void mlp_buffer_append(mlp_buffer *buffer, const void *bytes, size_t n)
{
    char *room = mlp_buffer_has_room(buffer, n) ? buffer->data + buffer->length
                                                : mlp_buffer_reserve(buffer, n);
    if (room == NULL)
        return;
    if (n > 0)
        memcpy(room, bytes, n);
    room[n] = '\0';
    buffer->length += n;
}

void mlp_buffer_format(mlp_buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char *room = buffer->data != NULL ? buffer->data + buffer->length : NULL;
    size_t free =
        buffer->status == MLP_OK ? buffer->capacity - buffer->length : 0;
    int length = vsnprintf(room, free, format, args);
    if (length < 0 && buffer->status == MLP_OK)
        buffer->status = MLP_LIMIT; /* longer than an int can say */
    if (length >= 0 && (size_t)length >= free) {
        room = mlp_buffer_reserve(buffer, (size_t)length);
        if (room != NULL)
            vsnprintf(room, (size_t)length + 1, format, again);
    }
    if (buffer->status == MLP_OK)
        buffer->length += (size_t)length;
    va_end(again);
    va_end(args);
}

char *mlp_buffer_take(mlp_buffer *buffer, size_t *length)
{
    char *end = mlp_buffer_reserve(buffer, 0);
    char *data = NULL;
    if (end != NULL) {
        *end = '\0';
        data = buffer->data;
        buffer->data = NULL;
    }
    if (length != NULL)
        *length = data != NULL ? buffer->length : 0;
    mlp_status status = buffer->status;
    mlp_buffer_free(buffer);
    buffer->status = status;
    return data;
}

static mlp_status
sink_write(void *context, const void *bytes, size_t n, mlp_error *err)
{
    mlp_buffer *buffer = context;
    mlp_buffer_append(buffer, bytes, n);
    if (buffer->status == MLP_OK)
        return MLP_OK;
    return mlp_fail(err, buffer->status,
                    "buffer: %s at %zu bytes and %zu more, at most %zu",
                    mlp_status_text(buffer->status), buffer->length, n,
                    buffer->max_bytes);
}

mlp_sink mlp_buffer_sink(mlp_buffer *buffer)
{
    return (mlp_sink){.write = sink_write, .context = buffer};
}

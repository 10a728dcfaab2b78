/* SPDX-License-Identifier: MIT
 *
 * A growable run of bytes with a ceiling, and the sink that writers write to.
 * Appending never fails on the spot: the first failure is remembered and asked
 * for once at the end, so that a writer reads as the text that it writes. */
#ifndef MLP_BUFFER_H
#define MLP_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "mlp/status.h"

typedef struct mlp_buffer {
    char *data;    /* NUL-terminated once anything was appended */
    size_t length; /* bytes, without the NUL */
    size_t capacity;
    size_t max_bytes;  /* the ceiling on length */
    mlp_status status; /* MLP_OK, MLP_LIMIT or MLP_NOMEM; sticky */
} mlp_buffer;

/* Owner: the caller's storage; end it with mlp_buffer_free().
 * Threads: one at a time. */
MLP_API void mlp_buffer_init(mlp_buffer *buffer, size_t max_bytes);
MLP_API void mlp_buffer_free(mlp_buffer *buffer);

/* Forget the content and the status, keep the memory. */
MLP_API void mlp_buffer_clear(mlp_buffer *buffer);

MLP_API void mlp_buffer_append(mlp_buffer *buffer, const void *bytes, size_t n);
MLP_API void mlp_buffer_format(mlp_buffer *buffer, const char *format, ...)
    MLP_PRINTF(2, 3);

/* Is there room for n more bytes and a NUL as it is? What was reserved is
 * within the ceiling. */
static inline bool mlp_buffer_has_room(const mlp_buffer *buffer, size_t n)
{
    return buffer->status == MLP_OK && buffer->capacity - buffer->length > n;
}

/* Inline, so that the length of a literal is known when it is compiled. */
static inline void mlp_buffer_text(mlp_buffer *buffer, const char *text)
{
    mlp_buffer_append(buffer, text, strlen(text));
}

/* Room for n more bytes and a NUL at the end, or NULL (status is then set); the
 * caller fills some of them, adds their number to `length` and ends them with
 * a NUL if anybody reads `data` as text before the next append. */
MLP_API char *mlp_buffer_reserve(mlp_buffer *buffer, size_t n);

/* Take the bytes away, NUL-terminated; free() them. NULL when the status is not
 * MLP_OK, which then stays. *length may be NULL. The buffer is empty
 * afterwards. */
MLP_API char *mlp_buffer_take(mlp_buffer *buffer, size_t *length);

/* Where a writer puts its bytes: a file, a hash, a buffer. */
typedef struct mlp_sink {
    mlp_status (*write)(void *context,
                        const void *bytes,
                        size_t n,
                        mlp_error *err);
    void *context;
} mlp_sink;

/* A sink that appends to `buffer`. */
MLP_API mlp_sink mlp_buffer_sink(mlp_buffer *buffer);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The strict JSON (RFC 8259) behind model files and request bodies: a reader
 * that is fed bytes as they arrive and hands out tokens, and a few writers.
 *
 * It builds no tree: a matrix of numbers goes straight to where the caller
 * wants it. Refused are: invalid UTF-8, a byte order mark, lone surrogates,
 * \u0000, control characters in strings, NaN and Infinity (unless allowed),
 * trailing commas, comments, and anything but white space behind the value.
 * Duplicate keys are the caller's business. */
#ifndef MLP_JSON_H
#define MLP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/number.h"
#include "mlp/status.h"

typedef enum mlp_json_event {
    MLP_JSON_OBJECT_BEGIN,
    MLP_JSON_OBJECT_END,
    MLP_JSON_ARRAY_BEGIN,
    MLP_JSON_ARRAY_END,
    MLP_JSON_KEY,
    MLP_JSON_STRING,
    MLP_JSON_NUMBER,
    MLP_JSON_TRUE,
    MLP_JSON_FALSE,
    MLP_JSON_NULL,
} mlp_json_event;

/* One token. `text` is its spelling: of a key or string what stands between
 * the quotes, escapes and all; of a number its digits. It is valid during the
 * handler's call only. */
typedef struct mlp_json_token {
    mlp_json_event event;
    const char *text;
    size_t length;
    mlp_decimal decimal; /* MLP_JSON_NUMBER only */
    size_t depth;        /* of the containers around it; 0 at the top */
    uint64_t offset;     /* of its first byte in the whole input */
} mlp_json_token;

/* Anything but MLP_OK stops the reading and is what feed() returns. */
typedef mlp_status (*mlp_json_handler)(void *context,
                                       const mlp_json_token *token,
                                       mlp_error *err);

typedef struct mlp_json_reader mlp_json_reader;

/* Errors:  MLP_INVALID max_depth is above 1024
 *          MLP_NOMEM
 * Limits:  depth of nesting and bytes of one token (a number is
 *          never longer than 512); beyond either reading fails with MLP_LIMIT.
 * Owner:   caller; free *out with mlp_json_reader_destroy().
 * Threads: one at a time. */
MLP_API MLP_NODISCARD mlp_status
mlp_json_reader_create(mlp_json_handler handler,
                       void *context,
                       size_t max_depth,
                       size_t max_token_bytes,
                       mlp_json_reader **out,
                       mlp_error *err);
MLP_API void mlp_json_reader_destroy(mlp_json_reader *reader);

/* Numbers that follow one another in an array, each the nearest float; one
 * beyond its range is an infinity. */
typedef mlp_status (*mlp_json_floats_handler)(void *context,
                                              const float *values,
                                              size_t n,
                                              mlp_error *err);

/* For matrices: from the next token on, numbers in arrays go to `handler`, in
 * runs of any length, in place of a token each. NULL: tokens again, as at
 * first. A handler may call it. The context is that of creation. */
MLP_API void mlp_json_reader_set_floats(mlp_json_reader *reader,
                                        mlp_json_floats_handler handler);

/* Take NaN, Infinity and -Infinity, as programs write that do not keep to the
 * letter of JSON: the first as null, the others as numbers beyond any range. */
MLP_API void mlp_json_reader_allow_nan(mlp_json_reader *reader);

/* Read the next n bytes; tokens may be cut anywhere between two calls. After
 * an error the reader stays in it. The error text names the byte offset.
 *
 * Errors:  MLP_FORMAT, MLP_LIMIT, MLP_NOMEM, or the handler's */
MLP_API MLP_NODISCARD mlp_status mlp_json_reader_feed(mlp_json_reader *reader,
                                                      const char *bytes,
                                                      size_t n,
                                                      mlp_error *err);

/* The input ends here: MLP_FORMAT unless one whole value was read. */
MLP_API MLP_NODISCARD mlp_status mlp_json_reader_finish(mlp_json_reader *reader,
                                                        mlp_error *err);

/* Forget all, errors too, but the memory: the next byte begins another text, at
 * offset 0. */
MLP_API void mlp_json_reader_reset(mlp_json_reader *reader);

/* Both of the above for a text that is all there. */
MLP_API MLP_NODISCARD mlp_status mlp_json_read(const char *text,
                                               size_t length,
                                               mlp_json_handler handler,
                                               void *context,
                                               size_t max_depth,
                                               mlp_error *err);

/* Append to `out` what a key's or string's spelling means (UTF-8). The
 * spelling comes from a token, so it is known to be well formed. */
MLP_API void
mlp_json_unescape(const char *text, size_t length, mlp_buffer *out);

/* Append `text` as a JSON string with its quotes. Bytes that are not valid
 * UTF-8 become U+FFFD, so that a reply is always legal JSON. */
MLP_API void
mlp_json_write_string(mlp_buffer *out, const char *text, size_t length);

/* Append a number, or null when it is not finite. */
MLP_API void mlp_json_write_unsigned(mlp_buffer *out, uint64_t value);
MLP_API void mlp_json_write_float(mlp_buffer *out, float value);
MLP_API void mlp_json_write_double(mlp_buffer *out, double value);

#endif

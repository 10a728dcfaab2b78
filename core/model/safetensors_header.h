/* SPDX-License-Identifier: MIT
 *
 * The JSON header of the safetensors container: what it lists, and its
 * grammar. How the tensors lie in the file is safetensors.h's business. */
#ifndef MLP_MODEL_SAFETENSORS_HEADER_H
#define MLP_MODEL_SAFETENSORS_HEADER_H

#include <stddef.h>

#include "mlp/buffer.h"
#include "mlp/status.h"

/* The header's ceiling lies far below the format's 100 MB, and high enough for
 * 65,536 columns with names of a sensible length. */
enum {
    SAFETENSORS_MAX_HEADER = 16 << 20,
    SAFETENSORS_MAX_ENTRIES = 1024, /* tensors, and pairs of metadata */
    SAFETENSORS_MAX_RANK = 8,
};

/* One text of `__metadata__`: UTF-8, NUL-terminated. */
struct safetensors_pair {
    const char *key;
    const char *value;
    size_t length; /* of value */
};

struct safetensors_tensor {
    const char *name;
    const char *dtype; /* "F32", … */
    size_t rank;
    size_t shape[SAFETENSORS_MAX_RANK];
    size_t begin, end; /* data_offsets */
    const void *data;  /* end - begin bytes, row-major, aligned to nothing */
};

struct safetensors {
    struct safetensors_tensor *tensors; /* in the order of their bytes */
    size_t n_tensors;
    struct safetensors_pair *pairs; /* in the order of the header */
    size_t n_pairs;
    mlp_buffer texts; /* what a reader's names and values point into */
};

void safetensors_free(struct safetensors *file);

/* The one of that name, or NULL. */
const struct safetensors_tensor *
safetensors_tensor_of(const struct safetensors *file, const char *name);
const struct safetensors_pair *
safetensors_pair_of(const struct safetensors *file, const char *key);

/* Read text[0..length), from '{' to the last blank, into the tensors and pairs
 * of the empty *out; their data is still NULL.
 *
 * Errors:  MLP_FORMAT, MLP_LIMIT, MLP_NOMEM
 * Owner:   caller; safetensors_free(), also after an error. */
MLP_NODISCARD
mlp_status safetensors_header_read(const char *text,
                                   size_t length,
                                   struct safetensors *out,
                                   mlp_error *err);

/* Append the header of `file` to `out`, as it is to be read again. */
void safetensors_header_write(const struct safetensors *file, mlp_buffer *out);

#endif

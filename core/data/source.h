/* SPDX-License-Identifier: MIT
 *
 * A file of known size, read from its start; a file that ends too soon is a
 * refusal, not a short count. */
#ifndef MLP_DATA_SOURCE_H
#define MLP_DATA_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mlp/status.h"

struct source {
    FILE *file;
    uint64_t size;
    uint64_t at; /* bytes read */
};

/* Errors: MLP_IO */
MLP_NODISCARD
mlp_status source_open(struct source *source, FILE *file, mlp_error *err);

/* Read exactly n bytes. Errors: MLP_FORMAT the file ends before; MLP_IO */
MLP_NODISCARD
mlp_status
source_read(struct source *source, void *out, size_t n, mlp_error *err);

uint64_t source_left(const struct source *source);

/* Whether n bytes are left, and the refusal when they are not. */
MLP_NODISCARD
mlp_status source_expect(const struct source *source,
                         uint64_t n,
                         const char *what,
                         mlp_error *err);

/* What a table finds invalid is, to the reader of a file, a malformed file:
 * MLP_INVALID becomes MLP_FORMAT with the same text, the rest stays. */
MLP_NODISCARD
mlp_status source_refuse(mlp_status status, mlp_error *err);

#endif

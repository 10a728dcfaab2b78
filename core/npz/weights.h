/* SPDX-License-Identifier: MIT
 *
 * An .npy member of an archive: one or two axes of floating-point numbers. */
#ifndef MLP_NPZ_WEIGHTS_H
#define MLP_NPZ_WEIGHTS_H

#include "data/array.h"
#include "data/zip.h"

struct weights {
    uint8_t *bytes; /* the whole member */
    const uint8_t *elements;
    struct array_layout layout;
    size_t rows, columns; /* of one axis: 1 row */
};

/* Errors:  MLP_FORMAT (no .npy file), MLP_INVALID (other numbers, more axes),
 *          naming the member; MLP_NOMEM
 * Owner:   the caller's storage; weights_free(), also after an error. */
MLP_NODISCARD
mlp_status weights_open(struct weights *weights,
                        const struct zip_member *member,
                        mlp_error *err);
void weights_free(struct weights *weights);

/* Element [row, column]. */
double weights_at(const struct weights *weights, size_t row, size_t column);
bool weights_are_double(const struct weights *weights);

/* "array "W0": …", why it is none that can be read. */
mlp_status weights_refuse(const struct zip_member *member,
                          const char *why,
                          mlp_error *err);

#endif

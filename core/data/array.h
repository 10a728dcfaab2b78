/* SPDX-License-Identifier: MIT
 *
 * Numbers in a file as one block, of any common width and byte order: what NPY
 * and IDX have in common once their headers are read. */
#ifndef MLP_DATA_ARRAY_H
#define MLP_DATA_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/array_type.h"
#include "data/readers.h"
#include "data/source.h"

enum { ARRAY_MAX_AXES = 32 };
struct array_layout {
    const struct array_type *type;
    bool big_endian;
    bool by_columns; /* Fortran order; at most two axes */
    size_t n_axes;
    uint64_t axes[ARRAY_MAX_AXES];
};

/* Read the rest of the file, which is exactly the array: axis 0 is rows, the
 * others are flattened into columns. Bytes stay bytes and so do booleans, as 0
 * and 1; everything else becomes float, a NaN being missing. In a label column
 * a boolean is false or true, an integer keeps all its digits.
 *
 * Errors:  MLP_FORMAT, MLP_LIMIT, MLP_NOMEM, MLP_IO */
MLP_NODISCARD
mlp_status array_read(struct source *source,
                      const struct array_layout *layout,
                      const mlp_read_options *options,
                      mlp_table **out,
                      mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The header of NumPy's format: a Python dictionary of three keys. Only that is
 * understood: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with
 * the keys in any order, each once. */
#ifndef MLP_DATA_NPY_HEADER_H
#define MLP_DATA_NPY_HEADER_H

#include "data/array.h"

/* Read text[0..length). Errors: MLP_FORMAT, naming the place. */
MLP_NODISCARD
mlp_status npy_header_parse(const char *text,
                            size_t length,
                            struct array_layout *out,
                            mlp_error *err);

#endif

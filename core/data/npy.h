/* SPDX-License-Identifier: MIT
 *
 * The head of an .npy file, for those that take the numbers themselves. */
#ifndef MLP_DATA_NPY_H
#define MLP_DATA_NPY_H

#include "data/array.h"
#include "data/source.h"

/* Read up to where the elements begin.  Errors: MLP_FORMAT, MLP_NOMEM, MLP_IO
 */
MLP_NODISCARD
mlp_status npy_read_layout(struct source *source,
                           struct array_layout *layout,
                           mlp_error *err);

#endif

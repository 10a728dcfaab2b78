/* SPDX-License-Identifier: MIT
 *
 * Cells of a table on their way into a network. */
#ifndef MLP_DATA_TABLE_GATHER_H
#define MLP_DATA_TABLE_GATHER_H

#include "mlp/table.h"

/* As mlp_table_gather(), with (cell - shift[j]) * scale[j] in one go, and 0 for
 * a missing cell; shift NULL: scale[0] is that of every column, and no column
 * is shifted.  Threads: any number at once. */
void table_gather_scaled(const mlp_table *table,
                         const uint32_t *rows,
                         size_t n_rows,
                         const size_t *columns,
                         size_t n_columns,
                         const float *shift,
                         const float *scale,
                         float *out);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Rows of text with aligned columns. */
#ifndef MLPD_TEXT_TABLE_H
#define MLPD_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mlp/buffer.h"

enum { TEXT_TABLE_COLUMNS_MAX = 64, TEXT_TABLE_CELL_MAX = 120 };

struct text_table {
    size_t n_columns, n_cells;
    mlp_buffer cells; /* each ends with a NUL; row by row, the heading first */
    size_t widths[TEXT_TABLE_COLUMNS_MAX];
    bool right[TEXT_TABLE_COLUMNS_MAX]; /* numbers stand at the right */
};

/* `heading`: names with '|' between; one that begins with '>' is of numbers.
 * Owner: the caller's storage; text_table_free(). */
void text_table_init(struct text_table *table, const char *heading);
void text_table_free(struct text_table *table);

/* The next cell, cleaned for a terminal and cut at TEXT_TABLE_CELL_MAX. */
void text_table_add(struct text_table *table, const char *text);
void text_table_format(struct text_table *table, const char *format, ...)
    MLP_PRINTF(2, 3);

/* Print it; the heading too, if asked for, in bold where there are colours.
 * Widths are at least those of before, so that parts of one table line up.
 * Afterwards the table has its heading alone.  Errors: MLP_NOMEM */
mlp_status text_table_print(struct text_table *table,
                            bool with_heading,
                            FILE *out,
                            mlp_error *err);

#endif

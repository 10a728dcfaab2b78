/* SPDX-License-Identifier: MIT
 *
 * Short forms for tests of tables and readers. */
#ifndef TESTS_UNIT_TABLES_H
#define TESTS_UNIT_TABLES_H

#include "mlp/buffer.h"
#include "mlp/readers.h"
#include "mlp/table.h"

mlp_cell cell_missing(void);
mlp_cell cell_text(const char *text);
mlp_cell cell_number(const char *spelling);
mlp_cell cell_boolean(bool value);

/* A table of columns that end with NULL; a name that begins with '*' is a
 * label column's, without the star. Fails the test when it cannot be made. */
mlp_table *table_of(size_t max_cells, const char *const *names);

/* Append a row to a table that has exactly n columns; fails the test unless
 * the status is MLP_OK. */
void add_row(mlp_table *table, const mlp_cell *cells, size_t n);
#define ROW(table, ...)                                                        \
    add_row(table, (mlp_cell[]){__VA_ARGS__},                                  \
            sizeof((mlp_cell[]){__VA_ARGS__}) / sizeof(mlp_cell))

/* The canonical bytes. Owner: caller, mlp_buffer_free(). */
mlp_buffer bytes_of(const mlp_table *table);
bool same_bytes(const mlp_table *a, const mlp_table *b);

/* Read bytes as a file of that format; options may be NULL. */
mlp_status read_bytes(const void *bytes,
                      size_t n,
                      mlp_file_format format,
                      const mlp_read_options *options,
                      mlp_table **out,
                      mlp_error *err);

#endif

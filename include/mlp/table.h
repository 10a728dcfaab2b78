/* SPDX-License-Identifier: MIT
 *
 * A table of named columns, as people send them. It knows what a cell says,
 * not what it is good for: scaling and encoding belong to the model.
 *
 * Cells lie row by row in blocks, each as it came: float, or uint8 for images.
 * A numeric cell is its value, NaN when missing. A cell of a column of levels
 * is the number of its level (exact: at most 2^24 levels), NaN when missing. */
#ifndef MLP_TABLE_H
#define MLP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mlp/buffer.h"
#include "mlp/cell.h"
#include "mlp/status.h"

typedef enum mlp_column_type {
    MLP_COLUMN_EMPTY, /* every cell is missing so far */
    MLP_COLUMN_NUMERIC,
    MLP_COLUMN_LEVELS,
} mlp_column_type;

typedef struct mlp_column {
    const char *name; /* unique in the table, NUL-terminated UTF-8 */
    mlp_column_type type;
    bool label; /* numbers are levels, too */
    size_t n_missing;
    size_t n_levels;
    const mlp_label *levels; /* in order of first appearance */
    bool bytes;              /* the block's cells are uint8 */
} mlp_column;

typedef struct mlp_table mlp_table;

/* An empty table of at most max_cells cells (0: no limit). Owner: caller. */
MLP_API MLP_NODISCARD mlp_status mlp_table_create(size_t max_cells,
                                                  mlp_table **out,
                                                  mlp_error *err);
MLP_API void mlp_table_destroy(mlp_table *table);

/* Add a column before the first row. MLP_INVALID: the name is empty, longer
 * than 255 bytes, not UTF-8, or taken. MLP_LIMIT: more than 2^20 columns. */
MLP_API MLP_NODISCARD mlp_status mlp_table_add_column(mlp_table *table,
                                                      const char *name,
                                                      size_t length,
                                                      bool label,
                                                      mlp_error *err);

/* Give column i another name, for who learns names behind the rows. */
MLP_API MLP_NODISCARD mlp_status mlp_table_rename_column(mlp_table *table,
                                                         size_t i,
                                                         const char *name,
                                                         size_t length,
                                                         mlp_error *err);

/* Append one row of n cells, copied. An ordinary column holds numbers, or
 * levels of text or of booleans; a label column holds levels of one kind.
 * After an error the table is only good to be destroyed, or to be asked for
 * the column of the cell that was refused (n_columns: it was none).
 * Errors:  MLP_SHAPE    n is not the number of columns
 *          MLP_INVALID  a column would mix kinds, a number is beyond float, or
 *                       the table was joined or is of bytes
 *          MLP_LIMIT    max_cells, or more than 2^24 levels; MLP_NOMEM */
MLP_API MLP_NODISCARD mlp_status mlp_table_append(mlp_table *table,
                                                  const mlp_cell *cells,
                                                  size_t n,
                                                  mlp_error *err);
MLP_API size_t mlp_table_refused(const mlp_table *table);

/* Make a column of numbers one of levels, and any column a label column, as if
 * it had been one from the first row on; cells of bytes become floats. After an
 * error the table is only good to be destroyed.
 * Errors:  MLP_LIMIT  more than 2^24 levels; MLP_NOMEM */
MLP_API MLP_NODISCARD mlp_status mlp_table_make_levels(mlp_table *table,
                                                       size_t column,
                                                       mlp_error *err);

/* A table over a block, [n_rows, n_columns], of float or uint8 (`bytes`), that
 * malloc made and that is the table's on MLP_OK. A NaN is missing. names NULL:
 * "x0", "x1", …
 * Errors:  MLP_INVALID  a name, as above, or a number is infinite
 *          MLP_SHAPE    no columns; MLP_LIMIT, MLP_NOMEM */
MLP_API MLP_NODISCARD mlp_status mlp_table_adopt(void *block,
                                                 bool bytes,
                                                 size_t n_rows,
                                                 size_t n_columns,
                                                 const char *const *names,
                                                 mlp_table **out,
                                                 mlp_error *err);

/* Put `right`'s columns behind `left`'s. right is consumed on MLP_OK.
 * MLP_SHAPE: the numbers of rows differ; MLP_INVALID: a name is in both. */
MLP_API MLP_NODISCARD mlp_status mlp_table_join(mlp_table *left,
                                                mlp_table *right,
                                                mlp_error *err);

MLP_API size_t mlp_table_n_rows(const mlp_table *table);
MLP_API size_t mlp_table_n_columns(const mlp_table *table);
MLP_API const mlp_column *mlp_table_column(const mlp_table *table, size_t i);
MLP_API bool
mlp_table_find(const mlp_table *table, const char *name, size_t *out);
MLP_API float
mlp_table_value(const mlp_table *table, size_t row, size_t column);
/* out[i * n_columns + j] = cell (rows[i], columns[j]), uint8 as float; quick
 * where columns are neighbours in one block. rows NULL: 0, 1, …, n_rows-1.
 * Threads: any number at once. */
MLP_API void mlp_table_gather(const mlp_table *table,
                              const uint32_t *rows,
                              size_t n_rows,
                              const size_t *columns,
                              size_t n_columns,
                              float *out);
/* Bytes of memory that the table holds. */
MLP_API size_t mlp_table_bytes(const mlp_table *table);

/* The canonical bytes of a table, to be hashed and kept: equal content, equal
 * bytes, however it was made (but bytes differ from the same numbers as
 * floats). Read from the file's start, any bytes give a table, which writes the
 * same bytes, or MLP_FORMAT, MLP_LIMIT, MLP_NOMEM, MLP_IO. */
MLP_API MLP_NODISCARD mlp_status mlp_table_write(const mlp_table *table,
                                                 mlp_sink sink,
                                                 mlp_error *err);
MLP_API MLP_NODISCARD mlp_status mlp_table_read(FILE *file,
                                                size_t max_cells,
                                                mlp_table **out,
                                                mlp_error *err);

#endif

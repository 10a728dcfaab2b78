/* SPDX-License-Identifier: MIT
 *
 * What a table is made of, for the readers and writers of this folder. */
#ifndef MLP_DATA_TABLE_INNER_H
#define MLP_DATA_TABLE_INNER_H

#include "data/levels.h"
#include "data/spellings.h"
#include "mlp/table.h"

/* A million is an image of 1024 x 1024; a column costs some 200 bytes even
 * when there are no rows. Row numbers are uint32_t. */
enum { TABLE_MAX_COLUMNS = 1 << 20, COLUMN_NAME_MAX = 255 };
#define TABLE_MAX_ROWS ((size_t)UINT32_MAX)

struct table_column {
    mlp_column face;    /* what callers see */
    mlp_cell_kind kind; /* of its cells; MLP_CELL_MISSING as long as empty */
    uint32_t block;
    struct levels *levels; /* NULL until there is one */
    /* Of whole numbers that a float does not hold, should they be labels after
     * all; NULL until there is one. */
    struct spellings *spellings;
};

/* Cells of neighbouring columns, row by row. */
struct table_block {
    void *cells; /* float or uint8_t [capacity, n_columns] */
    bool bytes;
    size_t first; /* the first one's number in the table */
    size_t n_columns;
    size_t capacity; /* rows */
};

struct mlp_table {
    struct table_column *columns;
    size_t n_columns, columns_capacity;
    struct table_block *blocks;
    size_t n_blocks;
    struct levels names; /* the number of a name is that of its column */
    size_t n_rows;
    size_t refused;   /* the column of a cell; n_columns: it was none */
    size_t max_cells; /* SIZE_MAX: no limit but memory */
};

/* --- building a table row by row ------------------------------------------
 *
 * One that mlp_table_create() made has one block of floats. */

/* *row = the cells of the row behind the last, to be filled and then counted
 * by adding 1 to n_rows.
 *
 * Errors:  MLP_LIMIT, MLP_NOMEM; MLP_INVALID the table does not grow */
MLP_NODISCARD
mlp_status table_open_row(mlp_table *table, float **row, mlp_error *err);

/* *value = what stands for `cell` in row `row` (from 0) of the column, whose
 * type, counts and levels are brought up to date. Errors as of
 * mlp_table_append(). */
MLP_NODISCARD
mlp_status table_encode(struct table_column *column,
                        size_t row,
                        const mlp_cell *cell,
                        float *value,
                        mlp_error *err);

/* Forget type, counts and levels of a column, not its cells. */
void table_reset_column(struct table_column *column);

/* Cells (row, first) to (row, first + n) of one block, as they lie. */
void *table_cells(const struct table_block *block, size_t row, size_t first);

/* Give back the memory that no row needs. */
void table_trim(mlp_table *table);

/* Give it n_rows rows at once, when it has columns and no row: `cells`,
 * [n_rows, n_columns] that malloc made, is the table's on MLP_OK; after an
 * error the table is only good to be destroyed.
 *
 * Errors:  MLP_INVALID  a number is infinite, with column and row */
MLP_NODISCARD
mlp_status table_back(mlp_table *table,
                      void *cells,
                      bool bytes,
                      size_t n_rows,
                      mlp_error *err);

/* --- and block by block --------------------------------------------------- */

/* Add a column that no block backs yet. Errors as of mlp_table_add_column(). */
MLP_NODISCARD
mlp_status table_push_column(mlp_table *table,
                             const char *name,
                             size_t length,
                             bool label,
                             mlp_error *err);

/* Back n_columns columns from `first` on by `cells`, [n_rows, n_columns], which
 * is the table's on MLP_OK. Errors: MLP_NOMEM. */
MLP_NODISCARD
mlp_status table_push_block(mlp_table *table,
                            void *cells,
                            bool bytes,
                            size_t first,
                            size_t n_columns,
                            mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Lists of cells into a table, and the list of the columns' names. */
#ifndef MLPD_JSON_CELLS_H
#define MLPD_JSON_CELLS_H

#include "http/json_matrix.h"
#include "mlp/table.h"

/* "columns": ["a", "b"]. */
struct json_names {
    struct json_part part;
    mlp_buffer text; /* the names, each with a NUL behind it */
    size_t n;
    bool inside, done;
};

void json_names_init(struct json_names *names,
                     const char *pointer,
                     size_t max_bytes);
void json_names_free(struct json_names *names);

/* "rows": [[1, "x"], …]; or, for labels, also a flat list: one cell a row. */
struct json_cells {
    struct json_part part;
    bool labels;
    const struct json_names *names; /* as far as they are known; or NULL */
    mlp_table *table;               /* from the end of the first row on */
    bool named;                     /* its columns have their true names */
    size_t max_cells;
    mlp_cell *cells; /* the open row */
    size_t n_cells, capacity;
    mlp_buffer text; /* their texts, one behind the other */
    size_t n_rows;
    size_t n_unmeasured, table_held; /* see json_cells_held() */
    enum { CELLS_OUTSIDE, CELLS_ROWS, CELLS_FLAT, CELLS_ROW, CELLS_DONE } state;
};

void json_cells_init_rows(struct json_cells *cells,
                          const char *pointer,
                          const struct json_names *names,
                          size_t max_cells,
                          size_t max_row_bytes);
void json_cells_init_targets(struct json_cells *cells,
                             const char *pointer,
                             size_t max_cells,
                             size_t max_row_bytes);
void json_cells_free(struct json_cells *cells);

/* Memory that they have taken; n more bytes of the body came since the last
 * call. The table is asked now and then, since it counts its columns. */
size_t json_cells_held(struct json_cells *cells, size_t n);

/* All is read: give the columns their names when those came later. */
bool json_cells_finish(struct json_cells *cells, struct problem *problem);

#endif

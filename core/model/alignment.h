/* SPDX-License-Identifier: MIT
 *
 * Where a model's columns stand in a table, and what the table's cells are in
 * the model's own terms (encoder.h). */
#ifndef MLP_MODEL_ALIGNMENT_H
#define MLP_MODEL_ALIGNMENT_H

#include <stdint.h>

#include "mlp/table.h"
#include "model/encoder.h"

/* The caller's storage; zero-initialised it can be freed. */
struct alignment {
    const mlp_table *table;
    const struct encoder *encoder;
    size_t *columns; /* [encoder->n]: of the table; NOWHERE: none */
    float **maps;    /* [encoder->n]: of a column of levels, the cell that each
                        level is; NULL: its cells are numbers */
    bool direct;     /* the table's cells are the model's, as they are */
};

#define ALIGNMENT_NOWHERE SIZE_MAX

/* columns[j]: the table's column for the encoder's column j, NOWHERE for all
 * missing. Both must outlive it.
 * Errors:  MLP_INVALID  text where there should be numbers or dates; names the
 *                       column; MLP_NOMEM */
MLP_NODISCARD
mlp_status alignment_init(struct alignment *alignment,
                          const mlp_table *table,
                          const struct encoder *encoder,
                          const size_t *columns,
                          mlp_error *err);
void alignment_free(struct alignment *alignment);

/* cells: [n, encoder->n] of rows[0..n), or of rows first … first + n - 1 where
 * rows is NULL.  Threads: any number at once. */
void alignment_cells(const struct alignment *alignment,
                     const uint32_t *rows,
                     size_t n,
                     float *cells);
/* The inputs of these rows, x: [n, encoder->n_inputs].  Threads: likewise. */
void alignment_inputs(const struct alignment *alignment,
                      const uint32_t *rows,
                      size_t n,
                      float *x);

#endif

/* SPDX-License-Identifier: MIT
 *
 * How many cells of predictions were odd, by model. A model has a place from
 * its first such answer until the daemon ends; when all places are taken, the
 * rest share one. */
#ifndef MLPD_ODD_CELLS_H
#define MLPD_ODD_CELLS_H

#include <stdatomic.h>
#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/rows.h"

enum { ODD_CELLS_MODELS = 256 }; /* series that a scrape may read; 2^n */

/* All zero it is empty. A name is set once and then stays. */
struct odd_cells {
    struct odd_cells_of {
        _Atomic(char *) model;
        atomic_uint_fast64_t n[MLP_N_ODDITIES];
    } models[ODD_CELLS_MODELS], others;
};

void odd_cells_free(struct odd_cells *cells);

/* model: a name as names.h allows them.  Threads: any, without a lock. */
void odd_cells_add(struct odd_cells *cells,
                   const char *model,
                   const uint64_t counts[MLP_N_ODDITIES]);

/* The series, without their heads: `NAME{model="a"} 1`.  Threads: any. */
void odd_cells_render(struct odd_cells *cells,
                      mlp_oddity kind,
                      const char *name,
                      mlp_buffer *out);

#endif

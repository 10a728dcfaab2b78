/* SPDX-License-Identifier: MIT
 *
 * What the numbers of a table's columns look like, over chosen rows. */
#ifndef MLP_MODEL_STATISTICS_H
#define MLP_MODEL_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/table.h"

/* Missing cells are passed over, levels that are numbers are these numbers; of
 * a column without numbers all is 0. */
struct column_statistics {
    size_t n; /* numbers */
    float low, high;
    bool whole; /* each is a whole number */
    double mean;
    double deviation; /* of the population, sqrt(mean of (x - mean)^2); 0 until
                         statistics_add_deviations() */
};

/* out[j]: of columns[j], numeric ones, in one pass over rows[0..n_rows).
 *
 * Errors:  MLP_NOMEM
 * Threads: any. */
MLP_NODISCARD mlp_status statistics_of_columns(const mlp_table *table,
                                               const uint32_t *rows,
                                               size_t n_rows,
                                               const size_t *columns,
                                               size_t n_columns,
                                               struct column_statistics *out,
                                               mlp_error *err);

/* The deviations too, which takes another pass. */
MLP_NODISCARD mlp_status
statistics_add_deviations(const mlp_table *table,
                          const uint32_t *rows,
                          size_t n_rows,
                          const size_t *columns,
                          size_t n_columns,
                          struct column_statistics *out,
                          mlp_error *err);

/* Ascending; none of them is a NaN. */
void statistics_sort(float *numbers, size_t n);

#endif

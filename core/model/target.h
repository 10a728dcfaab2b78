/* SPDX-License-Identifier: MIT
 *
 * One target column looked at on its own: what kind of values it holds, which
 * ones, and what a cell of it means. */
#ifndef MLP_MODEL_TARGET_H
#define MLP_MODEL_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/labels.h"

struct target {
    const mlp_column *column;
    mlp_cell_kind kind; /* MLP_CELL_MISSING: it has no values at all */
    float *cells;       /* the distinct ones, ascending; none is NaN */
    size_t n;
    bool whole;  /* numbers, all of them whole */
    bool binary; /* booleans, or the numbers 0 and 1 */
};

/* Look at `column` in rows[0..n_rows), whose cells are not missing.
 *
 * Errors:  MLP_NOMEM
 * Owner:   the caller's storage; end it with target_free(). */
MLP_NODISCARD
mlp_status target_survey(struct target *out,
                         const mlp_table *table,
                         size_t column,
                         const uint32_t *rows,
                         size_t n_rows,
                         mlp_error *err);
void target_free(struct target *target);

/* What a cell of the column says as a number: its value, that of its level, or
 * 0 and 1 for false and true. Text has none. */
double target_number(const struct target *target, float cell);

/* Add a label for each distinct value to `classes`, which are then sorted.
 * Errors:  MLP_INVALID  a number that its float cell cannot hold for sure
 *          MLP_NOMEM */
MLP_NODISCARD
mlp_status target_labels(const struct target *target,
                         struct label_list *classes,
                         mlp_error *err);

/* For each distinct cell, class_of[i] = the place of its label in `classes`,
 * which are ascending.  Errors: MLP_INVALID: a label is not among them */
MLP_NODISCARD
mlp_status target_classes(const struct target *target,
                          const struct label_list *classes,
                          uint32_t *class_of,
                          mlp_error *err);

/* The place of `cell` among the distinct ones. */
size_t target_find(const struct target *target, float cell);

#endif

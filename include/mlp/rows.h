/* SPDX-License-Identifier: MIT
 *
 * The rows that a model is asked about: what its columns are, how a table or a
 * matrix of numbers becomes its cells, and what is odd about a row.
 *
 * A cell is a number; of a categorical column the place of a level in its list,
 * -1 for one that training had not; of a datetime the days since 2000. NaN is
 * missing. The same row gives the same cells in any company. */
#ifndef MLP_ROWS_H
#define MLP_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/columns.h"
#include "mlp/model.h"
#include "mlp/status.h"
#include "mlp/table.h"

/* What feature i is taken for: NUMERIC, CATEGORICAL (booleans, too), DATETIME
 * or IGNORE.  Threads: any. */
MLP_API mlp_column_kind mlp_model_column_kind(const mlp_model *model, size_t i);
/* The levels of a categorical one, [*n], all of one kind, ascending; else NULL
 * and 0. Valid as long as the model.  Threads: any. */
MLP_API const mlp_label *
mlp_model_levels(const mlp_model *model, size_t i, size_t *n);

/* Find the model's features in `table` by name, in any order, and write them
 * as rows: [n_rows of the table, n_features]. A column that is one of the
 * model's targets, or that its training ignored, is passed over; one without
 * any value is all missing.
 * Errors:  MLP_INVALID  a feature has no column, a column is no feature, or
 *                       does not hold what the feature is; names it */
MLP_API
MLP_NODISCARD
mlp_status mlp_model_align(const mlp_model *model,
                           const mlp_table *table,
                           float *rows,
                           mlp_error *err);
/* Likewise, but a feature without a column is missing in all rows, and told:
 * absent[i], [n_features]. */
MLP_API
MLP_NODISCARD
mlp_status mlp_model_align_some(const mlp_model *model,
                                const mlp_table *table,
                                float *rows,
                                bool *absent,
                                mlp_error *err);

/* Likewise, but a column that `other` knows is passed over: of a table that two
 * models are asked about. */
MLP_API
MLP_NODISCARD
mlp_status mlp_model_align_beside(const mlp_model *model,
                                  const mlp_model *other,
                                  const mlp_table *table,
                                  float *rows,
                                  mlp_error *err);

/* Are numbers, column by column, already the model's cells? */
MLP_API bool mlp_model_takes_numbers(const mlp_model *model);
/* What numbers, [n_rows, n_features], are to a model that does not: a code is
 * the level of that value, 0 and 1 are false and true.  cells: of the same
 * shape, or `numbers` itself.
 * Errors:  MLP_INVALID  a number where a date is due; names column and row */
MLP_API
MLP_NODISCARD
mlp_status mlp_model_cells_of_numbers(const mlp_model *model,
                                      const float *numbers,
                                      size_t n_rows,
                                      float *cells,
                                      mlp_error *err);

/* What may be odd about a cell. It is answered all the same: a level that
 * training had not is none of those it had, a missing cell is the median. */
#define MLP_ODDITY_TABLE(X)                                                    \
    X(UNSEEN_LEVEL, "unseen_level")                                            \
    X(OUT_OF_RANGE, "out_of_range") /* of the training rows; robust alone */   \
    X(IMPUTED, "imputed")

#define X(name, text) MLP_ODDITY_##name,
typedef enum mlp_oddity { MLP_ODDITY_TABLE(X) MLP_N_ODDITIES } mlp_oddity;
#undef X

MLP_API const char *mlp_oddity_name(mlp_oddity oddity);

/* Call `visit` for each odd cell of one row, cells: [n_features], in the order
 * of the features. Ignored columns are never odd.  Threads: any. */
typedef void
mlp_oddity_visitor(void *context, size_t feature, mlp_oddity oddity);
MLP_API
void mlp_model_check_row(const mlp_model *model,
                         const float *cells,
                         mlp_oddity_visitor *visit,
                         void *context);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What is odd about the rows of a prediction, told beside its answers. */
#ifndef MLPD_PREDICT_HEALTH_H
#define MLPD_PREDICT_HEALTH_H

#include "handlers/predict_rows.h"
#include "mlp/rows.h"

struct predict_health {
    const mlp_model *model;
    const struct predict_rows *rows;
    uint64_t counts[MLP_N_ODDITIES]; /* so far */
    /* Of the row that is being looked at. */
    size_t row;
    mlp_buffer *out; /* or NULL: count only */
    size_t n_told;
};

/* Look at a row, and append `,"warnings":[{"column":"a","kind":"unseen_level",
 * "value":"x"}]` if there is anything to tell; kinds are those of
 * mlp_oddity_name(). A column that is not there at all is not told row by row.
 * out NULL: only count.  Threads: any. */
void predict_health_row(struct predict_health *health,
                        size_t row,
                        mlp_buffer *out);

/* Of all rows: append `"warnings":[{"column":"a","kind":"missing_column"}],` if
 * any is.  Threads: any. */
void predict_health_columns(const struct predict_health *health,
                            mlp_buffer *out);

#endif

/* SPDX-License-Identifier: MIT
 *
 * How well outputs put rows in order: what is needed of each row to count, at
 * the end, the pairs of rows that stand in the right order. */
#ifndef MLP_MODEL_RANKING_H
#define MLP_MODEL_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

/* 16 MiB of keys. */
enum { RANKING_MAX_KEYS = 1 << 22 };

/* Owner: the caller's storage; end it with ranking_free(). */
struct ranking {
    size_t n_columns;
    size_t stride;   /* row 0, stride, 2 stride, … are kept */
    size_t capacity; /* so many, for each column */
    size_t n_seen, n_kept;
    bool sorted;
    uint32_t *keys; /* [n_columns, capacity] */
};

/* For n_rows rows of n_columns scores; at most max_keys are kept. No columns:
 * it takes no room, and no rows.  Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status ranking_init(struct ranking *ranking,
                        size_t n_columns,
                        size_t n_rows,
                        size_t max_keys,
                        mlp_error *err);
void ranking_free(struct ranking *ranking);

/* The next row: its scores, in [0, 1], and which of the columns it has: the
 * one, or those whose label is not 0. */
void ranking_add_class(struct ranking *ranking, const float *y, size_t column);
void ranking_add_labels(struct ranking *ranking,
                        const float *y,
                        const float *t);

/* With P rows that have it and N that have not,
 *
 *     AUC = (pairs in order + pairs that tie / 2) / (P N),
 *
 * which is the rank sum of Mann and Whitney, counted in whole numbers. NaN
 * when P or N is 0. No more rows are taken afterwards. */
double ranking_auc(struct ranking *ranking, size_t column);

#endif

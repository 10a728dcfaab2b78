/* SPDX-License-Identifier: MIT
 *
 * Predictions as a table for people: a line a row. */
#ifndef MLPD_PREDICT_TABLE_H
#define MLPD_PREDICT_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/text_table.h"

struct predict_table {
    struct text_table table;
    bool started, labels, interval, explain, remarks;
};

void predict_table_init(struct predict_table *table);
void predict_table_free(struct predict_table *table);

/* Print the answer of POST /predict for rows n_before + 1 and on. Which columns
 * there are is decided by the first answer.  Errors: MLP_NOMEM */
mlp_status predict_table_print(struct predict_table *table,
                               const json_t *answer,
                               uint64_t n_before,
                               FILE *out,
                               mlp_error *err);

#endif

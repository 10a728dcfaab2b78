/* SPDX-License-Identifier: MIT
 *
 * What two models say of the same rows: how many they agree on, who is right
 * where they do not, and in which rows that is. It is filled by two
 * evaluations, the visitors of mlp_model_evaluate(), and then written. */
#ifndef MLPD_AGREEMENT_H
#define MLPD_AGREEMENT_H

#include "mlp/buffer.h"
#include "mlp/evaluate.h"

enum agreement_side { AGREEMENT_A, AGREEMENT_B };

struct agreement;

/* For models of one task with the same targets, and at most max_rows rows.
 * Errors:  MLP_NOMEM
 * Owner:   caller; agreement_destroy(). Both models outlive it. */
mlp_status agreement_create(const mlp_model *a,
                            const mlp_model *b,
                            size_t max_rows,
                            struct agreement **out,
                            mlp_error *err);
void agreement_destroy(struct agreement *agreement);

/* To evaluate one of them with, on the same table; a before b. */
void agreement_listen(struct agreement *agreement,
                      enum agreement_side side,
                      mlp_evaluate_options *options);

/* ,"agreement":{…} and ,"changed":[…], the first `limit` rows of which they say
 * different things, or ,"targets":[…] of a regression: further members of an
 * object, a comma before each. Rows count from 1, those left out, too. */
void agreement_write(const struct agreement *agreement,
                     size_t limit,
                     mlp_buffer *out);

/* If a and b were equally good, in what share of such comparisons would the
 * rows that only one of them is right about be divided as unevenly as n_a to
 * n_b, or more so? The exact sign test, two-sided (McNemar 1947,
 * https://doi.org/10.1007/BF02295996). */
double agreement_chance(size_t n_a, size_t n_b);

#endif

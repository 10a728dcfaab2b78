/* SPDX-License-Identifier: MIT
 *
 * What a trained model says of the rows of its plan: of rows that were held
 * out, by those of its networks alone that have not seen them. */
#ifndef MLP_MODEL_SCORER_H
#define MLP_MODEL_SCORER_H

#include "mlp/evaluate.h"
#include "model/bundle.h"
#include "model/plan.h"

enum { SCORER_ROWS = 256 }; /* at a time */

struct scorer {
    const mlp_plan *plan;
    const mlp_model *model;
    mlp_predictor *predictor;
    /* Of the rows at hand: */
    uint32_t *rows;    /* [SCORER_ROWS], of the table */
    float *cells;      /* [SCORER_ROWS, n_features] */
    float *y;          /* [SCORER_ROWS, n_outputs]: what it says … */
    float *t;          /* … and should; not of classification … */
    uint32_t *classes; /* … which has [SCORER_ROWS] of these */
};

/* Errors: MLP_NOMEM.  Owner: the caller's storage; scorer_free() in any case.
 */
MLP_NODISCARD
mlp_status scorer_init(struct scorer *scorer,
                       const mlp_plan *plan,
                       const mlp_model *model,
                       mlp_error *err);
void scorer_free(struct scorer *scorer);

/* visit(context, n) for all rows of a part, n of them at hand each time. */
void scorer_each(struct scorer *scorer,
                 mlp_plan_part part,
                 void (*visit)(void *context, const struct scorer *s, size_t n),
                 void *context);

#endif

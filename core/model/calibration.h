/* SPDX-License-Identifier: MIT
 *
 * What the held out rows tell a model of its own certainty. */
#ifndef MLP_MODEL_CALIBRATION_H
#define MLP_MODEL_CALIBRATION_H

#include "model/bundle.h"
#include "model/plan.h"

enum { CALIBRATION_NUMBERS = 1 << 24 }; /* logits that are looked at, at most */

/* Temperature scaling (Guo et al. 2017): the T in [0.3, 3] under which the log
 * loss of softmax(z / T) on these rows is least; the last layers are divided by
 * it. 1, and nothing is done, with fewer than 300 of them or without softmax.
 * Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status calibration_temperature(const mlp_plan *plan,
                                   mlp_model *model,
                                   double *temperature,
                                   mlp_error *err);

/* Split conformal prediction (Lei et al. 2018): keep how far off values were,
 * at most 1,000 of their quantiles, from 20 rows on.  Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status
calibration_residuals(const mlp_plan *plan, mlp_model *model, mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * How far off a regression may be: intervals around its values, from how far
 * off it was on rows that training had held out (split conformal prediction;
 * Lei et al. 2018, https://arxiv.org/abs/1604.04173). */
#ifndef MLP_INTERVAL_H
#define MLP_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/model.h"

/* How many of the held-out rows' errors the model remembers; 0: none. n of them
 * are enough for a coverage of up to n / (n + 1).  Threads: any. */
MLP_API size_t mlp_model_n_residuals(const mlp_model *model);

/* Half the width of the interval around each predicted value in which the share
 * `coverage` of true values is expected. false: no regression, no such rows, or
 * too few for this coverage.  Threads: any. */
MLP_API
bool mlp_model_interval(const mlp_model *model,
                        size_t target,
                        double coverage,
                        float *half_width);

/* That interval around a predicted value: no wider than what values of this
 * target are held to. NaN of NaN.  Threads: any. */
MLP_API
void mlp_model_interval_around(const mlp_model *model,
                               size_t target,
                               float half_width,
                               float value,
                               float *low,
                               float *high);

#endif

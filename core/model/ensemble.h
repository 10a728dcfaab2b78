/* SPDX-License-Identifier: MIT
 *
 * Training the networks of a plan, one after the other: each from a seed of its
 * own and, where the rows are dealt into folds, without a fold of its own. To
 * who watches it is one run of n_members times as many epochs. */
#ifndef MLP_MODEL_ENSEMBLE_H
#define MLP_MODEL_ENSEMBLE_H

#include "mlp/fit.h"
#include "model/bundle.h"
#include "model/plan.h"

/* What a run goes on from; bytes NULL: from the start. */
struct checkpoint {
    const void *bytes;
    size_t length;
};

/* Make and train model->networks. `values`: as the networks should say them.
 * Errors: as of mlp_plan_run() and, with a checkpoint, mlp_plan_resume() */
MLP_NODISCARD
mlp_status ensemble_train(const mlp_plan *plan,
                          struct checkpoint from,
                          const float *values,
                          const mlp_hooks *hooks,
                          mlp_model *model,
                          mlp_training_result *result,
                          mlp_error *err);

#endif

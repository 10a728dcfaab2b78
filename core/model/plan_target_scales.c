/* SPDX-License-Identifier: MIT
 *
 * The unit of regression's targets, from the training rows alone. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/plan.h"

/* Mean and standard deviation of target j over the training rows, in two
 * passes; a constant one gets deviation 1, since nothing is to be scaled. */
static void standardise_target(mlp_plan *plan, size_t j)
{
    size_t n = plan->spec.n_targets;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < plan->n_train; i++)
        sum += (double)plan->values[plan->train[i] * n + j];
    double mean = sum / (double)plan->n_train;
    for (size_t i = 0; i < plan->n_train; i++) {
        double difference = (double)plan->values[plan->train[i] * n + j] - mean;
        squares += difference * difference;
    }
    float deviation = (float)sqrt(squares / (double)plan->n_train);
    plan->target_shift[j] = (float)mean;
    plan->target_scale[j] =
        isnormal(deviation) && isnormal(1 / deviation) ? deviation : 1;
}

mlp_status plan_target_scales(mlp_plan *plan, mlp_error *err)
{
    const mlp_model *from = plan->spec.from;
    size_t n = plan->spec.n_targets;
    plan->target_shift = alloc_array(n, sizeof *plan->target_shift);
    plan->target_scale = alloc_array(n, sizeof *plan->target_scale);
    if (plan->target_shift == NULL || plan->target_scale == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu targets", n);
    for (size_t j = 0; j < n; j++) {
        if (from == NULL) {
            standardise_target(plan, j);
            continue;
        }
        plan->target_shift[j] = from->target_shift[j];
        plan->target_scale[j] = from->target_scale[j];
    }
    return MLP_OK;
}

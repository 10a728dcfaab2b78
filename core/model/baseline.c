/* SPDX-License-Identifier: MIT
 *
 * What a plan's training rows are like, inputs aside. */
#include "mlp/evaluate.h"
#include "model/plan.h"

void mlp_plan_baseline(const mlp_plan *plan, double *out)
{
    size_t n = plan->spec.network.n_outputs;
    for (size_t j = 0; j < n; j++)
        out[j] = 0;
    for (size_t i = 0; i < plan->n_train; i++) {
        size_t row = plan->train[i];
        if (plan->class_of != NULL)
            out[plan->class_of[row]]++;
        for (size_t j = 0; j < n && plan->values != NULL; j++)
            out[j] += (double)plan->values[row * n + j];
    }
    for (size_t j = 0; j < n; j++)
        out[j] /= (double)plan->n_train;
}

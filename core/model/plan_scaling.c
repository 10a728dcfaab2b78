/* SPDX-License-Identifier: MIT
 *
 * Scaling of inputs and of regression's targets, from the training rows alone,
 * and what these rows are worth a warning for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/plan.h"
#include "model/scaling.h"

static mlp_status allocate(mlp_plan *plan, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    size_t n = spec->n_features, n_targets = spec->n_targets;
    plan->statistics = alloc_array(n, sizeof *plan->statistics);
    plan->shift = alloc_array(n, sizeof *plan->shift);
    plan->scale = alloc_array(n, sizeof *plan->scale);
    plan->target_shift = alloc_array(n_targets, sizeof *plan->target_shift);
    plan->target_scale = alloc_array(n_targets, sizeof *plan->target_scale);
    if (plan->statistics && plan->shift && plan->scale && plan->target_shift &&
        plan->target_scale)
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM, "out of memory for scaling");
}

/* --- inputs --------------------------------------------------------------- */

/* A warm start sees its inputs as the model before saw them: the weights mean
 * nothing under another scaling. */
static mlp_status scale_as_before(mlp_plan *plan, mlp_error *err)
{
    const mlp_model *from = plan->spec.from;
    mlp_scaling *scaling = &plan->spec.scaling;
    if (*scaling != MLP_SCALING_AUTO && *scaling != from->scaling)
        return mlp_fail(err, MLP_INVALID, "from: its scaling is %s, not %s",
                        mlp_scaling_name(from->scaling),
                        mlp_scaling_name(*scaling));
    *scaling = from->scaling;
    memcpy(plan->shift, from->shift, from->features.n * sizeof *plan->shift);
    memcpy(plan->scale, from->scale, from->features.n * sizeof *plan->scale);
    return MLP_OK;
}

static mlp_status scale_inputs(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    size_t n = spec->n_features;
    mlp_status status = MLP_OK;
    if (spec->from != NULL)
        return scale_as_before(plan, err);
    if (spec->scaling == MLP_SCALING_AUTO)
        spec->scaling = scaling_choose(plan->statistics, n, plan->n_train);
    if (spec->scaling == MLP_SCALING_STANDARD)
        status =
            statistics_add_deviations(plan->table, plan->train, plan->n_train,
                                      plan->columns, n, plan->statistics, err);
    scaling_fit(spec->scaling, plan->statistics, n, plan->shift, plan->scale);
    return status;
}

/* --- targets -------------------------------------------------------------- */

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

static void scale_targets(mlp_plan *plan)
{
    const mlp_model *from = plan->spec.from;
    for (size_t j = 0; j < plan->spec.n_targets; j++) {
        if (from == NULL) {
            standardise_target(plan, j);
            continue;
        }
        plan->target_shift[j] = from->target_shift[j];
        plan->target_scale[j] = from->target_scale[j];
    }
}

/* --- warnings ------------------------------------------------------------- */

static bool is_constant(const mlp_plan *plan, size_t i)
{
    const struct column_statistics *column = &plan->statistics[i];
    return column->n == 0 || column->low == column->high;
}

static bool has_gaps(const mlp_plan *plan, size_t i)
{
    return plan->statistics[i].n > 0 && plan->statistics[i].n < plan->n_train;
}

/* One warning for all features that something holds of; it names the first. */
static mlp_status warn_of(mlp_plan *plan,
                          bool (*holds)(const mlp_plan *plan, size_t i),
                          const char *what,
                          mlp_error *err)
{
    size_t n = 0, first = 0;
    for (size_t i = 0; i < plan->spec.n_features; i++)
        if (holds(plan, i) && n++ == 0)
            first = i;
    if (n == 0)
        return MLP_OK;
    if (n == 1)
        return plan_warn(plan, err, "feature '%.64s' %s",
                         plan->spec.features[first], what);
    return plan_warn(plan, err, "feature '%.64s' and %zu other%s: each %s",
                     plan->spec.features[first], n - 1, n == 2 ? "" : "s",
                     what);
}

/* Pixels at the edge of a picture are constant as a rule; nobody wants to hear
 * of them. */
static mlp_status warn(mlp_plan *plan, mlp_error *err)
{
    mlp_status status = MLP_OK;
    if (plan->spec.scaling == MLP_SCALING_STANDARD)
        status = warn_of(plan, is_constant,
                         "has the same value in all training rows and tells "
                         "nothing",
                         err);
    if (status == MLP_OK)
        status = warn_of(plan, has_gaps,
                         "has missing values, for which its mean (or 0, "
                         "without standard scaling) stands in",
                         err);
    return status;
}

mlp_status plan_scaling(mlp_plan *plan, mlp_error *err)
{
    mlp_status status = allocate(plan, err);
    if (status == MLP_OK)
        status = statistics_of_columns(plan->table, plan->train, plan->n_train,
                                       plan->columns, plan->spec.n_features,
                                       plan->statistics, err);
    if (status == MLP_OK)
        status = scale_inputs(plan, err);
    if (status == MLP_OK)
        plan->scaled_alike =
            scaling_is_uniform(plan->shift, plan->scale, plan->spec.n_features);
    if (status == MLP_OK && plan->spec.task == MLP_TASK_REGRESSION)
        scale_targets(plan);
    return status == MLP_OK ? warn(plan, err) : status;
}

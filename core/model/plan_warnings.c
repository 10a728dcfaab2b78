/* SPDX-License-Identifier: MIT
 *
 * What the columns of the training rows are worth a warning for. */
#include "model/plan.h"

static bool is_constant(const mlp_plan *plan, size_t i)
{
    const struct column_statistics *column = &plan->statistics[i];
    return plan->why_ignored[i] == PLAN_IGNORED_CONSTANT ||
           (plan->encoder.columns[i].kind == MLP_KIND_NUMERIC &&
            (column->n == 0 || column->low == column->high));
}

static bool is_id(const mlp_plan *plan, size_t i)
{
    return plan->why_ignored[i] == PLAN_IGNORED_ID;
}

static bool has_gaps(const mlp_plan *plan, size_t i)
{
    return plan->encoder.columns[i].kind == MLP_KIND_NUMERIC &&
           plan->statistics[i].n > 0 && plan->statistics[i].n < plan->n_train;
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

/* A column that is text for the sake of few: most of its levels are numbers.
 */
static bool is_spoilt(const mlp_plan *plan, size_t i)
{
    const mlp_column *face = mlp_table_column(plan->table, plan->columns[i]);
    mlp_decimal decimal;
    size_t n_numbers = 0;
    if (face->type != MLP_COLUMN_LEVELS || face->n_levels < 5)
        return false;
    for (size_t k = 0; k < face->n_levels; k++)
        n_numbers += face->levels[k].kind == MLP_CELL_TEXT &&
                     mlp_parse_decimal(face->levels[k].text,
                                       face->levels[k].length, &decimal);
    return n_numbers >= face->n_levels - face->n_levels / 4 &&
           n_numbers < face->n_levels;
}

/* Pixels at the edge of a picture are constant as a rule; nobody wants to hear
 * of them. */
mlp_status plan_warnings(mlp_plan *plan, mlp_error *err)
{
    mlp_scaling scaling = plan->spec.scaling;
    mlp_status status = MLP_OK;
    if (scaling == MLP_SCALING_STANDARD || scaling == MLP_SCALING_ROBUST)
        status = warn_of(plan, is_constant,
                         "has the same value in all training rows and tells "
                         "nothing",
                         err);
    if (status == MLP_OK)
        status = warn_of(plan, is_id,
                         "tells rows apart, as a number or name of them does, "
                         "and is left out; declare it in columns to keep it",
                         err);
    if (status == MLP_OK)
        status = warn_of(plan, is_spoilt,
                         "is taken as text for the sake of a few cells that "
                         "are no numbers; leave these empty if they are "
                         "missing",
                         err);
    if (status == MLP_OK && scaling != MLP_SCALING_ROBUST)
        status = warn_of(plan, has_gaps,
                         "has missing values, for which its mean (or 0, "
                         "without standard scaling) stands in",
                         err);
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * What is asked of the rows, and what a class weighs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/plan.h"

/* --- class weights -------------------------------------------------------- */

/* n / (n_classes * n_of_class); a class without rows has nothing to weigh. */
static void balance(mlp_plan *plan)
{
    size_t n_classes = plan->classes.n;
    for (size_t i = 0; i < plan->n_train; i++)
        plan->class_weights[plan->class_of[plan->train[i]]]++;
    for (size_t c = 0; c < n_classes; c++) {
        double n_of_class = (double)plan->class_weights[c];
        double weight = (double)plan->n_train / (double)n_classes / n_of_class;
        plan->class_weights[c] = n_of_class > 0 ? (float)weight : 1;
    }
}

/* A class by its spelling, or as the number that it is. */
static bool
find_class(const struct label_list *classes, const char *spelling, size_t *out)
{
    mlp_decimal decimal;
    size_t length = strlen(spelling);
    mlp_label label = {MLP_CELL_NUMBER, spelling, length, 0};
    bool number = mlp_parse_decimal(spelling, length, &decimal);
    if (number)
        label.number = mlp_decimal_to_double(&decimal);
    for (size_t c = 0; c < classes->n; c++) {
        *out = c;
        if (strcmp(classes->items[c].text, spelling) == 0 ||
            (number && label_compare(&classes->items[c], &label) == 0))
            return true;
    }
    return false;
}

static mlp_status weigh_class(mlp_plan *plan, size_t i, mlp_error *err)
{
    const mlp_class_weight *given = &plan->spec.class_weights[i];
    size_t class;
    if (!find_class(&plan->classes, given->label, &class))
        return mlp_fail(err, MLP_INVALID,
                        "class_weight: target '%.64s' has no class '%.64s'",
                        plan->spec.targets[0], given->label);
    if (!(given->weight > 0 && isfinite((float)given->weight)))
        return mlp_fail(err, MLP_INVALID,
                        "class_weight: '%.64s': expected a number above 0, got "
                        "%g",
                        given->label, given->weight);
    for (size_t k = 0; k < i; k++)
        if (plan->weights_given[k].label == plan->classes.items[class].text)
            return mlp_fail(err, MLP_INVALID,
                            "class_weight: '%.64s' comes twice", given->label);
    plan->weights_given[i] =
        (mlp_class_weight){plan->classes.items[class].text, given->weight};
    plan->class_weights[class] = (float)given->weight;
    return MLP_OK;
}

static mlp_status weigh_classes(mlp_plan *plan, mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t c = 0; c < plan->classes.n; c++)
        plan->class_weights[c] = 1;
    for (size_t i = 0; status == MLP_OK && i < plan->spec.n_class_weights; i++)
        status = weigh_class(plan, i, err);
    return status;
}

static mlp_status set_class_weights(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    if (!spec->balanced && spec->n_class_weights == 0)
        return MLP_OK;
    if (spec->balanced && spec->n_class_weights > 0)
        return mlp_fail(err, MLP_INVALID,
                        "class_weight: either balanced or weights, not both");
    if (spec->task != MLP_TASK_CLASSIFICATION)
        return mlp_fail(err, MLP_INVALID,
                        "class_weight: goes with classification, not %s",
                        mlp_task_name(spec->task));
    plan->class_weights =
        alloc_array(plan->classes.n, sizeof *plan->class_weights);
    plan->weights_given =
        alloc_array(spec->n_class_weights, sizeof *plan->weights_given);
    if (plan->class_weights == NULL || plan->weights_given == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for class weights");
    if (spec->balanced)
        balance(plan);
    mlp_status status = spec->balanced ? MLP_OK : weigh_classes(plan, err);
    spec->class_weights = plan->weights_given;
    spec->training.class_weights = plan->class_weights;
    return status;
}

/* As many as there were, or as the recipe says. */
static mlp_status choose_members(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    if (spec->n_members == 0)
        spec->n_members = spec->from != NULL ? spec->from->n_networks
                                             : plan_recipe_members(plan);
    if (spec->n_members <= MLP_MAX_MEMBERS)
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID,
                    "ensemble: expected at most %d networks, got %zu",
                    MLP_MAX_MEMBERS, spec->n_members);
}

/* A warm start keeps values within a range if the model did. */
static void choose_clamp(mlp_fit_spec *spec)
{
    if (spec->from == NULL || spec->clamp_given)
        return;
    spec->clamp = spec->from->target_low != NULL;
    spec->clamp_given = true;
}

/* What is asked for and cannot be done is not left out in silence. */
static mlp_status check_flags(const mlp_fit_spec *spec, mlp_error *err)
{
    if (spec->calibrate_given && spec->calibrate &&
        spec->task != MLP_TASK_CLASSIFICATION)
        return mlp_fail(err, MLP_INVALID,
                        "calibrate: goes with classification, not %s",
                        mlp_task_name(spec->task));
    if (spec->clamp_given && spec->clamp && spec->task != MLP_TASK_REGRESSION)
        return mlp_fail(err, MLP_INVALID, "clamp: goes with regression, not %s",
                        mlp_task_name(spec->task));
    return MLP_OK;
}

mlp_status plan_rows(mlp_plan *plan, mlp_error *err)
{
    mlp_status status = check_flags(&plan->spec, err);
    choose_clamp(&plan->spec);
    if (status == MLP_OK)
        status = choose_members(plan, err);
    if (status == MLP_OK)
        status = plan_split(plan, err);
    if (status == MLP_OK)
        status = plan_weights(plan, err);
    return status == MLP_OK ? set_class_weights(plan, err) : status;
}

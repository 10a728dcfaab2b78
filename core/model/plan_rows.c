/* SPDX-License-Identifier: MIT
 *
 * Which rows teach, which ones test, and what a class weighs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/split.h"
#include "model/plan.h"

/* With fewer rows than this none can be spared unasked. */
enum { MIN_ROWS_TO_SPLIT = 50 };
static const double default_validation = 0.2;
static const double max_validation = 0.9;

static mlp_status choose_share(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    if (!spec->validation_given)
        spec->validation =
            plan->n_usable >= MIN_ROWS_TO_SPLIT ? default_validation : 0;
    spec->validation_given = true;
    if (spec->validation >= 0 && spec->validation <= max_validation)
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID, "validation: expected 0 to %g, got %g",
                    max_validation, spec->validation);
}

/* From places among the usable rows to rows of the table. */
static void to_rows(const uint32_t *usable, uint32_t *places, size_t n)
{
    for (size_t i = 0; i < n; i++)
        places[i] = usable[places[i]];
}

/* Every row is held out once, from one of the members. */
static mlp_status deal(mlp_plan *plan, const uint32_t *classes, mlp_error *err)
{
    size_t n_rows = mlp_table_n_rows(plan->table), n = plan->n_usable;
    unsigned char *folds = alloc_array(n, sizeof *folds);
    plan->fold_of = alloc_array(n_rows, sizeof *plan->fold_of);
    mlp_status status = folds == NULL || plan->fold_of == NULL
                            ? MLP_NOMEM
                            : split_folds((uint32_t)n, classes, plan->classes.n,
                                          plan->spec.n_members,
                                          plan->spec.training.seed, folds);
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        plan->fold_of[plan->usable[i]] = folds[i];
        plan->train[i] = plan->validation[i] = plan->usable[i];
    }
    plan->n_train = plan->n_validation = n;
    free(folds);
    return status == MLP_OK ? MLP_OK
                            : mlp_fail(err, status, "out of memory for folds");
}

/* An ensemble of k that holds out one row in k holds out each row once. */
static bool has_folds(const mlp_fit_spec *spec)
{
    double held_out = spec->validation * (double)spec->n_members;
    return spec->n_members > 1 && fabs(held_out - 1) < 1e-6;
}

static mlp_status split(mlp_plan *plan, const uint32_t *classes, mlp_error *err)
{
    if (has_folds(&plan->spec) && plan->n_usable >= 2 * plan->spec.n_members)
        return deal(plan, classes, err);
    mlp_status status =
        split_rows((uint32_t)plan->n_usable, classes, plan->classes.n,
                   plan->spec.validation, plan->spec.training.seed, plan->train,
                   &plan->n_train, plan->validation, &plan->n_validation);
    if (status != MLP_OK)
        return mlp_fail(err, status, "validation: %s", mlp_status_text(status));
    to_rows(plan->usable, plan->train, plan->n_train);
    to_rows(plan->usable, plan->validation, plan->n_validation);
    return MLP_OK;
}

static mlp_status split_usable(mlp_plan *plan, mlp_error *err)
{
    uint32_t *classes = NULL;
    plan->train = alloc_array(plan->n_usable, sizeof *plan->train);
    plan->validation = alloc_array(plan->n_usable, sizeof *plan->validation);
    if (plan->class_of != NULL)
        classes = alloc_array(plan->n_usable, sizeof *classes);
    bool made = plan->train != NULL && plan->validation != NULL &&
                (classes != NULL) == (plan->class_of != NULL);
    for (size_t i = 0; made && classes != NULL && i < plan->n_usable; i++)
        classes[i] = plan->class_of[plan->usable[i]];
    mlp_status status =
        made ? split(plan, classes, err)
             : mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows",
                        plan->n_usable);
    free(classes);
    return status;
}

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

mlp_status plan_rows(mlp_plan *plan, mlp_error *err)
{
    if (plan->spec.n_members == 0)
        plan->spec.n_members = plan_recipe_members(plan);
    if (plan->spec.n_members > MLP_MAX_MEMBERS)
        return mlp_fail(err, MLP_INVALID,
                        "ensemble: expected at most %d networks, got %zu",
                        MLP_MAX_MEMBERS, plan->spec.n_members);
    mlp_status status = choose_share(plan, err);
    if (status == MLP_OK)
        status = split_usable(plan, err);
    if (status == MLP_OK && plan->spec.validation > 0 &&
        plan->n_validation == 0)
        status = plan_warn(plan, err,
                           "validation %g of %zu rows is not one row: none is "
                           "held out",
                           plan->spec.validation, plan->n_usable);
    return status == MLP_OK ? set_class_weights(plan, err) : status;
}

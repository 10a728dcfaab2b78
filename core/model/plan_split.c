/* SPDX-License-Identifier: MIT
 *
 * Which rows teach and which ones test: any, or whole groups, or the latest. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "data/split.h"
#include "data/text.h"
#include "model/calendar.h"
#include "model/plan.h"
#include "model/target.h"

/* With fewer rows than this none can be spared unasked. */
enum { MIN_ROWS_TO_SPLIT = 50 };
static const double default_validation = 0.2;
static const double max_validation = 0.9;

/* Who names a group or a time asks for it, however few rows there are. */
static mlp_status choose_share(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    bool asked = spec->validation_group != NULL ||
                 spec->validation_time != NULL ||
                 plan->n_usable >= MIN_ROWS_TO_SPLIT;
    double share =
        plan->by_recipe ? plan_recipe_validation(plan) : default_validation;
    if (!spec->validation_given)
        spec->validation = asked ? share : 0;
    spec->validation_given = true;
    if (spec->validation >= 0 && spec->validation <= max_validation)
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID, "validation: expected 0 to %g, got %g",
                    max_validation, spec->validation);
}

static mlp_status no_memory(const mlp_plan *plan, mlp_error *err)
{
    return mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows",
                    plan->n_usable);
}

/* From places among the usable rows to rows of the table. */
static void to_rows(const uint32_t *usable, uint32_t *places, size_t n)
{
    for (size_t i = 0; i < n; i++)
        places[i] = usable[places[i]];
}

/* An ensemble of k that holds out one row in k holds out each row once. */
static bool has_folds(const mlp_plan *plan, size_t n_whole)
{
    size_t n_members = plan->spec.n_members;
    double held_out = plan->spec.validation * (double)n_members;
    return n_members > 1 && fabs(held_out - 1) < 1e-6 && n_whole >= n_members;
}

/* folds[n_usable]: every row is held out from the member of its fold. */
static mlp_status
take_folds(mlp_plan *plan, const unsigned char *folds, mlp_error *err)
{
    size_t n = plan->n_usable;
    plan->fold_of =
        alloc_array(mlp_table_n_rows(plan->table), sizeof *plan->fold_of);
    if (plan->fold_of == NULL)
        return no_memory(plan, err);
    plan->n_train = plan->n_validation = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t row = plan->usable[i];
        plan->fold_of[row] = folds[i];
        plan->train[plan->n_train++] = row;
        if (folds[i] != SPLIT_NO_FOLD)
            plan->validation[plan->n_validation++] = row;
    }
    return MLP_OK;
}

static mlp_status take_parts(mlp_plan *plan, mlp_status split, mlp_error *err)
{
    if (split != MLP_OK)
        return mlp_fail(err, split, "validation: %s", mlp_status_text(split));
    to_rows(plan->usable, plan->train, plan->n_train);
    to_rows(plan->usable, plan->validation, plan->n_validation);
    return MLP_OK;
}

/* --- any rows ------------------------------------------------------------- */

static mlp_status
deal_rows(mlp_plan *plan, const uint32_t *classes, mlp_error *err)
{
    unsigned char *folds = alloc_array(plan->n_usable, sizeof *folds);
    mlp_status status = folds == NULL
                            ? MLP_NOMEM
                            : split_folds((uint32_t)plan->n_usable, classes,
                                          plan->classes.n, plan->spec.n_members,
                                          plan->spec.training.seed, folds);
    status =
        status == MLP_OK ? take_folds(plan, folds, err) : no_memory(plan, err);
    free(folds);
    return status;
}

static mlp_status
split_by_row(mlp_plan *plan, const uint32_t *classes, mlp_error *err)
{
    if (has_folds(plan, plan->n_usable / 2))
        return deal_rows(plan, classes, err);
    return take_parts(
        plan,
        split_rows((uint32_t)plan->n_usable, classes, plan->classes.n,
                   plan->spec.validation, plan->spec.training.seed, plan->train,
                   &plan->n_train, plan->validation, &plan->n_validation),
        err);
}

static mlp_status split_any(mlp_plan *plan, mlp_error *err)
{
    uint32_t *classes = NULL;
    if (plan->class_of != NULL) {
        classes = alloc_array(plan->n_usable, sizeof *classes);
        if (classes == NULL)
            return no_memory(plan, err);
    }
    for (size_t i = 0; classes != NULL && i < plan->n_usable; i++)
        classes[i] = plan->class_of[plan->usable[i]];
    mlp_status status = split_by_row(plan, classes, err);
    free(classes);
    return status;
}

/* --- whole groups, the latest rows --------------------------------------- */

/* Rows that have no say where they belong. */
static mlp_status warn_of_missing(mlp_plan *plan,
                                  const char *role,
                                  const char *name,
                                  size_t n,
                                  mlp_error *err)
{
    if (n == 0)
        return MLP_OK;
    return plan_warn(plan, err,
                     "validation_%s: column '%.64s' has no value in %zu of %zu "
                     "rows; they are learned from and never held out",
                     role, name, n, plan->n_usable);
}

/* There is nothing to tell apart: all in one. */
static mlp_status refuse_one(const char *role, const char *name, mlp_error *err)
{
    return mlp_fail(err, MLP_INVALID,
                    "validation_%s: expected 2 values or more in column "
                    "'%.64s', got fewer",
                    role, name);
}

/* group_of[n_usable] by place; *n_groups of them. */
static mlp_status find_groups(mlp_plan *plan,
                              uint32_t *group_of,
                              size_t *n_groups,
                              mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    struct target groups = {0};
    size_t n = 0;
    uint32_t *rows = plan->train; /* until they are dealt */
    for (size_t i = 0; i < plan->n_usable; i++)
        if (!isnan(mlp_table_value(plan->table, plan->usable[i], plan->group)))
            rows[n++] = plan->usable[i];
    mlp_status status =
        target_survey(&groups, plan->table, plan->group, rows, n, err);
    for (size_t i = 0; status == MLP_OK && i < plan->n_usable; i++) {
        float cell = mlp_table_value(plan->table, plan->usable[i], plan->group);
        group_of[i] =
            isnan(cell) ? SPLIT_NO_GROUP : (uint32_t)target_find(&groups, cell);
    }
    *n_groups = groups.n;
    target_free(&groups);
    if (status == MLP_OK)
        status = warn_of_missing(plan, "group", spec->validation_group,
                                 plan->n_usable - n, err);
    if (status == MLP_OK && spec->validation > 0 && *n_groups < 2)
        status = refuse_one("group", spec->validation_group, err);
    return status;
}

static mlp_status deal_groups(mlp_plan *plan,
                              const uint32_t *group_of,
                              size_t n_groups,
                              mlp_error *err)
{
    unsigned char *folds = alloc_array(plan->n_usable, sizeof *folds);
    mlp_status status =
        folds == NULL ? MLP_NOMEM
                      : split_group_folds((uint32_t)plan->n_usable, group_of,
                                          n_groups, plan->spec.n_members,
                                          plan->spec.training.seed, folds);
    status =
        status == MLP_OK ? take_folds(plan, folds, err) : no_memory(plan, err);
    free(folds);
    return status;
}

static mlp_status split_by_group(mlp_plan *plan, mlp_error *err)
{
    uint32_t *group_of = alloc_array(plan->n_usable, sizeof *group_of);
    size_t n_groups;
    if (group_of == NULL)
        return no_memory(plan, err);
    mlp_status status = find_groups(plan, group_of, &n_groups, err);
    if (status == MLP_OK && has_folds(plan, n_groups))
        status = deal_groups(plan, group_of, n_groups, err);
    else if (status == MLP_OK)
        status = take_parts(plan,
                            split_groups((uint32_t)plan->n_usable, group_of,
                                         n_groups, plan->spec.validation,
                                         plan->spec.training.seed, plan->train,
                                         &plan->n_train, plan->validation,
                                         &plan->n_validation),
                            err);
    free(group_of);
    return status;
}

/* What a cell says of when: its number, or its date in days. */
static bool read_time(const mlp_column *column, float cell, double *out)
{
    const mlp_label *level = column->type == MLP_COLUMN_LEVELS
                                 ? &column->levels[(size_t)cell]
                                 : NULL;
    *out = level != NULL ? level->number : (double)cell;
    if (level == NULL || level->kind == MLP_CELL_NUMBER)
        return true;
    return level->kind == MLP_CELL_TEXT &&
           calendar_read(level->text, level->length, out, NULL);
}

static mlp_status
refuse_time(const mlp_column *column, uint32_t row, float cell, mlp_error *err)
{
    const mlp_label *level = &column->levels[(size_t)cell];
    struct excerpt excerpt = text_excerpt(level->text, level->length);
    return mlp_fail(err, MLP_INVALID,
                    "validation_time: column '%.64s': expected numbers or "
                    "dates such as 2026-01-31 or 2026-01-31T12:00:00Z, got "
                    "'%s' in row %zu",
                    column->name, excerpt.text, (size_t)row + 1);
}

static mlp_status find_times(mlp_plan *plan, double *times, mlp_error *err)
{
    const mlp_column *column = mlp_table_column(plan->table, plan->time);
    double low = HUGE_VAL, high = -HUGE_VAL;
    size_t n_missing = 0;
    for (size_t i = 0; i < plan->n_usable; i++) {
        uint32_t row = plan->usable[i];
        float cell = mlp_table_value(plan->table, row, plan->time);
        times[i] = (double)NAN;
        n_missing += isnan(cell) ? 1 : 0;
        if (isnan(cell))
            continue;
        if (!read_time(column, cell, &times[i]))
            return refuse_time(column, row, cell, err);
        low = fmin(low, times[i]);
        high = fmax(high, times[i]);
    }
    if (plan->spec.validation > 0 && !(low < high))
        return refuse_one("time", column->name, err);
    return warn_of_missing(plan, "time", column->name, n_missing, err);
}

static mlp_status split_by_time(mlp_plan *plan, mlp_error *err)
{
    double *times = alloc_array(plan->n_usable, sizeof *times);
    if (times == NULL)
        return no_memory(plan, err);
    mlp_status status = find_times(plan, times, err);
    if (status == MLP_OK)
        status = take_parts(plan,
                            split_latest((uint32_t)plan->n_usable, times,
                                         plan->spec.validation, plan->train,
                                         &plan->n_train, plan->validation,
                                         &plan->n_validation),
                            err);
    free(times);
    return status;
}

/* -------------------------------------------------------------------------- */

/* Groups and times do not ask for classes. */
static mlp_status warn_of_unseen_classes(mlp_plan *plan, mlp_error *err)
{
    if (plan->class_of == NULL)
        return MLP_OK;
    bool *seen = alloc_array(plan->classes.n, sizeof *seen);
    mlp_status status = MLP_OK;
    if (seen == NULL)
        return no_memory(plan, err);
    for (size_t i = 0; i < plan->n_train; i++)
        seen[plan->class_of[plan->train[i]]] = true;
    for (size_t i = 0; status == MLP_OK && i < plan->n_validation; i++) {
        uint32_t class = plan->class_of[plan->validation[i]];
        if (seen[class])
            continue;
        seen[class] = true;
        status = plan_warn(plan, err,
                           "all rows of class '%.64s' are held out: it cannot "
                           "be learned",
                           plan->classes.items[class].text);
    }
    free(seen);
    return status;
}

mlp_status plan_split(mlp_plan *plan, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    mlp_status status = choose_share(plan, err);
    if (status != MLP_OK)
        return status;
    plan->train = alloc_array(plan->n_usable, sizeof *plan->train);
    plan->validation = alloc_array(plan->n_usable, sizeof *plan->validation);
    if (plan->train == NULL || plan->validation == NULL)
        return no_memory(plan, err);
    if (spec->validation_group != NULL)
        status = split_by_group(plan, err);
    else if (spec->validation_time != NULL)
        status = split_by_time(plan, err);
    else
        status = split_any(plan, err);
    if (status == MLP_OK)
        status = warn_of_unseen_classes(plan, err);
    if (status == MLP_OK && spec->validation > 0 && plan->n_validation == 0)
        status = plan_warn(plan, err,
                           "validation %g of %zu rows is not one row: none is "
                           "held out",
                           spec->validation, plan->n_usable);
    return status;
}

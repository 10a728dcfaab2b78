/* SPDX-License-Identifier: MIT
 *
 * What is to be foretold: the rows that tell it, the task, and for each row a
 * class or values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/plan.h"
#include "model/target.h"

/* Whole numbers of more distinct values than this are amounts. */
enum { AUTO_MAX_CLASSES = 20 };

/* --- rows ----------------------------------------------------------------- */

static bool row_is_usable(const mlp_plan *plan, size_t row)
{
    for (size_t j = 0; j < plan->spec.n_targets; j++)
        if (isnan(mlp_table_value(plan->table, row, plan->targets[j])))
            return false;
    return true;
}

static mlp_status find_usable_rows(mlp_plan *plan, mlp_error *err)
{
    size_t n_rows = mlp_table_n_rows(plan->table);
    if (n_rows > UINT32_MAX)
        return mlp_fail(err, MLP_INVALID, "%zu rows, expected at most %u",
                        n_rows, UINT32_MAX);
    plan->usable = alloc_array(n_rows, sizeof *plan->usable);
    if (plan->usable == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows", n_rows);
    for (size_t i = 0; i < n_rows; i++)
        if (row_is_usable(plan, i))
            plan->usable[plan->n_usable++] = (uint32_t)i;
    if (plan->n_usable < 2)
        return mlp_fail(err, MLP_INVALID,
                        "target '%.64s': expected values in 2 rows or more, "
                        "got %zu of %zu rows",
                        plan->spec.targets[0], plan->n_usable, n_rows);
    if (plan->n_usable == n_rows)
        return MLP_OK;
    return plan_warn(plan, err,
                     "%zu of %zu rows are left out: their target is missing",
                     n_rows - plan->n_usable, n_rows);
}

/* --- task ----------------------------------------------------------------- */

/* What each task asks of each of its target columns. */
static bool suits(mlp_task task, const struct target *target)
{
    switch (task) {
    case MLP_TASK_REGRESSION:
        return target->kind == MLP_CELL_NUMBER;
    case MLP_TASK_MULTILABEL:
        return target->binary;
    default:
        return true;
    }
}

static bool all_suit(mlp_task task, const struct target *targets, size_t n)
{
    for (size_t j = 0; j < n; j++)
        if (!suits(task, &targets[j]))
            return false;
    return true;
}

static mlp_status
choose_for_one(mlp_plan *plan, const struct target *target, mlp_error *err)
{
    mlp_task *task = &plan->spec.task;
    *task = MLP_TASK_CLASSIFICATION;
    if (target->kind != MLP_CELL_NUMBER)
        return MLP_OK;
    if (target->whole && target->n <= AUTO_MAX_CLASSES)
        return plan_warn(plan, err,
                         "target '%.64s' holds whole numbers of %zu distinct "
                         "values and is taken for classes; say task "
                         "regression if they are amounts",
                         target->column->name, target->n);
    *task = MLP_TASK_REGRESSION;
    return MLP_OK;
}

static mlp_status
choose_for_many(mlp_plan *plan, const struct target *targets, mlp_error *err)
{
    size_t n = plan->spec.n_targets;
    if (all_suit(MLP_TASK_MULTILABEL, targets, n)) {
        plan->spec.task = MLP_TASK_MULTILABEL;
        return plan_warn(plan, err,
                         "the %zu targets hold 0 and 1 and are taken for "
                         "labels; say task regression if they are amounts",
                         n);
    }
    plan->spec.task = MLP_TASK_REGRESSION;
    return MLP_OK;
}

static const char *kind_text(const struct target *target)
{
    switch (target->kind) {
    case MLP_CELL_TEXT:
        return "text";
    case MLP_CELL_BOOLEAN:
        return "booleans";
    default:
        return "other numbers";
    }
}

static mlp_status
check_task(const mlp_plan *plan, const struct target *targets, mlp_error *err)
{
    mlp_task task = plan->spec.task;
    size_t n = plan->spec.n_targets;
    if (task == MLP_TASK_CLASSIFICATION && n > 1)
        return mlp_fail(err, MLP_INVALID,
                        "task classification takes one target, got %zu; "
                        "multilabel takes several that hold 0 and 1",
                        n);
    for (size_t j = 0; j < n; j++)
        if (!suits(task, &targets[j]))
            return mlp_fail(err, MLP_INVALID,
                            "target '%.64s': expected %s for %s, the column "
                            "holds %s",
                            targets[j].column->name,
                            task == MLP_TASK_REGRESSION ? "numbers"
                                                        : "0 and 1 or booleans",
                            mlp_task_name(task), kind_text(&targets[j]));
    return MLP_OK;
}

/* A warm start foretells what the model before foretold. */
static mlp_status check_from(const mlp_plan *plan, mlp_error *err)
{
    const mlp_model *from = plan->spec.from;
    bool same = from->targets.n == plan->spec.n_targets;
    if (plan->spec.task != from->task)
        return mlp_fail(err, MLP_INVALID, "from: its task is %s, not %s",
                        mlp_task_name(from->task),
                        mlp_task_name(plan->spec.task));
    for (size_t j = 0; same && j < from->targets.n; j++)
        same = strcmp(from->targets.items[j].text, plan->spec.targets[j]) == 0;
    if (!same)
        return mlp_fail(err, MLP_INVALID,
                        "from: its targets are others (the first is '%.64s')",
                        from->targets.items[0].text);
    return MLP_OK;
}

static mlp_status
choose_task(mlp_plan *plan, const struct target *targets, mlp_error *err)
{
    const mlp_model *from = plan->spec.from;
    mlp_task *task = &plan->spec.task;
    mlp_status status = MLP_OK;
    if (*task == MLP_TASK_AUTO && from != NULL)
        *task = from->task;
    else if (*task == MLP_TASK_AUTO && plan->spec.n_targets == 1)
        status = choose_for_one(plan, &targets[0], err);
    else if (*task == MLP_TASK_AUTO)
        status = choose_for_many(plan, targets, err);
    if (status == MLP_OK)
        status = check_task(plan, targets, err);
    if (status == MLP_OK && from != NULL)
        status = check_from(plan, err);
    return status;
}

/* --- classes -------------------------------------------------------------- */

static mlp_status
find_classes(mlp_plan *plan, const struct target *target, mlp_error *err)
{
    if (plan->spec.from != NULL)
        return labels_copy(&plan->classes, &plan->spec.from->classes, err);
    if (target->n > MLP_MAX_WIDTH)
        return mlp_fail(err, MLP_INVALID,
                        "target '%.64s': %zu distinct values, expected at "
                        "most %d classes",
                        target->column->name, target->n, MLP_MAX_WIDTH);
    mlp_status status = target_labels(target, &plan->classes, err);
    if (status == MLP_OK && plan->classes.n < 2)
        status = mlp_fail(err, MLP_INVALID,
                          "target '%.64s': expected 2 classes or more, but "
                          "all rows have the same value",
                          target->column->name);
    return status;
}

/* `class_of` is by distinct value, plan->class_of by row. */
static mlp_status class_rows(mlp_plan *plan,
                             const struct target *target,
                             uint32_t *class_of,
                             mlp_error *err)
{
    mlp_status status = target_classes(target, &plan->classes, class_of, err);
    for (size_t i = 0; status == MLP_OK && i < plan->n_usable; i++) {
        uint32_t row = plan->usable[i];
        float cell = mlp_table_value(plan->table, row, plan->targets[0]);
        plan->class_of[row] = class_of[target_find(target, cell)];
    }
    return status;
}

static mlp_status
assign_classes(mlp_plan *plan, const struct target *target, mlp_error *err)
{
    size_t n_rows = mlp_table_n_rows(plan->table);
    uint32_t *class_of = alloc_array(target->n, sizeof *class_of);
    plan->class_of = alloc_array(n_rows, sizeof *plan->class_of);
    mlp_status status =
        class_of != NULL && plan->class_of != NULL
            ? class_rows(plan, target, class_of, err)
            : mlp_fail(err, MLP_NOMEM, "out of memory for %zu rows", n_rows);
    free(class_of);
    return status;
}

/* --- values --------------------------------------------------------------- */

static mlp_status
assign_values(mlp_plan *plan, const struct target *targets, mlp_error *err)
{
    size_t n = plan->spec.n_targets, n_cells;
    if (size_mul(mlp_table_n_rows(plan->table), n, &n_cells))
        plan->values = alloc_array(n_cells, sizeof *plan->values);
    if (plan->values == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the targets");
    for (size_t i = 0; i < plan->n_usable; i++) {
        size_t row = plan->usable[i];
        for (size_t j = 0; j < n; j++) {
            float cell = mlp_table_value(plan->table, row, plan->targets[j]);
            float value = (float)target_number(&targets[j], cell);
            if (!isfinite(value))
                return mlp_fail(err, MLP_INVALID,
                                "target '%.64s': the value of row %zu is "
                                "beyond a float",
                                plan->spec.targets[j], row + 1);
            plan->values[row * n + j] = value;
        }
    }
    return MLP_OK;
}

/* -------------------------------------------------------------------------- */

static mlp_status
survey(const mlp_plan *plan, struct target *targets, mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t j = 0; status == MLP_OK && j < plan->spec.n_targets; j++)
        status = target_survey(&targets[j], plan->table, plan->targets[j],
                               plan->usable, plan->n_usable, err);
    return status;
}

static mlp_status
read_targets(mlp_plan *plan, struct target *targets, mlp_error *err)
{
    mlp_status status = survey(plan, targets, err);
    if (status == MLP_OK)
        status = choose_task(plan, targets, err);
    if (status != MLP_OK || plan->spec.task != MLP_TASK_CLASSIFICATION)
        return status == MLP_OK ? assign_values(plan, targets, err) : status;
    status = find_classes(plan, &targets[0], err);
    return status == MLP_OK ? assign_classes(plan, &targets[0], err) : status;
}

mlp_status plan_targets(mlp_plan *plan, mlp_error *err)
{
    size_t n = plan->spec.n_targets;
    if (n > MLP_MAX_WIDTH)
        return mlp_fail(err, MLP_INVALID,
                        "target: %zu columns, expected at most %d", n,
                        MLP_MAX_WIDTH);
    mlp_status status = find_usable_rows(plan, err);
    if (status != MLP_OK)
        return status;
    struct target *targets = alloc_array(n, sizeof *targets);
    if (targets == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the targets");
    status = read_targets(plan, targets, err);
    for (size_t j = 0; j < n; j++)
        target_free(&targets[j]);
    free(targets);
    return status;
}

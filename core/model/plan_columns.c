/* SPDX-License-Identifier: MIT
 *
 * Which columns are learned from and which are foretold. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/plan.h"

/* What a column was named for. */
enum { FREE, TARGET, FEATURE, EXCLUDED };
static const char *const roles[] = {"", "target", "features", "exclude"};

/* Give each named column its role; none has two. columns[i], unless NULL: where
 * names[i] stands. */
static mlp_status name_columns(const mlp_table *table,
                               const char *const *names,
                               size_t n,
                               unsigned char role,
                               unsigned char *role_of,
                               size_t *columns,
                               mlp_error *err)
{
    for (size_t i = 0; i < n; i++) {
        size_t column;
        if (!mlp_table_find(table, names[i], &column))
            return plan_refusal_unknown(table, roles[role], names[i], err);
        if (role_of[column] == role)
            return mlp_fail(err, MLP_INVALID, "%s: column '%.64s' comes twice",
                            roles[role], names[i]);
        if (role_of[column] != FREE)
            return mlp_fail(err, MLP_INVALID,
                            "%s: column '%.64s' is already in %s", roles[role],
                            names[i], roles[role_of[column]]);
        role_of[column] = role;
        if (columns != NULL)
            columns[i] = column;
    }
    return MLP_OK;
}

/* To ignore a column is to exclude it; a target's declaration says nothing that
 * its task does not. */
static mlp_status read_declaration(const mlp_table *table,
                                   const mlp_column_declaration *declaration,
                                   unsigned char *role_of,
                                   mlp_error *err)
{
    size_t column;
    if (!mlp_table_find(table, declaration->column, &column))
        return plan_refusal_unknown(table, "columns", declaration->column, err);
    if (declaration->kind != MLP_KIND_IGNORE)
        return MLP_OK;
    if (role_of[column] == TARGET)
        return mlp_fail(err, MLP_INVALID,
                        "columns: '%.64s' is the target, it cannot be ignored",
                        declaration->column);
    role_of[column] = EXCLUDED;
    return MLP_OK;
}

static mlp_status
read_roles(mlp_plan *plan, unsigned char *role_of, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    mlp_status status =
        name_columns(plan->table, spec->targets, spec->n_targets, TARGET,
                     role_of, plan->targets, err);
    if (status == MLP_OK)
        status = name_columns(plan->table, spec->exclude, spec->n_exclude,
                              EXCLUDED, role_of, NULL, err);
    for (size_t i = 0; status == MLP_OK && i < spec->n_columns; i++)
        status = read_declaration(plan->table, &spec->columns[i], role_of, err);
    if (status == MLP_OK && spec->features != NULL)
        status = name_columns(plan->table, spec->features, spec->n_features,
                              FEATURE, role_of, plan->columns, err);
    return status;
}

/* A column that is named for something else than learning from it. */
static mlp_status take_helper(const mlp_table *table,
                              const char *role,
                              const char *name,
                              unsigned char *role_of,
                              size_t *column,
                              mlp_error *err)
{
    if (name == NULL)
        return MLP_OK;
    if (!mlp_table_find(table, name, column))
        return plan_refusal_unknown(table, role, name, err);
    if (role_of[*column] == TARGET)
        return mlp_fail(err, MLP_INVALID, "%s: column '%.64s' is the target",
                        role, name);
    if (role_of[*column] == FREE)
        role_of[*column] = EXCLUDED;
    return MLP_OK;
}

static mlp_status
take_helpers(mlp_plan *plan, unsigned char *role_of, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    if (spec->validation_group != NULL && spec->validation_time != NULL)
        return mlp_fail(err, MLP_INVALID,
                        "validation: expected group or time, got both");
    mlp_status status =
        take_helper(plan->table, "validation_group", spec->validation_group,
                    role_of, &plan->group, err);
    if (status == MLP_OK)
        status = take_helper(plan->table, "validation_time",
                             spec->validation_time, role_of, &plan->time, err);
    if (status == MLP_OK)
        status = take_helper(plan->table, "weight", spec->weight, role_of,
                             &plan->weight, err);
    if (status == MLP_OK && spec->weight != NULL &&
        role_of[plan->weight] == FEATURE)
        status =
            mlp_fail(err, MLP_INVALID, "weight: column '%.64s' is in features",
                     spec->weight);
    return status;
}

/* The features: those that were asked for, else what is left. */
static mlp_status
take_features(mlp_plan *plan, const unsigned char *role_of, mlp_error *err)
{
    size_t n = plan->spec.features != NULL ? plan->spec.n_features : 0;
    if (plan->spec.features == NULL)
        for (size_t i = 0; i < mlp_table_n_columns(plan->table); i++)
            if (role_of[i] == FREE)
                plan->columns[n++] = i;
    if (n == 0)
        return mlp_fail(err, MLP_INVALID,
                        "features: no column is left to learn from");
    if (n > MLP_MAX_WIDTH)
        return mlp_fail(err, MLP_INVALID,
                        "features: %zu columns, expected at most %d", n,
                        MLP_MAX_WIDTH);
    plan->spec.n_features = n;
    return MLP_OK;
}

/* The names of what is neither, so that the model knows them. */
static mlp_status
take_ignored(mlp_plan *plan, const unsigned char *role_of, mlp_error *err)
{
    bool named = plan->spec.features != NULL;
    size_t n = 0;
    mlp_status status = MLP_OK;
    for (size_t i = 0; i < mlp_table_n_columns(plan->table); i++) {
        bool ignored = role_of[i] == EXCLUDED || (named && role_of[i] == FREE);
        if (ignored && status == MLP_OK && n++ < MODEL_MAX_IGNORED)
            status = labels_add_text(
                &plan->ignored, mlp_table_column(plan->table, i)->name, err);
    }
    if (status == MLP_OK && n > MODEL_MAX_IGNORED)
        status = plan_warn(plan, err,
                           "%zu columns are left out; the model remembers the "
                           "first %d, and will refuse rows that have others",
                           n, MODEL_MAX_IGNORED);
    return status;
}

/* A warm start takes the features in the order of the model that it starts
 * from, whatever the table's is. */
static mlp_status
order_as_before(mlp_plan *plan, const unsigned char *role_of, mlp_error *err)
{
    const mlp_model *from = plan->spec.from;
    size_t n = mlp_model_n_features(from);
    for (size_t i = 0; i < n; i++) {
        const char *name = mlp_model_feature(from, i);
        size_t column;
        if (!mlp_table_find(plan->table, name, &column) ||
            role_of[column] == TARGET || role_of[column] == EXCLUDED ||
            (plan->spec.features != NULL && role_of[column] != FEATURE))
            return mlp_fail(err, MLP_INVALID,
                            "from: the model's feature '%.64s' is none here",
                            name);
        if (i < plan->spec.n_features)
            plan->columns[i] = column;
    }
    if (n != plan->spec.n_features)
        return mlp_fail(err, MLP_INVALID,
                        "from: the model has %zu features, expected the same, "
                        "got %zu",
                        n, plan->spec.n_features);
    return MLP_OK;
}

/* Let the resolved spec name the columns, with the table's own strings. */
static mlp_status keep_names(mlp_plan *plan, mlp_error *err)
{
    mlp_fit_spec *spec = &plan->spec;
    size_t n;
    if (!size_add(spec->n_features, spec->n_targets, &n))
        return mlp_fail(err, MLP_NOMEM, "out of memory for columns");
    const char **names = plan->names = alloc_array(n, sizeof *names);
    if (names == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for columns");
    for (size_t i = 0; i < spec->n_features; i++)
        names[i] = mlp_table_column(plan->table, plan->columns[i])->name;
    for (size_t i = 0; i < spec->n_targets; i++)
        names[spec->n_features + i] =
            mlp_table_column(plan->table, plan->targets[i])->name;
    spec->features = names;
    spec->targets = names + spec->n_features;
    if (spec->validation_group != NULL)
        spec->validation_group =
            mlp_table_column(plan->table, plan->group)->name;
    if (spec->weight != NULL)
        spec->weight = mlp_table_column(plan->table, plan->weight)->name;
    if (spec->validation_time != NULL)
        spec->validation_time = mlp_table_column(plan->table, plan->time)->name;
    spec->exclude = NULL;
    spec->n_exclude = 0;
    return MLP_OK;
}

static mlp_status choose(mlp_plan *plan, unsigned char *role_of, mlp_error *err)
{
    mlp_status status = read_roles(plan, role_of, err);
    if (status == MLP_OK)
        status = take_helpers(plan, role_of, err);
    if (status == MLP_OK)
        status = take_features(plan, role_of, err);
    if (status == MLP_OK)
        status = take_ignored(plan, role_of, err);
    if (status == MLP_OK && plan->spec.from != NULL)
        status = order_as_before(plan, role_of, err);
    return status == MLP_OK ? keep_names(plan, err) : status;
}

mlp_status plan_columns(mlp_plan *plan, mlp_error *err)
{
    size_t n_columns = mlp_table_n_columns(plan->table);
    if (plan->spec.n_targets == 0)
        return mlp_fail(err, MLP_INVALID, "target: expected a column's name");
    unsigned char *role_of = alloc_array(n_columns, 1);
    plan->columns = alloc_array(n_columns, sizeof *plan->columns);
    plan->targets = alloc_array(plan->spec.n_targets, sizeof *plan->targets);
    mlp_status status =
        role_of != NULL && plan->columns != NULL && plan->targets != NULL
            ? choose(plan, role_of, err)
            : mlp_fail(err, MLP_NOMEM, "out of memory for columns");
    free(role_of);
    return status;
}

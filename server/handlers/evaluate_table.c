/* SPDX-License-Identifier: MIT */
#include "handlers/evaluate_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "handlers/model_columns.h"

uint64_t evaluate_table_bytes(const struct train_source *source)
{
    uint64_t cells = (uint64_t)source->n_rows * source->n_columns;

    if (source->rows != NULL)
        cells += mlp_table_bytes(source->rows) / sizeof(float);
    return cells + train_source_bytes(source);
}

/* --- settings ------------------------------------------------------------- */

static bool put_kinds(json_t *settings, const struct model_columns *columns)
{
    json_t *kinds = json_object();
    bool fits = json_object_set_new(settings, "columns", kinds) == 0;

    for (size_t i = 0; fits && i < columns->n_labels; i++)
        fits = json_object_set_new(kinds, columns->labels[i],
                                   json_string("categorical")) == 0;
    for (size_t i = 0; fits && i < columns->n_texts; i++)
        fits = json_object_set_new(kinds, columns->texts[i],
                                   json_string("categorical")) == 0;
    return fits;
}

/* Those of a training that would read the table in the same way. */
static json_t *settings_for(const mlp_model *model,
                            const struct model_columns *columns)
{
    json_t *names = json_array(), *settings = json_object();
    bool fits = json_object_set_new(settings, "target", names) == 0 &&
                put_kinds(settings, columns);

    for (size_t i = 0; fits && i < mlp_model_n_targets(model); i++)
        fits = json_array_append_new(
                   names, json_string(mlp_model_target(model, i))) == 0;
    if (fits)
        return settings;
    json_decref(settings);
    return NULL;
}

/* --- names ---------------------------------------------------------------- */

/* Arrays have none. */
static bool is_nameless_file(const struct train_file *file)
{
    return file->format == MLP_FILE_NPY || file->format == MLP_FILE_IDX ||
           file->options.no_header;
}

static bool is_nameless(const struct train_source *source)
{
    return source->inputs != NULL ||
           (source->labels.stream != NULL && is_nameless_file(&source->data));
}

static bool rename_column(mlp_table *table,
                          size_t i,
                          const char *name,
                          struct problem *problem)
{
    mlp_error err;

    if (mlp_table_rename_column(table, i, name, strlen(name), &err) == MLP_OK)
        return true;
    problem_from_error(problem, NULL, &err);
    return false;
}

static bool is_named(const mlp_table *table, const mlp_model *model)
{
    for (size_t i = 0; i < mlp_model_n_features(model); i++)
        if (strcmp(mlp_table_column(table, i)->name,
                   mlp_model_feature(model, i)) != 0)
            return false;
    return true;
}

/* The first columns become the model's features. A name may be in the table
 * already, for another column, so all of them go first. */
static void name_features(mlp_table *table,
                          const struct live_model *live,
                          struct problem *problem)
{
    size_t n = mlp_model_n_features(live->model);
    size_t found =
        mlp_table_n_columns(table) - mlp_model_n_targets(live->model);

    if (found != n) {
        problem_set(problem, PROBLEM_SHAPE_MISMATCH, NULL,
                    "the rows have %zu values, %s@%" PRIu32 " expects %zu",
                    found, live->name, live->version, n);
        return;
    }
    if (is_named(table, live->model))
        return;
    for (size_t i = 0; i < n && !problem_is_set(problem); i++) {
        char name[32];
        snprintf(name, sizeof name, "\x01%zu", i);
        rename_column(table, i, name, problem);
    }
    for (size_t i = 0; i < n && !problem_is_set(problem); i++)
        rename_column(table, i, mlp_model_feature(live->model, i), problem);
}

/* Do both mean the same columns by rows without names? */
static bool check_twins(const struct live_model *a,
                        const struct live_model *b,
                        struct problem *problem)
{
    size_t n = mlp_model_n_features(a->model);
    size_t n_b = mlp_model_n_features(b->model), i = 0;

    while (i < n && i < n_b &&
           strcmp(mlp_model_feature(a->model, i),
                  mlp_model_feature(b->model, i)) == 0)
        i++;
    if (i < n || i < n_b)
        problem_set(problem, PROBLEM_SHAPE_MISMATCH, NULL,
                    "rows without names: %s@%" PRIu32 " has %zu features, "
                    "%s@%" PRIu32 " has %zu, and they differ from the %zuth "
                    "on: send rows that name their columns",
                    a->name, a->version, n, b->name, b->version, n_b, i + 1);
    return !problem_is_set(problem);
}

/* --- all of it ------------------------------------------------------------ */

static bool check_targets(const struct train_source *source,
                          const struct live_model *live,
                          struct problem *problem)
{
    size_t n = mlp_model_n_targets(live->model);

    if (source->targets != NULL && mlp_table_n_columns(source->targets) != n)
        problem_set(problem, PROBLEM_SHAPE_MISMATCH, "/data/targets",
                    "/data/targets: %zu in a row, %s@%" PRIu32 " has %zu",
                    mlp_table_n_columns(source->targets), live->name,
                    live->version, n);
    return !problem_is_set(problem);
}

static mlp_table *read_table(struct train_source *source,
                             const mlp_model *model,
                             const struct model_columns *columns,
                             size_t max_cells,
                             struct problem *problem)
{
    json_t *settings = settings_for(model, columns);
    mlp_table *table = NULL;

    model_columns_ask(columns, &source->data.options);
    if (settings == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    else
        table = train_source_read(source, settings, max_cells, problem);
    json_decref(settings);
    return table;
}

mlp_table *evaluate_table_read(struct train_source *source,
                               const struct live_model *live,
                               const struct live_model *other,
                               size_t max_cells,
                               struct problem *problem)
{
    const mlp_model *beside = other != NULL ? other->model : NULL;
    bool nameless = is_nameless(source);
    struct model_columns columns;
    mlp_table *table;

    if (!check_targets(source, live, problem) ||
        (nameless && other != NULL && !check_twins(live, other, problem)) ||
        !model_columns_of_both(live->model, beside, &columns, problem))
        return NULL;
    table = read_table(source, live->model, &columns, max_cells, problem);
    model_columns_free(&columns);
    if (table != NULL && nameless)
        name_features(table, live, problem);
    if (problem_is_set(problem)) {
        mlp_table_destroy(table);
        return NULL;
    }
    return table;
}

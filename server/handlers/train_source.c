/* SPDX-License-Identifier: MIT */
#include "handlers/train_source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "handlers/dataset_json.h"
#include "http/json.h"
#include "http/json_body.h"
#include "training/spec.h"

/* --- on the loop ---------------------------------------------------------- */

static void open_dataset(struct app *app,
                         const json_t *settings,
                         const char *key,
                         struct train_file *out,
                         struct problem *problem)
{
    struct json_place root = json_root(settings, problem);
    struct dataset_view view;
    char pointer[32];
    const char *name;

    if (!json_get_text(&root, key, NAME_MAX_BYTES, &name))
        return;
    json_pointer(&root, key, pointer, sizeof pointer);
    if (!datasets_get(app->datasets, name, &view)) {
        problem_set(problem, PROBLEM_INVALID, pointer,
                    "%s: there is no data set '%s'", pointer, name);
        return;
    }
    dataset_read_options(&view, &out->options);
    out->stream = datasets_open(app->datasets, name, &out->format);
    if (out->stream == NULL)
        problem_set(problem, PROBLEM_INTERNAL, NULL,
                    "the file of the data set '%s' cannot be opened", name);
}

static void check_data(const struct train_source *source,
                       struct problem *problem)
{
    bool inputs = source->inputs != NULL, targets = source->targets != NULL;

    if (source->rows != NULL && (inputs || targets))
        problem_set(
            problem, PROBLEM_INVALID, "/data",
            "/data: expected inputs and targets, or columns and rows, or "
            "records, found several");
    else if (inputs && !targets)
        problem_set(problem, PROBLEM_INVALID, "/data/targets",
                    "/data/targets: expected one for each of the inputs, "
                    "found none");
    else if (targets && !inputs)
        problem_set(problem, PROBLEM_INVALID, "/data/inputs",
                    "/data/inputs: expected one row for each of the targets, "
                    "found none");
    else if (source->rows == NULL && !inputs)
        problem_set(
            problem, PROBLEM_INVALID, "/data",
            "/data: expected inputs and targets, or columns and rows, or "
            "records, found neither");
    else if (inputs && mlp_table_n_rows(source->targets) != source->n_rows)
        problem_set(problem, PROBLEM_INVALID, "/data/targets",
                    "/data/targets: %zu targets for %zu rows of inputs",
                    mlp_table_n_rows(source->targets), source->n_rows);
}

static void take_data(struct http_body *body,
                      struct json_place *root,
                      struct train_source *out,
                      struct problem *problem)
{
    static const char *const known[] = {"inputs", "targets", "columns", "rows",
                                        "records"};
    struct json_place data;

    if (!json_get_object(root, "data", &data))
        return;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        json_get(&data, known[i]);
    json_close(&data);
    json_body_inputs(body, &out->n_rows, &out->n_columns);
    out->inputs = json_body_take_inputs(body);
    out->targets = json_body_take_targets(body);
    out->rows = json_body_take_rows(body);
    check_data(out, problem);
}

void train_source_open_json(struct app *app,
                            struct http_body *body,
                            const json_t *settings,
                            struct train_source *out,
                            struct problem *problem)
{
    struct json_place root = json_root(settings, problem);
    bool data = json_has(&root, "data"), dataset = json_has(&root, "dataset");

    memset(out, 0, sizeof *out);
    if (data == dataset) {
        problem_set(problem, PROBLEM_INVALID, data ? "/dataset" : "/data",
                    "expected either data or dataset, found %s",
                    data ? "both" : "neither");
        return;
    }
    if (!dataset && json_has(&root, "target_dataset")) {
        problem_set(problem, PROBLEM_INVALID, "/target_dataset",
                    "/target_dataset: goes with dataset, not with data");
        return;
    }
    take_data(body, &root, out, problem);
    open_dataset(app, settings, "dataset", &out->data, problem);
    open_dataset(app, settings, "target_dataset", &out->labels, problem);
}

void train_source_open_file(struct blob *blob,
                            mlp_file_format format,
                            const mlp_read_options *options,
                            struct train_source *out,
                            struct problem *problem)
{
    mlp_error err;

    memset(out, 0, sizeof *out);
    out->blob = blob;
    out->data.format = format;
    out->data.options = *options;
    out->data.stream = blob_open(blob, &err);
    if (out->data.stream == NULL)
        problem_from_error(problem, NULL, &err);
}

static uint64_t stream_bytes(FILE *stream)
{
    struct stat file;

    return stream != NULL && fstat(fileno(stream), &file) == 0
               ? (uint64_t)file.st_size
               : 0;
}

uint64_t train_source_bytes(const struct train_source *source)
{
    return stream_bytes(source->data.stream) +
           stream_bytes(source->labels.stream);
}

void train_source_free(struct train_source *source)
{
    free(source->inputs);
    mlp_table_destroy(source->targets);
    mlp_table_destroy(source->rows);
    if (source->data.stream != NULL)
        fclose(source->data.stream);
    if (source->labels.stream != NULL)
        fclose(source->labels.stream);
    blob_abort(source->blob);
    memset(source, 0, sizeof *source);
}

/* --- on the pool ---------------------------------------------------------- */

static mlp_table *read_file(const struct train_file *file,
                            const mlp_read_options *options,
                            const char *pointer,
                            struct problem *problem)
{
    mlp_table *table;
    mlp_error err;

    if (mlp_table_read_file(file->stream, file->format, options, &table,
                            &err) != MLP_OK)
        problem_from_error(problem, pointer, &err);
    return table;
}

static int by_name(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;

    return strcmp(*a, *b);
}

/* The columns that are labels whatever they hold: targets, and what is declared
 * to be of categories; ascending. free() the list; NULL with a problem. */
static const char **
label_names(const struct spec *spec, size_t *n, struct problem *problem)
{
    const mlp_fit_spec *fit = &spec->fit;
    const char **names =
        calloc(fit->n_targets + fit->n_columns + 2, sizeof *names);

    *n = 0;
    if (names == NULL) {
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        return NULL;
    }
    for (size_t i = 0; i < fit->n_targets; i++)
        names[(*n)++] = fit->targets[i];
    for (size_t i = 0; i < fit->n_columns; i++)
        if (fit->columns[i].kind == MLP_KIND_CATEGORICAL)
            names[(*n)++] = fit->columns[i].column;
    if (fit->validation_group != NULL)
        names[(*n)++] = fit->validation_group;
    qsort(names, *n, sizeof *names, by_name);
    return names;
}

/* In a table that was there before the settings were. */
static void make_labels(mlp_table *table,
                        const char *const *names,
                        size_t n,
                        struct problem *problem)
{
    mlp_error err;
    size_t column;

    for (size_t i = 0; i < n && !problem_is_set(problem); i++)
        if (mlp_table_find(table, names[i], &column) &&
            mlp_table_make_levels(table, column, &err) != MLP_OK)
            problem_from_error(problem, "/data", &err);
}

static mlp_table *read_labelled(const struct train_source *source,
                                const char *const *names,
                                size_t n,
                                size_t max_cells,
                                struct problem *problem)
{
    mlp_read_options options = source->data.options;

    options.max_cells = max_cells;
    options.labels = names;
    options.n_labels = n;
    options.sorted = true;
    return read_file(&source->data, &options,
                     source->blob != NULL ? "" : "/dataset", problem);
}

/* Everything but targets that come apart. */
static mlp_table *read_table(struct train_source *source,
                             const struct spec *spec,
                             size_t max_cells,
                             struct problem *problem)
{
    mlp_table *table = NULL;
    size_t n;
    const char **names = label_names(spec, &n, problem);
    mlp_error err;

    if (names == NULL)
        return NULL;
    if (source->rows != NULL) {
        table = source->rows;
        source->rows = NULL;
    } else if (source->inputs != NULL) {
        if (mlp_table_adopt(source->inputs, false, source->n_rows,
                            source->n_columns, NULL, &table, &err) == MLP_OK)
            source->inputs = NULL;
        else
            problem_from_error(problem, "/data/inputs", &err);
    } else {
        table = read_labelled(source, names, n, max_cells, problem);
    }
    if (table != NULL && source->data.stream == NULL)
        make_labels(table, names, n, problem);
    free(names);
    return table;
}

/* Targets that come apart, or NULL. */
static mlp_table *read_targets(struct train_source *source,
                               size_t max_cells,
                               struct problem *problem)
{
    mlp_table *table = source->targets;

    source->targets = NULL;
    if (source->labels.stream == NULL)
        return table;
    mlp_read_options options = source->labels.options;
    options.max_cells = max_cells;
    options.all_labels = true;
    table = read_file(&source->labels, &options, "/target_dataset", problem);
    if (table != NULL && mlp_table_n_columns(table) != 1)
        problem_set(problem, PROBLEM_INVALID, "/target_dataset",
                    "/target_dataset: expected one column of targets, it has "
                    "%zu",
                    mlp_table_n_columns(table));
    return table;
}

/* The name for target column i: as asked for; else its own if somebody gave it
 * one and it is free; else "target". */
static const char *target_name(const struct train_source *source,
                               const struct spec *spec,
                               const mlp_table *table,
                               const mlp_table *targets,
                               size_t i)
{
    const char *own = mlp_table_column(targets, i)->name;
    bool made_up =
        source->labels.stream != NULL &&
        !mlp_file_format_names(source->labels.format, &source->labels.options);
    size_t taken;

    if (spec->fit.n_targets > 0)
        return spec->fit.targets[i];
    return made_up || mlp_table_find(table, own, &taken) ? "target" : own;
}

static void name_targets(const struct train_source *source,
                         const struct spec *spec,
                         const mlp_table *table,
                         mlp_table *targets,
                         struct problem *problem)
{
    size_t n = mlp_table_n_columns(targets);
    mlp_error err;

    if (spec->fit.n_targets > 0 && spec->fit.n_targets != n) {
        problem_set(problem, PROBLEM_INVALID, "/target",
                    "/target: %zu names for %zu columns of targets",
                    spec->fit.n_targets, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = target_name(source, spec, table, targets, i);
        if (strcmp(name, mlp_table_column(targets, i)->name) != 0 &&
            mlp_table_rename_column(targets, i, name, strlen(name), &err) !=
                MLP_OK)
            problem_from_error(problem, "/target", &err);
    }
}

static void
set_target(json_t *settings, const mlp_table *targets, struct problem *problem)
{
    json_t *names = json_array();

    for (size_t i = 0; i < mlp_table_n_columns(targets); i++)
        json_array_append_new(names,
                              json_string(mlp_table_column(targets, i)->name));
    if (json_object_set_new(settings, "target", names) != 0)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

/* `targets` is consumed. */
static void join(const struct train_source *source,
                 mlp_table *table,
                 mlp_table *targets,
                 struct problem *problem)
{
    mlp_error err;
    mlp_status status = mlp_table_join(table, targets, &err);

    if (status == MLP_OK)
        return;
    if (status == MLP_INVALID)
        problem_from_error(problem, "/target", &err);
    else
        problem_from_error(problem,
                           source->labels.stream != NULL ? "/target_dataset"
                                                         : "/data/targets",
                           &err);
    mlp_table_destroy(targets);
}

static mlp_table *read_all(struct train_source *source,
                           const struct spec *spec,
                           json_t *settings,
                           size_t max_cells,
                           struct problem *problem)
{
    mlp_table *table = read_table(source, spec, max_cells, problem);
    mlp_table *targets =
        table != NULL ? read_targets(source, max_cells, problem) : NULL;

    if (targets != NULL && !problem_is_set(problem))
        name_targets(source, spec, table, targets, problem);
    if (targets != NULL && !problem_is_set(problem))
        set_target(settings, targets, problem);
    if (targets != NULL && !problem_is_set(problem))
        join(source, table, targets, problem);
    else
        mlp_table_destroy(targets);
    return table;
}

mlp_table *train_source_read(struct train_source *source,
                             json_t *settings,
                             size_t max_cells,
                             struct problem *problem)
{
    mlp_table *table = NULL;
    struct spec spec;

    spec_parse(settings, &spec, problem);
    if (!problem_is_set(problem))
        table = read_all(source, &spec, settings, max_cells, problem);
    spec_free(&spec);
    if (problem_is_set(problem)) {
        mlp_table_destroy(table);
        return NULL;
    }
    return table;
}

/* SPDX-License-Identifier: MIT */
#include "handlers/model_columns.h"

#include <stdlib.h>
#include <string.h>

#include "mlp/rows.h"

static int by_name(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

static void collect(const mlp_model *model, struct model_columns *out)
{
    size_t n;
    for (size_t i = 0; i < mlp_model_n_features(model); i++) {
        const mlp_label *levels = mlp_model_levels(model, i, &n);
        if (levels != NULL && levels[0].kind == MLP_CELL_TEXT)
            out->texts[out->n_texts++] = mlp_model_feature(model, i);
        else if (levels != NULL)
            out->labels[out->n_labels++] = mlp_model_feature(model, i);
    }
}

bool model_columns_of_both(const mlp_model *a,
                           const mlp_model *b,
                           struct model_columns *out,
                           struct problem *problem)
{
    size_t n = mlp_model_n_features(a);
    if (b != NULL)
        n += mlp_model_n_features(b);
    *out = (struct model_columns){
        .labels = calloc(n, sizeof *out->labels),
        .texts = calloc(n, sizeof *out->texts),
    };
    if (out->labels == NULL || out->texts == NULL) {
        model_columns_free(out);
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        return false;
    }
    collect(a, out);
    if (b != NULL)
        collect(b, out);
    qsort(out->labels, out->n_labels, sizeof *out->labels, by_name);
    qsort(out->texts, out->n_texts, sizeof *out->texts, by_name);
    return true;
}

bool model_columns_of(const mlp_model *model,
                      struct model_columns *out,
                      struct problem *problem)
{
    return model_columns_of_both(model, NULL, out, problem);
}

void model_columns_free(struct model_columns *columns)
{
    free(columns->labels);
    free(columns->texts);
    *columns = (struct model_columns){0};
}

void model_columns_ask(const struct model_columns *columns,
                       mlp_read_options *options)
{
    options->labels = columns->labels;
    options->n_labels = columns->n_labels;
    options->texts = columns->texts;
    options->n_texts = columns->n_texts;
    options->sorted = true;
}

static bool make_levels(const char *const *names,
                        size_t n,
                        mlp_table *table,
                        struct problem *problem)
{
    mlp_error err;
    size_t column;
    for (size_t i = 0; i < n && !problem_is_set(problem); i++)
        if (mlp_table_find(table, names[i], &column) &&
            mlp_table_make_levels(table, column, &err) != MLP_OK)
            problem_from_error(problem, NULL, &err);
    return !problem_is_set(problem);
}

bool model_columns_apply(const struct model_columns *columns,
                         mlp_table *table,
                         struct problem *problem)
{
    return make_levels(columns->labels, columns->n_labels, table, problem) &&
           make_levels(columns->texts, columns->n_texts, table, problem);
}

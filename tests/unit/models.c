/* SPDX-License-Identifier: MIT
 *
 * Plans and models for tests. */
#include "models.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/rows.h"
#include "tables.h"

mlp_table *csv_table(const char *text, const char *label)
{
    mlp_read_options options = {.labels = &label, .n_labels = label != NULL};
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(
        read_bytes(text, strlen(text), MLP_FILE_CSV, &options, &table, &err),
        MLP_OK, "%s", err.text);
    return table;
}

mlp_table *file_table(const char *path, const char *label)
{
    mlp_read_options options = {.labels = &label, .n_labels = label != NULL};
    mlp_table *table;
    mlp_error err;
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "cannot open %s", path);
    cr_assert_eq(
        mlp_table_read_file(file, MLP_FILE_CSV, &options, &table, &err), MLP_OK,
        "%s", err.text);
    fclose(file);
    return table;
}

mlp_fit_spec spec_for(const char *const *target)
{
    return (mlp_fit_spec){.targets = target, .n_targets = 1};
}

mlp_plan *plan_of(const mlp_table *table, const mlp_fit_spec *spec)
{
    mlp_plan *plan;
    mlp_error err;
    cr_assert_eq(mlp_plan_create(table, spec, &plan, &err), MLP_OK, "%s",
                 err.text);
    return plan;
}

mlp_error refusal_of(const mlp_table *table, const mlp_fit_spec *spec)
{
    mlp_plan *plan;
    mlp_error err = {0};
    mlp_status status = mlp_plan_create(table, spec, &plan, &err);
    cr_assert_neq(status, MLP_OK, "it was not refused");
    cr_assert_eq(status, err.status);
    cr_assert_null(plan);
    return err;
}

mlp_model *trained(const mlp_table *table,
                   const mlp_fit_spec *spec,
                   mlp_fit_report *report)
{
    mlp_plan *plan = plan_of(table, spec);
    mlp_fit_report unasked;
    mlp_model *model;
    mlp_error err;
    cr_assert_eq(mlp_plan_run(plan, NULL, &model,
                              report != NULL ? report : &unasked, &err),
                 MLP_OK, "%s", err.text);
    mlp_plan_destroy(plan);
    return model;
}

mlp_model *small_model(mlp_task task)
{
    static const char *const targets[] = {"t", "u"}, *const features[] = {"a",
                                                                          "b"};
    static const mlp_layer_spec hidden[] = {{3, MLP_TANH, 0}, {2, MLP_RELU, 0}};
    mlp_table *table =
        csv_table("a,b,t,u\n1,5,0,1\n2,3,1,0\n4,1,1,1\n3,2,0,0\n0,0,1,1\n",
                  task == MLP_TASK_CLASSIFICATION ? "t" : NULL);
    mlp_fit_spec spec = {.task = task,
                         .targets = targets,
                         .n_targets = task == MLP_TASK_CLASSIFICATION ? 1 : 2,
                         .features = features,
                         .n_features = 2,
                         .hidden_given = true,
                         .network = {.n_hidden = 2, .hidden = hidden},
                         .training = {.epochs = 3}};
    mlp_model *model = trained(table, &spec, NULL);
    mlp_table_destroy(table);
    return model;
}

mlp_buffer file_of(const mlp_model *model)
{
    mlp_buffer file;
    mlp_error err;
    mlp_buffer_init(&file, SIZE_MAX - 1);
    cr_assert_eq(mlp_model_write(model, mlp_buffer_sink(&file), &err), MLP_OK,
                 "%s", err.text);
    return file;
}

float *answers_of(const mlp_model *model, const mlp_table *table)
{
    size_t n_rows = mlp_table_n_rows(table);
    float *rows = calloc(n_rows, mlp_model_n_features(model) * sizeof *rows);
    float *answers = calloc(n_rows, mlp_model_n_outputs(model) * sizeof *rows);
    mlp_predictor *predictor;
    mlp_error err;
    cr_assert(rows != NULL && answers != NULL);
    cr_assert_eq(mlp_model_align(model, table, rows, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(mlp_predictor_create(model, 7, &predictor, &err), MLP_OK);
    mlp_model_predict(model, predictor, rows, n_rows, answers);
    mlp_predictor_destroy(predictor);
    free(rows);
    return answers;
}

static size_t largest(const float *y, size_t n)
{
    size_t best = 0;
    for (size_t c = 1; c < n; c++)
        best = y[c] > y[best] ? c : best;
    return best;
}

double accuracy_on(const mlp_model *model, const mlp_table *table)
{
    size_t n_rows = mlp_table_n_rows(table);
    size_t n_outputs = mlp_model_n_outputs(model);
    float *answers = answers_of(model, table);
    size_t column, right = 0;
    cr_assert(mlp_table_find(table, mlp_model_target(model, 0), &column));
    const mlp_label *levels = mlp_table_column(table, column)->levels;
    for (size_t i = 0; i < n_rows; i++) {
        size_t best = largest(answers + i * n_outputs, n_outputs);
        size_t level = (size_t)mlp_table_value(table, i, column);
        right +=
            strcmp(mlp_model_class(model, best)->text, levels[level].text) == 0;
    }
    free(answers);
    return (double)right / (double)n_rows;
}

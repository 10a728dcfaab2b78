/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/rows.h"
#include "models.h"
#include "tables.h"

Test(model, every_name_is_parsed_back)
{
    for (int i = 0; i <= MLP_TASK_MULTILABEL; i++) {
        mlp_task task;
        cr_expect(mlp_task_parse(mlp_task_name((mlp_task)i), &task));
        cr_expect_eq(task, (mlp_task)i);
    }
    for (int i = 0; i <= MLP_SCALING_NONE; i++) {
        mlp_scaling scaling;
        cr_expect(
            mlp_scaling_parse(mlp_scaling_name((mlp_scaling)i), &scaling));
        cr_expect_eq(scaling, (mlp_scaling)i);
    }
}

Test(model, an_unknown_name_is_no_task)
{
    mlp_task task = MLP_TASK_REGRESSION;
    mlp_scaling scaling = MLP_SCALING_BYTE;
    cr_expect_not(mlp_task_parse("Classification", &task));
    cr_expect_not(mlp_scaling_parse("", &scaling));
    cr_expect_eq(task, MLP_TASK_REGRESSION);
    cr_expect_eq(scaling, MLP_SCALING_BYTE);
}

Test(model, it_says_what_it_was_trained_on)
{
    mlp_model *model = small_model(MLP_TASK_MULTILABEL);
    cr_expect_eq(mlp_model_task(model), MLP_TASK_MULTILABEL);
    cr_expect_eq(mlp_model_scaling(model), MLP_SCALING_STANDARD);
    cr_expect_eq(mlp_model_n_features(model), 2);
    cr_expect_str_eq(mlp_model_feature(model, 0), "a");
    cr_expect_eq(mlp_model_n_targets(model), 2);
    cr_expect_str_eq(mlp_model_target(model, 1), "u");
    cr_expect_eq(mlp_model_n_outputs(model), 2);
    mlp_model_destroy(model);
}

Test(model, probabilities_of_classes_sum_to_one)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    mlp_table *table = csv_table("a,b\n1,2\n3,4\n-100,7\n", NULL);
    float *y = answers_of(model, table);
    for (size_t i = 0; i < 3; i++)
        cr_expect_float_eq(y[2 * i] + y[2 * i + 1], 1, 1e-6);
    free(y);
    mlp_table_destroy(table);
    mlp_model_destroy(model);
}

Test(model, columns_are_found_by_name_in_any_order_and_targets_passed_over)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    mlp_table *straight = csv_table("a,b\n1,2\n3,\n", NULL);
    mlp_table *crossed = csv_table("b,t,a\n2,x,1\n,y,3\n", NULL);
    float *expected = answers_of(model, straight);
    float *found = answers_of(model, crossed);
    cr_expect_arr_eq(expected, found, 4 * sizeof *found);
    free(expected);
    free(found);
    mlp_table_destroy(straight);
    mlp_table_destroy(crossed);
    mlp_model_destroy(model);
}

Test(model, columns_that_its_training_ignored_are_passed_over)
{
    static const char *const target[] = {"y"}, *const exclude[] = {"id", "no"};
    mlp_table *table = csv_table("id,a,no,y\nq,1,4,u\nr,2,5,v\ns,3,6,u\n", "y");
    mlp_fit_spec spec = {.targets = target,
                         .n_targets = 1,
                         .exclude = exclude,
                         .n_exclude = 2,
                         .training = {.epochs = 1}};
    mlp_model *model = trained(table, &spec, NULL), *again;
    mlp_buffer file = file_of(model);
    cr_assert_eq(mlp_model_read(file.data, file.length, &again, NULL), MLP_OK);
    cr_assert_eq(mlp_model_n_ignored(again), 2);
    cr_expect_str_eq(mlp_model_ignored(again, 0), "id");
    cr_expect_str_eq(mlp_model_ignored(again, 1), "no");
    mlp_table *alone = csv_table("a\n1\n2\n3\n", NULL);
    float *expected = answers_of(again, alone);
    float *found = answers_of(again, table);
    cr_expect_arr_eq(expected, found, 3 * 2 * sizeof *found);
    free(expected);
    free(found);
    mlp_buffer_free(&file);
    mlp_table_destroy(alone);
    mlp_table_destroy(table);
    mlp_model_destroy(model);
    mlp_model_destroy(again);
}

Test(model, columns_beside_named_features_are_ignored_too)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    cr_assert_eq(mlp_model_n_ignored(model), 1);
    cr_expect_str_eq(mlp_model_ignored(model, 0), "u");
    mlp_model_destroy(model);
    model = small_model(MLP_TASK_REGRESSION);
    cr_expect_eq(mlp_model_n_ignored(model), 0);
    mlp_model_destroy(model);
}

Test(model, a_table_that_does_not_fit_is_refused_by_column)
{
    static const char *const bad[][2] = {
        {"a\n1\n", "'b'"},     {"a,b,c\n1,2,3\n", "'c'"}, {"a,b\n1,x\n", "'b'"},
        {"A,b\n1,2\n", "'a'"}, {"a,b,v\n1,2,3\n", "'v'"},
    };
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mlp_table *table = csv_table(bad[i][0], NULL);
        float rows[4];
        mlp_error err = {0};
        cr_expect_eq(mlp_model_align(model, table, rows, &err), MLP_INVALID);
        cr_expect_not_null(strstr(err.text, bad[i][1]), "%s", err.text);
        mlp_table_destroy(table);
    }
    mlp_model_destroy(model);
}

Test(model, a_row_is_answered_alike_alone_and_among_others)
{
    enum { N_ROWS = 37 };
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    float rows[N_ROWS * 2], together[N_ROWS * 2], alone[2];
    mlp_predictor *few, *many;
    for (size_t i = 0; i < N_ROWS * 2; i++)
        rows[i] = i % 11 == 5 ? NAN : (float)i * 0.37F - 9;
    cr_assert_eq(mlp_predictor_create(model, 1, &few, NULL), MLP_OK);
    cr_assert_eq(mlp_predictor_create(model, 16, &many, NULL), MLP_OK);
    mlp_model_predict(model, many, rows, N_ROWS, together);
    for (size_t i = 0; i < N_ROWS; i++) {
        mlp_model_predict(model, few, rows + 2 * i, 1, alone);
        cr_expect_arr_eq(alone, together + 2 * i, sizeof alone);
    }
    mlp_predictor_destroy(few);
    mlp_predictor_destroy(many);
    mlp_model_destroy(model);
}

Test(model, no_rows_are_no_trouble)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_predictor *predictor;
    float none;
    cr_assert_eq(mlp_predictor_create(model, 4, &predictor, NULL), MLP_OK);
    mlp_model_predict(model, predictor, &none, 0, &none);
    mlp_predictor_destroy(predictor);
    mlp_model_destroy(model);
}

Test(model, a_predictor_for_no_rows_is_refused)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_predictor *predictor;
    mlp_error err;
    cr_expect_eq(mlp_predictor_create(model, 0, &predictor, &err), MLP_INVALID);
    cr_expect_null(predictor);
    cr_expect_eq(mlp_predictor_create(model, SIZE_MAX, &predictor, &err),
                 MLP_INVALID);
    mlp_model_destroy(model);
}

Test(model, a_missing_value_stands_for_the_training_mean)
{
    static const char *const target[] = {"y"};
    mlp_table *table = csv_table("a,y\n1,10\n3,20\n8,35\n", NULL);
    mlp_fit_spec spec = spec_for(target);
    spec.task = MLP_TASK_REGRESSION;
    spec.scaling = MLP_SCALING_STANDARD;
    spec.training.epochs = 5;
    mlp_model *model = trained(table, &spec, NULL);
    float rows[] = {4, NAN}, y[2];
    mlp_predictor *predictor;
    cr_assert_eq(mlp_predictor_create(model, 2, &predictor, NULL), MLP_OK);
    mlp_model_predict(model, predictor, rows, 2, y);
    cr_expect_eq(y[0], y[1]);
    mlp_predictor_destroy(predictor);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(model, destroying_nothing_is_allowed)
{
    mlp_model_destroy(NULL);
    mlp_predictor_destroy(NULL);
    mlp_plan_destroy(NULL);
}

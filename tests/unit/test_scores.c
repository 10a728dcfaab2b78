/* SPDX-License-Identifier: MIT */
#include "model/scores.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* Against tests/reference/metrics.json. The probabilities go through float,
 * so agreement ends at about 1e-7. */
static const double tolerance = 1e-6;

static json_t *metrics(const char *group, json_t **root)
{
    *root = json_load_file("tests/reference/metrics.json", 0, NULL);
    cr_assert_not_null(*root);
    return json_object_get(*root, group);
}

static double figure(const json_t *group, const char *name)
{
    const json_t *value = json_object_get(group, name);
    cr_assert(json_is_number(value), "%s", name);
    return json_number_value(value);
}

static float *floats(const json_t *array)
{
    size_t n = json_array_size(array);
    float *values = calloc(n, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)json_number_value(json_array_get(array, i));
    return values;
}

static uint32_t *classes_of(const json_t *array)
{
    size_t n = json_array_size(array);
    uint32_t *classes = calloc(n, sizeof *classes);
    for (size_t i = 0; i < n; i++)
        classes[i] = (uint32_t)json_integer_value(json_array_get(array, i));
    return classes;
}

static struct scores scores_for(mlp_task task, size_t n_outputs, size_t n_rows)
{
    struct scores scores;
    cr_assert_eq(scores_init(&scores, task, n_outputs, n_rows, NULL), MLP_OK);
    return scores;
}

Test(scores, several_classes_agree_with_the_reference)
{
    json_t *root, *group = metrics("multiclass", &root);
    const json_t *rows = json_object_get(group, "p");
    uint32_t *classes = classes_of(json_object_get(group, "y"));
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 4, 1000);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        float *p = floats(json_array_get(rows, i));
        scores_add_classes(&scores, p, &classes[i], 1);
        free(p);
    }
    mlp_scores result = scores_result(&scores);
    cr_expect_eq(result.n_rows, json_array_size(rows));
    cr_expect_float_eq(result.loss, figure(group, "logloss"), tolerance);
    cr_expect_float_eq(result.accuracy, figure(group, "accuracy"), tolerance);
    cr_expect(isnan(result.rmse) && isnan(result.mae) && isnan(result.r2));
    scores_free(&scores);
    free(classes);
    json_decref(root);
}

Test(scores, one_label_agrees_with_the_binary_reference)
{
    json_t *root, *group = metrics("binary", &root);
    size_t n = json_array_size(json_object_get(group, "y"));
    float *t = floats(json_object_get(group, "y"));
    float *p = floats(json_object_get(group, "p"));
    struct scores scores = scores_for(MLP_TASK_MULTILABEL, 1, 1000);
    scores_add_values(&scores, p, t, n);
    mlp_scores result = scores_result(&scores);
    cr_expect_float_eq(result.loss, figure(group, "logloss"), tolerance);
    cr_expect_float_eq(result.accuracy, figure(group, "accuracy_at_0_5"),
                       tolerance);
    scores_free(&scores);
    free(t);
    free(p);
    json_decref(root);
}

Test(scores, regression_agrees_with_the_reference_in_slices_of_any_size)
{
    json_t *root, *group = metrics("regression", &root);
    size_t n = json_array_size(json_object_get(group, "y"));
    float *t = floats(json_object_get(group, "y"));
    float *y = floats(json_object_get(group, "pred"));
    for (size_t step = 1; step <= n; step += 6) {
        struct scores scores = scores_for(MLP_TASK_REGRESSION, 1, 1000);
        for (size_t i = 0; i < n; i += step)
            scores_add_values(&scores, y + i, t + i,
                              n - i < step ? n - i : step);
        mlp_scores result = scores_result(&scores);
        cr_expect_float_eq(result.loss, figure(group, "mse"), tolerance);
        cr_expect_float_eq(result.rmse, figure(group, "rmse"), tolerance);
        cr_expect_float_eq(result.mae, figure(group, "mae"), tolerance);
        cr_expect_float_eq(result.r2, figure(group, "r2"), tolerance);
        cr_expect(isnan(result.accuracy));
        scores_free(&scores);
    }
    free(t);
    free(y);
    json_decref(root);
}

Test(scores, r2_survives_a_mean_that_is_large_beside_the_spread)
{
    const float t[] = {1e6F, 1e6F + 1, 1e6F + 2, 1e6F + 3};
    const float y[] = {1e6F, 1e6F + 1, 1e6F + 2, 1e6F + 4};
    struct scores scores = scores_for(MLP_TASK_REGRESSION, 1, 1000);
    scores_add_values(&scores, y, t, 4);
    cr_expect_float_eq(scores_result(&scores).r2, 0.8, 1e-9);
    scores_free(&scores);
}

Test(scores, r2_of_several_targets_is_their_mean)
{
    const float t[] = {0, 10, 2, 30}, y[] = {0, 10, 2, 20};
    struct scores scores = scores_for(MLP_TASK_REGRESSION, 2, 1000);
    scores_add_values(&scores, y, t, 2);
    cr_expect_float_eq(scores_result(&scores).r2, (1 + 0.5) / 2, 1e-9);
    cr_expect_float_eq(scores_result(&scores).loss, 25, 1e-9);
    scores_free(&scores);
}

Test(scores, a_constant_target_has_no_r2)
{
    const float t[] = {5, 5}, y[] = {5, 6};
    struct scores scores = scores_for(MLP_TASK_REGRESSION, 1, 1000);
    scores_add_values(&scores, y, t, 2);
    cr_expect(isnan(scores_result(&scores).r2));
    scores_free(&scores);
}

Test(scores, certainty_that_is_wrong_costs_a_finite_loss)
{
    const float p[] = {1, 0};
    const uint32_t class = 1;
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 2, 1000);
    scores_add_classes(&scores, p, &class, 1);
    double loss = scores_result(&scores).loss;
    cr_expect(isfinite(loss) && loss > 30, "%g", loss);
    scores_free(&scores);
}

Test(scores, no_rows_have_no_scores)
{
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 2, 1000);
    mlp_scores result = scores_result(&scores);
    cr_expect_eq(result.n_rows, 0);
    cr_expect(isnan(result.loss) && isnan(result.accuracy));
    scores_free(&scores);
}

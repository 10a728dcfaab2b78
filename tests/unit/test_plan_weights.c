/* SPDX-License-Identifier: MIT
 *
 * A column of weights, from the table to the model. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "model/plan.h"
#include "models.h"

static const char *const target[] = {"y"};

static mlp_fit_spec weighted(void)
{
    mlp_fit_spec spec = spec_for(target);
    spec.weight = "w";
    return spec;
}

Test(plan_weights, weigh_rows_and_are_no_feature)
{
    static const float expected[] = {0.5F, 0, 2.5F, 0, 1};
    mlp_table *table =
        csv_table("w,x,y\n1,1,1.5\n0,2,2\n5,3,3\n,9,\n2,4,1\n", NULL);
    mlp_fit_spec spec = weighted();
    mlp_plan *plan = plan_of(table, &spec);
    mlp_examples examples = plan_examples(plan, plan->values);
    cr_assert_eq(mlp_plan_resolved(plan)->n_features, 1);
    cr_expect_str_eq(mlp_plan_resolved(plan)->weight, "w");
    for (size_t i = 0; i < 5; i++)
        cr_expect_float_eq(examples.weights[i], expected[i], 1e-6F);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_weights, what_cannot_weigh_is_refused_with_its_row)
{
    static const struct {
        const char *csv, *text;
    } cases[] = {
        {"w,x,y\n1,1,1.5\n,2,2\n3,3,3\n", "weight: column 'w': row 2 has no"},
        {"w,x,y\n1,1,1.5\n1,2,2\n-1,3,3\n", "at least 0, got -1 in row 3"},
        {"w,x,y\n0,1,1.5\n0,2,2\n0,3,3\n", "learned from weigh 0"},
        {"w,x,y\na,1,1.5\nb,2,2\nc,3,3\n", "got 'a' in row 1"},
        {"w,x,y\n,1,1.5\n,2,2\n,3,3\n", "row 1 has no value"},
        {"v,x,y\n1,1,1.5\n1,2,2\n", "weight: there is no column 'w'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_table *table = csv_table(cases[i].csv, NULL);
        mlp_fit_spec spec = weighted();
        mlp_error err = refusal_of(table, &spec);
        cr_expect_not_null(strstr(err.text, cases[i].text), "%s", err.text);
        mlp_table_destroy(table);
    }
}

Test(plan_weights, cannot_be_a_feature_or_the_target)
{
    static const char *const features[] = {"x", "w"};
    mlp_table *table = csv_table("w,x,y\n1,1,1.5\n2,2,2\n", NULL);
    mlp_fit_spec spec = weighted();
    spec.features = features;
    spec.n_features = 2;
    mlp_error err = refusal_of(table, &spec);
    cr_expect_not_null(strstr(err.text, "'w' is in features"), "%s", err.text);
    spec = weighted();
    spec.weight = "y";
    err = refusal_of(table, &spec);
    cr_expect_not_null(strstr(err.text, "'y' is the target"), "%s", err.text);
    mlp_table_destroy(table);
}

Test(plan_weights, rows_that_are_held_out_must_count_for_something)
{
    mlp_table *table =
        csv_table("w,t,x,y\n1,1,1,1.5\n1,2,2,2\n1,3,1,3\n0,4,4,1\n", NULL);
    mlp_fit_spec spec = weighted();
    spec.validation_time = "t";
    mlp_error err = refusal_of(table, &spec);
    cr_expect_not_null(strstr(err.text, "too few rows"), "%s", err.text);
    mlp_table_destroy(table);
}

/* Rows of y = x + 1/4 where w is 1, and of y = -x where it is `other`. */
static mlp_model *lines(const char *weight, const char *other)
{
    static const char *const features[] = {"x"};
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 16);
    mlp_buffer_text(&csv, "w,x,y\n");
    for (int i = 0; i < 40; i++)
        mlp_buffer_format(&csv, "%s,%d,%s%d.25\n", i % 2 ? other : "1", i / 2,
                          i % 2 ? "-" : "", i / 2);
    mlp_table *table = csv_table(csv.data, NULL);
    mlp_fit_spec spec = spec_for(target);
    spec.features = features;
    spec.n_features = 1;
    spec.weight = weight;
    spec.hidden_given = true;
    spec.training.full_batch = true;
    spec.training.learning_rate = 0.05;
    mlp_model *model = trained(table, &spec, NULL);
    mlp_table_destroy(table);
    mlp_buffer_free(&csv);
    return model;
}

static double says(const mlp_model *model)
{
    mlp_table *table = csv_table("x,y\n10,0\n", NULL);
    float *answers = answers_of(model, table);
    double answer = (double)answers[0];
    free(answers);
    mlp_table_destroy(table);
    return answer;
}

Test(plan_weights, what_weighs_nothing_is_not_learned)
{
    mlp_model *one = lines("w", "0"), *both = lines("w", "1");
    cr_expect_float_eq(says(one), 10.25, 0.5, "%g", says(one));
    cr_expect_float_eq(says(both), 0, 1, "%g", says(both));
    mlp_model_destroy(one);
    mlp_model_destroy(both);
}

Test(plan_weights, that_are_all_the_same_change_no_bit_of_the_answer)
{
    mlp_model *same = lines("w", "1"), *none = lines(NULL, "1");
    cr_expect_eq(says(same), says(none));
    mlp_model_destroy(same);
    mlp_model_destroy(none);
}

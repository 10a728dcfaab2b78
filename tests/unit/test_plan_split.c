/* SPDX-License-Identifier: MIT
 *
 * Which rows a plan holds out, by group and by time. */
#include <criterion/criterion.h>
#include <string.h>

#include "model/plan.h"
#include "models.h"

static const char *const target[] = {"y"};

/* 60 rows: x counts up; p: ten patients, turn and turn about; t: a
 * second or, in `numbers`, a number, that count down. */
static mlp_table *visits(bool numbers)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 16);
    mlp_buffer_text(&csv, "x,p,t,y\n");
    for (int i = 0; i < 60; i++) {
        mlp_buffer_format(&csv, "%d,p%d,", i, i % 10);
        if (numbers)
            mlp_buffer_format(&csv, "%d", 60 - i);
        else
            mlp_buffer_format(&csv, "2024-02-28T00:00:%02dZ", 59 - i);
        mlp_buffer_format(&csv, ",%d.5\n", i % 7);
    }
    mlp_table *table = csv_table(csv.data, NULL);
    mlp_buffer_free(&csv);
    return table;
}

static bool is_feature(const mlp_plan *plan, const char *name)
{
    const mlp_fit_spec *spec = mlp_plan_resolved(plan);
    for (size_t i = 0; i < spec->n_features; i++)
        if (strcmp(spec->features[i], name) == 0)
            return true;
    return false;
}

Test(plan_split, a_group_is_on_one_side_and_no_feature)
{
    mlp_table *table = visits(false);
    mlp_fit_spec spec = spec_for(target);
    spec.validation_group = "p";
    spec.n_members = 1;
    mlp_plan *plan = plan_of(table, &spec);
    bool held_out[10] = {false};
    cr_expect(!is_feature(plan, "p") && is_feature(plan, "x"));
    cr_expect_eq(plan->n_validation, 12);
    for (size_t i = 0; i < plan->n_validation; i++)
        held_out[plan->validation[i] % 10] = true;
    for (size_t i = 0; i < plan->n_train; i++)
        cr_expect(!held_out[plan->train[i] % 10]);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_split, the_column_is_a_feature_when_it_is_named_as_one)
{
    static const char *const features[] = {"x", "t"};
    mlp_table *table = visits(true);
    mlp_fit_spec spec = spec_for(target);
    spec.features = features;
    spec.n_features = 2;
    spec.validation_time = "t";
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect(is_feature(plan, "t"));
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_split, members_hold_out_whole_groups)
{
    mlp_table *table = visits(false);
    mlp_fit_spec spec = spec_for(target);
    spec.validation_group = "p";
    spec.validation = 0.2;
    spec.validation_given = true;
    spec.n_members = 5;
    mlp_plan *plan = plan_of(table, &spec);
    cr_assert_not_null(plan->fold_of);
    cr_expect_eq(plan->n_validation, 60);
    for (size_t i = 10; i < 60; i++)
        cr_expect_eq(plan->fold_of[i], plan->fold_of[i % 10]);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_split, the_latest_rows_are_held_out_from_all_members)
{
    for (int numbers = 0; numbers < 2; numbers++) {
        mlp_table *table = visits(numbers);
        mlp_fit_spec spec = spec_for(target);
        spec.validation_time = "t";
        spec.validation = 0.2;
        spec.validation_given = true;
        spec.n_members = 5;
        mlp_plan *plan = plan_of(table, &spec);
        cr_expect_null(plan->fold_of);
        cr_assert_eq(plan->n_validation, 12);
        for (uint32_t i = 0; i < 12; i++)
            cr_expect_eq(plan->validation[i], i);
        mlp_plan_destroy(plan);
        mlp_table_destroy(table);
    }
}

Test(plan_split, rows_without_a_group_learn_with_a_warning)
{
    mlp_table *table =
        csv_table("x,g,y\n1,a,1.5\n2,,2\n3,b,3\n4,,4\n5,b,1\n", NULL);
    mlp_fit_spec spec = spec_for(target);
    spec.validation_group = "g";
    for (size_t n = 1; n <= 2; n++) {
        spec.validation = 0.5;
        spec.validation_given = true;
        spec.n_members = n;
        mlp_plan *plan = plan_of(table, &spec);
        cr_expect_not_null(
            strstr(mlp_plan_warning(plan, 0), "no value in 2 of 5 rows"));
        cr_expect_eq(plan->n_validation, n == 1 ? 2 : 3);
        for (size_t i = 0; i < plan->n_validation; i++)
            cr_expect_eq(plan->validation[i] % 2, 0, "row 2 and 4 learn");
        mlp_plan_destroy(plan);
    }
    mlp_table_destroy(table);
}

Test(plan_split, a_class_of_which_all_rows_are_held_out_is_warned_of)
{
    mlp_table *table = csv_table("x,t,y\n1,1,a\n2,2,b\n3,3,a\n4,4,c\n", NULL);
    mlp_fit_spec spec = spec_for(target);
    spec.validation_time = "t";
    spec.n_members = 1;
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_str_eq(
        mlp_plan_warning(plan, 0),
        "all rows of class 'c' are held out: it cannot be learned");
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan_split, what_cannot_serve_is_refused_by_name)
{
    static const struct {
        const char *group, *time, *text;
    } cases[] = {
        {"z", NULL, "validation_group: "},
        {"y", NULL, "validation_group: column 'y' is the target"},
        {"same", NULL, "validation_group: expected 2 values or more"},
        {"none", NULL, "validation_group: expected 2 values or more"},
        {NULL, "same", "validation_time: expected 2 values or more"},
        {NULL, "word", "got 'soon' in row 2"},
        {NULL, "flag", "validation_time: column 'flag'"},
        {"word", "x", "got both"},
    };
    mlp_table *table = csv_table("x,same,none,word,flag,y\n"
                                 "1,5,,2024-01-01,true,1.5\n"
                                 "2,5,,soon,false,2\n3,5,,,true,7\n",
                                 NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_fit_spec spec = spec_for(target);
        spec.validation_group = cases[i].group;
        spec.validation_time = cases[i].time;
        mlp_error err = refusal_of(table, &spec);
        cr_expect_not_null(strstr(err.text, cases[i].text), "%s", err.text);
    }
    mlp_table_destroy(table);
}

Test(plan_split, a_model_takes_rows_with_the_column_and_without_it)
{
    mlp_table *table = visits(true);
    mlp_fit_spec spec = spec_for(target);
    mlp_fit_report report;
    spec.validation_group = "p";
    spec.training.epochs = 2;
    mlp_model *model = trained(table, &spec, &report);
    cr_expect_eq(mlp_model_n_features(model), 2);
    cr_expect_eq(mlp_model_n_ignored(model), 1);
    cr_expect_eq(report.validation.n_rows, 60, "five folds of two patients");
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

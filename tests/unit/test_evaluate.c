/* SPDX-License-Identifier: MIT */
#include "mlp/evaluate.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "models.h"
#include "tables.h"

static mlp_score_table *evaluated(const mlp_model *model,
                                  const mlp_table *table,
                                  const double *baseline)
{
    mlp_evaluate_options options = {.baseline = baseline};
    mlp_score_table *scores;
    mlp_error err;
    cr_assert_eq(mlp_model_evaluate(model, table, &options, &scores, &err),
                 MLP_OK, "%s", err.text);
    return scores;
}

/* The text that refuses rows; `table` is destroyed. */
static const char *refusal(const mlp_model *model, mlp_table *table)
{
    static mlp_error err;
    mlp_score_table *scores = (void *)&err;
    cr_expect_eq(mlp_model_evaluate(model, table, NULL, &scores, &err),
                 MLP_INVALID);
    cr_expect_null(scores);
    mlp_table_destroy(table);
    return err.text;
}

static void expect_in(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "%s", text);
}

/* --- what is right -------------------------------------------------------- */

Test(evaluate, classes_are_found_by_what_they_say)
{
    static const char *const target[] = {"species"};
    mlp_fit_spec spec = spec_for(target);
    mlp_table *train = file_table("tests/data/iris/train.csv", "species");
    mlp_table *test = file_table("tests/data/iris/test.csv", "species");
    mlp_model *model = trained(train, &spec, NULL);
    mlp_score_table *scores = evaluated(model, test, NULL);
    cr_expect_eq(scores->scores.n_rows, 30);
    cr_expect_eq(scores->n_skipped, 0);
    cr_expect_float_eq(scores->scores.accuracy, accuracy_on(model, test),
                       1e-12);
    cr_expect_gt(scores->scores.auc, 0.95);
    cr_expect_eq(scores->n_classes, 3);
    cr_expect_eq(scores->classes[0].support + scores->classes[1].support +
                     scores->classes[2].support,
                 30);
    cr_expect(isnan(scores->scores.baseline.accuracy));
    mlp_score_table_destroy(scores);
    mlp_model_destroy(model);
    mlp_table_destroy(train);
    mlp_table_destroy(test);
}

/* The very rows of a plan without validation give its report. */
static void same_as_report(const mlp_table *table, const mlp_fit_spec *spec)
{
    mlp_plan *plan = plan_of(table, spec);
    mlp_fit_report report;
    mlp_model *model;
    mlp_score_table *mine, *of_plan;
    double baseline[2];
    cr_assert_eq(mlp_plan_run(plan, NULL, &model, &report, NULL), MLP_OK);
    mlp_plan_baseline(plan, baseline);
    mine = evaluated(model, table, baseline);
    cr_expect_arr_eq(&mine->scores, &report.train, sizeof mine->scores);
    cr_assert_eq(mlp_plan_score(plan, model, MLP_PLAN_TRAINING, &of_plan, NULL),
                 MLP_OK);
    cr_expect_arr_eq(&of_plan->scores, &report.train, sizeof mine->scores);
    cr_expect_eq(of_plan->n_classes, mine->n_classes);
    cr_expect_eq(of_plan->n_targets, mine->n_targets);
    mlp_score_table_destroy(mine);
    mlp_score_table_destroy(of_plan);
    mlp_model_destroy(model);
    mlp_plan_destroy(plan);
}

static const char numbers[] = "a,t,u\n1,0,1\n2,1,0\n4,1,1\n3,0,0\n0,0,1\n";

Test(evaluate, rows_of_the_training_give_the_scores_of_its_report)
{
    static const char *const targets[] = {"t", "u"};
    static const char *const features[] = {"a"};
    static const mlp_task tasks[] = {MLP_TASK_CLASSIFICATION,
                                     MLP_TASK_REGRESSION, MLP_TASK_MULTILABEL};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        bool one = tasks[i] == MLP_TASK_CLASSIFICATION;
        mlp_table *table = csv_table(numbers, one ? "t" : NULL);
        mlp_fit_spec spec = {.task = tasks[i],
                             .targets = targets,
                             .n_targets = one ? 1 : 2,
                             .features = features,
                             .n_features = 1,
                             .training = {.epochs = 3}};
        same_as_report(table, &spec);
        mlp_table_destroy(table);
    }
}

Test(evaluate, baseline_is_what_the_training_rows_are_like)
{
    static const char *const target[] = {"t"};
    mlp_table *table = csv_table("a,t\n1,x\n2,x\n3,y\n4,x\n", "t");
    mlp_fit_spec spec = spec_for(target);
    mlp_plan *plan = plan_of(table, &spec);
    double baseline[2];
    mlp_plan_baseline(plan, baseline);
    cr_expect_eq(baseline[0], 0.75);
    cr_expect_eq(baseline[1], 0.25);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
    table = csv_table("a,t\n1,10\n2,11\n3,15\n4,20.5\n", NULL);
    plan = plan_of(table, &spec);
    mlp_plan_baseline(plan, baseline);
    cr_expect_float_eq(baseline[0], 56.5 / 4, 1e-6);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* --- labels --------------------------------------------------------------- */

/* Trained on spellings, asked with floats. */
Test(evaluate, number_is_a_class_whether_or_not_it_was_a_float_on_the_way)
{
    static const char *const target[] = {"t"};
    mlp_fit_spec spec = spec_for(target);
    spec.task = MLP_TASK_CLASSIFICATION;
    spec.training.epochs = 1;
    mlp_table *spelled = csv_table("a,t\n1,0.1\n2,0.7\n3,0.1\n4,0.7\n", "t");
    mlp_table *floats = csv_table("a,t\n1,0.1\n2,0.7\n3,0.1\n4,0.7\n", NULL);
    const mlp_table *from[] = {spelled, floats};
    for (size_t i = 0; i < 4; i++) {
        mlp_model *model = trained(from[i / 2], &spec, NULL);
        mlp_score_table *scores = evaluated(model, from[i % 2], NULL);
        cr_expect_eq(scores->classes[0].support, 2);
        cr_expect_eq(scores->classes[1].support, 2);
        mlp_score_table_destroy(scores);
        mlp_model_destroy(model);
    }
    mlp_table_destroy(spelled);
    mlp_table_destroy(floats);
}

Test(evaluate, label_that_the_model_does_not_know_is_named_with_its_row)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    expect_in(refusal(model, csv_table("a,b,t\n1,5,0\n2,3,2\n", "t")),
              "column 't', row 2: the model has no class 2");
    expect_in(refusal(model, csv_table("a,b,t\n1,5,0\n2,3,2.5\n", NULL)),
              "column 't', row 2: the model has no class 2.5");
    expect_in(refusal(model, csv_table("a,b,t\n1,5,no\n", "t")),
              "column 't', row 1: the model has no class \"no\"");
    mlp_model_destroy(model);
}

Test(evaluate, value_that_a_target_cannot_have_is_named_with_its_row)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    expect_in(refusal(model, csv_table("a,b,t,u\n1,5,0,x\n", NULL)),
              "column 'u', row 1: expected a number, got \"x\"");
    mlp_model_destroy(model);
    model = small_model(MLP_TASK_MULTILABEL);
    expect_in(refusal(model, csv_table("a,b,t,u\n1,5,1,0\n1,5,1,2\n", NULL)),
              "column 'u', row 2: expected 0, 1, false or true, got 2");
    mlp_model_destroy(model);
}

Test(evaluate, columns_that_are_missing_or_too_many_are_named)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    expect_in(refusal(model, csv_table("a,b\n1,5\n", NULL)),
              "column 't' is missing");
    expect_in(refusal(model, csv_table("a,t\n1,0\n", "t")),
              "column 'b' is missing");
    expect_in(refusal(model, csv_table("a,b,c,t\n1,5,1,0\n", "t")),
              "column 'c': the model has no such feature");
    mlp_model_destroy(model);
}

Test(evaluate, rows_without_a_target_are_left_out_and_counted)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    mlp_table *table = csv_table("a,b,t\n1,5,0\n2,3,\n,,1\n0,0,\n", "t");
    mlp_score_table *scores = evaluated(model, table, NULL);
    cr_expect_eq(scores->scores.n_rows, 2);
    cr_expect_eq(scores->n_skipped, 2);
    mlp_score_table_destroy(scores);
    mlp_table_destroy(table);
    expect_in(refusal(model, csv_table("a,b,t\n1,5,\n2,3,\n", "t")),
              "no row says what is right");
    expect_in(refusal(model, csv_table("a,b,t\n", "t")), "there are no rows");
    mlp_model_destroy(model);
}

/* --- stopping and failing ------------------------------------------------- */

static bool at_once(void *context)
{
    ++*(int *)context;
    return true;
}

Test(evaluate, it_can_be_stopped)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_table *table = csv_table("a,b,t,u\n1,5,0,1\n", NULL);
    int n_asked = 0;
    mlp_evaluate_options options = {.is_cancelled = at_once,
                                    .context = &n_asked};
    mlp_score_table *scores;
    cr_expect_eq(mlp_model_evaluate(model, table, &options, &scores, NULL),
                 MLP_CANCELLED);
    cr_expect_eq(n_asked, 1);
    cr_expect_null(scores);
    mlp_table_destroy(table);
    mlp_model_destroy(model);
}

struct seen {
    size_t n, rows[4];
    float truths[4];
    float outputs[4][2];
};

static void
see(void *context, size_t row, const float *truth, const float *said)
{
    struct seen *seen = context;
    seen->rows[seen->n] = row;
    seen->truths[seen->n] = truth[0];
    seen->outputs[seen->n][0] = said[0];
    seen->outputs[seen->n++][1] = said[1];
}

Test(evaluate, visitor_sees_each_row_that_counts_and_what_was_said)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    mlp_table *table = csv_table("a,b,t\n1,5,0\n2,3,\n3,1,1\n", "t");
    float *answers = answers_of(model, table);
    struct seen seen = {0};
    mlp_evaluate_options options = {.visit = see, .visitor = &seen};
    mlp_score_table *scores;
    cr_assert_eq(mlp_model_evaluate(model, table, &options, &scores, NULL),
                 MLP_OK);
    cr_assert_eq(seen.n, 2);
    cr_expect_eq(seen.rows[0], 0);
    cr_expect_eq(seen.rows[1], 2);
    cr_expect_eq(seen.truths[0], 0);
    cr_expect_eq(seen.truths[1], 1);
    cr_expect_arr_eq(seen.outputs[0], answers, sizeof seen.outputs[0]);
    cr_expect_arr_eq(seen.outputs[1], answers + 4, sizeof seen.outputs[1]);
    mlp_score_table_destroy(scores);
    free(answers);
    mlp_table_destroy(table);
    mlp_model_destroy(model);
}

Test(evaluate, leaks_nothing_when_any_single_allocation_fails)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    mlp_table *table = csv_table("a,b,t\n1,5,0\n2,3,1\n", "t");
    bool failed = true;
    for (size_t n = 0; failed; n++) {
        mlp_score_table *scores;
        allocation_watch(n);
        mlp_status status =
            mlp_model_evaluate(model, table, NULL, &scores, NULL);
        mlp_score_table_destroy(scores);
        struct allocation_report report = allocation_unwatch();
        failed = report.failed;
        cr_expect_eq(status, failed ? MLP_NOMEM : MLP_OK, "%zu", n);
        cr_expect_eq(report.n_left, 0, "%zu", n);
    }
    mlp_table_destroy(table);
    mlp_model_destroy(model);
}

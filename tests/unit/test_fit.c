/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "base/random.h"
#include "models.h"
#include "tables.h"

/* --- real data -------------------------------------------------------------
 *
 * With nothing but the target. Seeds are fixed, so these are exact runs and
 * not chances; the bounds leave room for another kernel's rounding. */

static double test_accuracy(const char *folder, const char *name, uint64_t seed)
{
    char path[64];
    const char *const target[] = {name};
    mlp_fit_spec spec = spec_for(target);
    spec.training.seed = seed;
    snprintf(path, sizeof path, "tests/data/%s/train.csv", folder);
    mlp_table *train = file_table(path, name);
    snprintf(path, sizeof path, "tests/data/%s/test.csv", folder);
    mlp_table *test = file_table(path, name);
    mlp_model *model = trained(train, &spec, NULL);
    double accuracy = accuracy_on(model, test);
    mlp_model_destroy(model);
    mlp_table_destroy(train);
    mlp_table_destroy(test);
    return accuracy;
}

Test(fit, iris_is_learned_to_93_percent)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        double accuracy = test_accuracy("iris", "species", seed);
        cr_expect_geq(accuracy, 0.93, "seed %zu: %g", (size_t)seed, accuracy);
    }
}

Test(fit, wdbc_is_learned_to_95_percent)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        double accuracy = test_accuracy("wdbc", "diagnosis", seed);
        cr_expect_geq(accuracy, 0.95, "seed %zu: %g", (size_t)seed, accuracy);
    }
}

/* Told nothing but the kind; the mean has an R2 of 0. */
Test(fit, every_optimizer_learns_diabetes_with_its_defaults)
{
    static const char *const target[] = {"target"};
    mlp_table *table = file_table("tests/data/diabetes/train.csv", "target");
    for (int kind = MLP_OPTIMIZER_GD; kind <= MLP_OPTIMIZER_ADAMW; kind++) {
        mlp_fit_spec spec = spec_for(target);
        mlp_fit_report report;
        spec.training.seed = 1;
        spec.training.optimizer = mlp_optimizer_defaults((mlp_optimizer)kind);
        mlp_model_destroy(trained(table, &spec, &report));
        cr_expect_gt(report.validation.r2, 0.2, "%s: %g",
                     mlp_optimizer_name((mlp_optimizer)kind),
                     report.validation.r2);
    }
    mlp_table_destroy(table);
}

Test(fit, diabetes_is_foretold_better_than_by_its_mean)
{
    static const char *const target[] = {"target"};
    mlp_table *train = file_table("tests/data/diabetes/train.csv", "target");
    mlp_table *test = file_table("tests/data/diabetes/test.csv", NULL);
    mlp_fit_spec spec = spec_for(target);
    mlp_fit_report report;
    mlp_model *model = trained(train, &spec, &report);
    size_t n = mlp_table_n_rows(test), column;
    float *y = answers_of(model, test);
    double squares = 0, mean = 0, variance = 0;
    cr_assert(mlp_table_find(test, "target", &column));
    for (size_t i = 0; i < n; i++)
        mean += (double)mlp_table_value(test, i, column) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double t = (double)mlp_table_value(test, i, column);
        squares += ((double)y[i] - t) * ((double)y[i] - t);
        variance += (t - mean) * (t - mean);
    }
    cr_expect_lt(squares, 0.7 * variance, "R2 %g", 1 - squares / variance);
    cr_expect_gt(report.train.r2, 0.4);
    cr_expect_float_eq(report.train.rmse * report.train.rmse, report.train.loss,
                       1e-6);
    cr_expect(isnan(report.train.accuracy));
    free(y);
    mlp_model_destroy(model);
    mlp_table_destroy(train);
    mlp_table_destroy(test);
}

/* --- exactness -------------------------------------------------------------
 */

static const char *const y[] = {"y"};

/* Rows around the circle x^2 + z^2 = 1, in or out. */
static mlp_table *disc(size_t n, bool numbers)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "x,z,y\n");
    for (size_t i = 0; i < n; i++) {
        int x = (int)(i * 37 % 41) - 20, z = (int)(i * 53 % 43) - 21;
        bool in = x * x + z * z < 200;
        mlp_buffer_format(&csv, "%d,%d,%s\n", x, z,
                          numbers ? in ? "3" : "-1"
                          : in    ? "in"
                                  : "out");
    }
    mlp_table *table = csv_table(csv.data, numbers ? NULL : "y");
    mlp_buffer_free(&csv);
    return table;
}

static mlp_buffer file_after(const mlp_table *table, const mlp_fit_spec *spec)
{
    mlp_model *model = trained(table, spec, NULL);
    mlp_buffer file = file_of(model);
    mlp_model_destroy(model);
    return file;
}

static bool same_files(mlp_buffer a, mlp_buffer b)
{
    bool same = a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
    mlp_buffer_free(&a);
    mlp_buffer_free(&b);
    return same;
}

Test(fit, the_same_plan_gives_the_same_bytes)
{
    mlp_table *table = disc(120, false);
    mlp_fit_spec spec = spec_for(y);
    spec.training.epochs = 4;
    spec.dropout = 0.2;
    mlp_fit_spec other = spec;
    other.training.seed = 1;
    cr_expect(same_files(file_after(table, &spec), file_after(table, &spec)));
    cr_expect_not(
        same_files(file_after(table, &spec), file_after(table, &other)));
    mlp_table_destroy(table);
}

Test(fit, one_plan_runs_twice_to_the_same_bytes)
{
    mlp_table *table = disc(60, true);
    mlp_fit_spec spec = spec_for(y);
    mlp_fit_report report;
    mlp_model *first, *second;
    mlp_error err;
    spec.training.epochs = 3;
    mlp_plan *plan = plan_of(table, &spec);
    cr_assert_eq(mlp_plan_run(plan, NULL, &first, &report, &err), MLP_OK);
    cr_assert_eq(mlp_plan_run(plan, NULL, &second, &report, &err), MLP_OK);
    cr_expect(same_files(file_of(first), file_of(second)));
    mlp_model_destroy(first);
    mlp_model_destroy(second);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* The report's loss comes by the way of predictions, the trainer's by its own;
 * they agree because both encode and forward alike. */
Test(fit, scores_are_those_of_the_best_epoch)
{
    mlp_table *table = disc(200, false);
    mlp_fit_spec spec = spec_for(y);
    mlp_fit_report report;
    spec.training.epochs = 30;
    spec.n_members = 1;
    spec.calibrate_given = true; /* not to */
    mlp_model *model = trained(table, &spec, &report);
    const mlp_epoch *best = &report.training.best;
    cr_expect_eq(report.validation.n_rows, 40);
    cr_expect_float_eq(report.validation.loss, best->validation_loss, 1e-5);
    cr_expect_float_eq(report.validation.accuracy, best->validation_accuracy,
                       1e-9);
    cr_expect_eq(report.train.n_rows, 160);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

/* Labels that mean nothing can be learned by heart, but not foretold: what a
 * fold is scored by must not have seen it. */
Test(fit, a_fold_is_judged_by_who_has_not_seen_it)
{
    random_stream random;
    mlp_buffer csv;
    mlp_fit_report report;
    random_init(&random, 8, 9);
    mlp_buffer_init(&csv, 1 << 16);
    mlp_buffer_text(&csv, "a,b,c,d,y\n");
    for (size_t i = 0; i < 200; i++)
        mlp_buffer_format(&csv, "%g,%g,%g,%g,%c\n", random_normal(&random),
                          random_normal(&random), random_normal(&random),
                          random_normal(&random),
                          random_below(&random, 2) ? 'u' : 'v');
    mlp_table *table = csv_table(csv.data, "y");
    mlp_fit_spec spec = spec_for(y);
    spec.n_members = 5;
    spec.training.epochs = 300;
    spec.training.keep_last = true;
    spec.dropout_given = spec.weight_decay_given = true; /* none */
    mlp_model_destroy(trained(table, &spec, &report));
    cr_expect_eq(report.train.n_rows, 200);
    cr_expect_eq(report.validation.n_rows, 200);
    cr_expect_gt(report.train.accuracy, 0.85);
    cr_expect_lt(report.validation.accuracy, 0.65);
    mlp_buffer_free(&csv);
    mlp_table_destroy(table);
}

/* --- tasks -----------------------------------------------------------------
 */

Test(fit, numbers_serve_as_classes)
{
    mlp_table *table = disc(400, true);
    mlp_fit_spec spec = spec_for(y);
    mlp_fit_report report;
    mlp_model *model = trained(table, &spec, &report);
    cr_expect_str_eq(mlp_model_class(model, 0)->text, "-1");
    cr_expect_eq(mlp_model_class(model, 1)->number, 3);
    cr_expect_gt(report.train.accuracy, 0.95);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(fit, one_sigmoid_a_class_serves_as_well)
{
    static const mlp_loss losses[] = {MLP_LOSS_AUTO, MLP_LOSS_MSE};
    mlp_table *table = disc(400, false);
    for (size_t i = 0; i < 2; i++) {
        mlp_fit_spec spec = spec_for(y);
        mlp_fit_report report;
        spec.network.output = MLP_OUTPUT_SIGMOID;
        spec.training.loss = losses[i];
        mlp_model *model = trained(table, &spec, &report);
        cr_expect_eq(mlp_model_n_outputs(model), 2);
        cr_expect_gt(report.train.accuracy, 0.95);
        mlp_model_destroy(model);
    }
    mlp_table_destroy(table);
}

Test(fit, several_labels_are_learned_each_on_its_own)
{
    static const char *const targets[] = {"p", "q"};
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "x,z,p,q\n");
    for (int i = 0; i < 200; i++) {
        int x = i * 37 % 41 - 20, z = i * 53 % 43 - 21;
        mlp_buffer_format(&csv, "%d,%d,%d,%d\n", x, z, x > 0, x + z > 0);
    }
    mlp_table *table = csv_table(csv.data, NULL);
    mlp_fit_spec spec = {.targets = targets, .n_targets = 2};
    mlp_fit_report report;
    mlp_model *model = trained(table, &spec, &report);
    cr_expect_eq(mlp_model_task(model), MLP_TASK_MULTILABEL);
    cr_expect_eq(mlp_model_n_outputs(model), 2);
    cr_expect_gt(report.train.accuracy, 0.97);
    cr_expect_gt(report.validation.accuracy, 0.9);
    mlp_buffer_free(&csv);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

/* Two targets of very different size: each comes back in its own unit. */
Test(fit, several_values_come_back_in_their_own_units)
{
    static const char *const targets[] = {"small", "large"};
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "x,z,small,large\n");
    for (int i = 0; i < 300; i++) {
        int x = i * 37 % 41 - 20, z = i * 53 % 43 - 21;
        mlp_buffer_format(&csv, "%d,%d,%g,%d\n", x, z, x * 0.001,
                          1000000 + 50000 * z);
    }
    mlp_table *table = csv_table(csv.data, NULL);
    mlp_fit_spec spec = {.targets = targets, .n_targets = 2};
    mlp_fit_report report;
    mlp_model *model = trained(table, &spec, &report);
    cr_expect_eq(mlp_model_task(model), MLP_TASK_REGRESSION);
    cr_expect_gt(report.train.r2, 0.99);
    float *answers = answers_of(model, table);
    cr_expect_lt(fabsf(answers[0]), 0.03F);
    cr_expect_gt(fabsf(answers[1]), 100.0F);
    free(answers);
    mlp_buffer_free(&csv);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(fit, a_constant_target_is_foretold_as_what_it_is)
{
    mlp_table *table = csv_table("x,y\n1,12.5\n2,12.5\n3,12.5\n", NULL);
    mlp_fit_spec spec = spec_for(y);
    mlp_fit_report report;
    spec.task = MLP_TASK_REGRESSION;
    mlp_model *model = trained(table, &spec, &report);
    cr_expect_lt(report.train.rmse, 0.5);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(fit, rows_without_a_target_teach_nothing)
{
    mlp_table *whole = csv_table("x,y\n1,a\n2,b\n3,a\n4,b\n", "y");
    mlp_table *gaps = csv_table("x,y\n9,\n1,a\n2,b\n8,\n3,a\n4,b\n", "y");
    mlp_fit_spec spec = spec_for(y);
    spec.training.epochs = 5;
    spec.training.no_shuffle = true;
    cr_expect(same_files(file_after(whole, &spec), file_after(gaps, &spec)));
    mlp_table_destroy(whole);
    mlp_table_destroy(gaps);
}

/* --- warm start ------------------------------------------------------------
 */

Test(fit, a_warm_start_goes_on_where_the_model_stopped)
{
    mlp_table *table = disc(200, false);
    mlp_fit_spec spec = spec_for(y);
    mlp_fit_report before, after;
    spec.training.epochs = 40;
    mlp_model *first = trained(table, &spec, &before);
    spec.from = first;
    spec.training.epochs = 1;
    mlp_model *second = trained(table, &spec, &after);
    cr_expect_lt(after.train.loss, before.train.loss * 1.2);
    cr_expect_eq(mlp_model_n_features(second), 2);
    mlp_model_destroy(first);
    mlp_model_destroy(second);
    mlp_table_destroy(table);
}

Test(fit, a_warm_start_takes_columns_by_name_and_classes_in_part)
{
    mlp_table *table = disc(200, false);
    mlp_table *crossed = csv_table("y,z,x\nin,1,2\nin,2,1\n", "y");
    mlp_fit_spec spec = spec_for(y);
    spec.training.epochs = 5;
    mlp_model *first = trained(table, &spec, NULL);
    spec.from = first;
    mlp_model *second = trained(crossed, &spec, NULL);
    cr_expect_str_eq(mlp_model_feature(second, 0), "x");
    cr_expect_eq(mlp_model_n_outputs(second), 2);
    mlp_model_destroy(first);
    mlp_model_destroy(second);
    mlp_table_destroy(table);
    mlp_table_destroy(crossed);
}

Test(fit, a_warm_start_that_does_not_fit_is_refused)
{
    static const mlp_layer_spec hidden[] = {{7, MLP_RELU, 0}};
    static const struct {
        const char *csv, *place;
    } bad[] = {
        {"x,y\n1,in\n2,out\n", "'z'"},
        {"x,z,v,y\n1,2,3,in\n2,3,4,out\n", "features"},
        {"x,z,y\n1,2,in\n2,3,beside\n", "'beside'"},
        {"x,z,y\n1,2,1\n2,3,2\n", "no class"},
    };
    mlp_table *table = disc(60, false);
    mlp_fit_spec spec = spec_for(y);
    spec.training.epochs = 2;
    mlp_model *first = trained(table, &spec, NULL);
    spec.from = first;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mlp_table *other = csv_table(bad[i].csv, "y");
        mlp_error err = refusal_of(other, &spec);
        cr_expect_not_null(strstr(err.text, bad[i].place), "%s", err.text);
        mlp_table_destroy(other);
    }
    spec.task = MLP_TASK_MULTILABEL;
    cr_expect_not_null(strstr(refusal_of(table, &spec).text, "'y'"));
    spec.task = MLP_TASK_AUTO;
    spec.scaling = MLP_SCALING_NONE;
    cr_expect_not_null(strstr(refusal_of(table, &spec).text, "scaling"));
    spec.scaling = MLP_SCALING_AUTO;
    spec.hidden_given = true;
    spec.network.n_hidden = 1;
    spec.network.hidden = hidden;
    cr_expect_not_null(strstr(refusal_of(table, &spec).text, "layers"));
    mlp_model_destroy(first);
    mlp_table_destroy(table);
}

Test(fit, a_warm_start_for_another_target_or_task_is_refused)
{
    static const char *const z[] = {"z"};
    mlp_table *table = csv_table("x,z,y\n1,2,0\n2,1,1\n3,1,1\n", NULL);
    mlp_fit_spec spec = spec_for(y);
    spec.training.epochs = 2;
    spec.exclude = z;
    spec.n_exclude = 1;
    mlp_model *first = trained(table, &spec, NULL);
    spec.from = first;
    spec.task = MLP_TASK_REGRESSION;
    cr_expect_not_null(strstr(refusal_of(table, &spec).text, "its task"));
    spec.task = MLP_TASK_AUTO;
    spec.targets = z;
    spec.exclude = y;
    cr_expect_not_null(strstr(refusal_of(table, &spec).text, "'y'"));
    mlp_model_destroy(first);
    mlp_table_destroy(table);
}

Test(fit, a_warm_start_of_regression_keeps_the_unit_of_its_targets)
{
    mlp_table *table = csv_table("x,y\n1,10\n2,20\n3,30\n4,40\n", NULL);
    mlp_table *far = csv_table("x,y\n1,1000\n2,2000.5\n", NULL);
    mlp_fit_spec spec = spec_for(y);
    spec.task = MLP_TASK_REGRESSION;
    spec.clamp_given = true; /* not to */
    spec.training.epochs = 50;
    mlp_model *first = trained(table, &spec, NULL);
    float *before = answers_of(first, table);
    spec.from = first;
    spec.training.epochs = 1;
    spec.training.learning_rate = 1e-12;
    mlp_model *second = trained(far, &spec, NULL);
    float *after = answers_of(second, table);
    for (size_t i = 0; i < 4; i++)
        cr_expect_float_eq(before[i], after[i], 1e-3);
    free(before);
    free(after);
    mlp_model_destroy(first);
    mlp_model_destroy(second);
    mlp_table_destroy(table);
    mlp_table_destroy(far);
}

/* --- stopping --------------------------------------------------------------
 */

static bool at_once(void *context)
{
    (void)context;
    return true;
}

Test(fit, a_run_that_is_stopped_gives_no_model)
{
    mlp_table *table = disc(60, false);
    mlp_fit_spec spec = spec_for(y);
    mlp_plan *plan = plan_of(table, &spec);
    mlp_hooks hooks = {.should_stop = at_once};
    mlp_fit_report report;
    mlp_model *model;
    mlp_error err;
    cr_expect_eq(mlp_plan_run(plan, &hooks, &model, &report, &err),
                 MLP_CANCELLED);
    cr_expect_null(model);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(fit, a_run_that_diverges_says_so_and_gives_no_model)
{
    mlp_table *table = disc(60, true);
    mlp_fit_spec spec = spec_for(y);
    spec.task = MLP_TASK_REGRESSION;
    spec.training.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD);
    spec.training.learning_rate = 1e6;
    mlp_plan *plan = plan_of(table, &spec);
    mlp_fit_report report;
    mlp_model *model;
    mlp_error err;
    cr_expect_eq(mlp_plan_run(plan, NULL, &model, &report, &err), MLP_DIVERGED);
    cr_expect_null(model);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* --- memory ----------------------------------------------------------------
 */

/* All that a task needs, on a table of few rows. */
static mlp_fit_spec torture_spec(mlp_task task)
{
    static const mlp_class_weight weights[] = {{"3", 2}};
    static const char *const excluded[] = {"e"};
    mlp_fit_spec spec = spec_for(y);
    spec.task = task;
    spec.training.epochs = 1;
    spec.validation_given = true;
    spec.validation = 0.3;
    spec.exclude = excluded;
    spec.n_exclude = 1;
    spec.n_class_weights = task == MLP_TASK_CLASSIFICATION;
    spec.class_weights = weights;
    return spec;
}

Test(plan, create_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_table *table =
        csv_table("x,c,e,y\n1,5,a,3\n2,5,b,-1\n3,5,a,\n4,5,,3\n", NULL);
    for (int task = MLP_TASK_CLASSIFICATION; task <= MLP_TASK_REGRESSION;
         task++) {
        mlp_fit_spec spec = torture_spec((mlp_task)task);
        for (size_t n = 0;; n++) {
            mlp_plan *plan;
            allocation_watch(n);
            mlp_status status = mlp_plan_create(table, &spec, &plan, NULL);
            struct allocation_report report = allocation_unwatch();
            if (!report.failed) {
                cr_expect_gt(n, 15);
                mlp_plan_destroy(plan);
                break;
            }
            cr_expect_eq(status, MLP_NOMEM, "allocation %zu", n);
            cr_expect_null(plan);
            cr_expect_eq(report.n_left, 0, "allocation %zu", n);
        }
    }
    mlp_table_destroy(table);
}

Test(fit, run_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_table *table =
        csv_table("x,c,e,y\n1,5,a,3\n2,5,b,-1\n3,5,a,\n4,5,,3\n", NULL);
    for (int task = MLP_TASK_CLASSIFICATION; task <= MLP_TASK_REGRESSION;
         task++) {
        mlp_fit_spec spec = torture_spec((mlp_task)task);
        mlp_plan *plan = plan_of(table, &spec);
        for (size_t n = 0;; n++) {
            mlp_fit_report unread;
            mlp_model *model;
            allocation_watch(n);
            mlp_status status = mlp_plan_run(plan, NULL, &model, &unread, NULL);
            struct allocation_report report = allocation_unwatch();
            if (!report.failed) {
                cr_expect_gt(n, 15);
                mlp_model_destroy(model);
                break;
            }
            cr_expect_eq(status, MLP_NOMEM, "allocation %zu", n);
            cr_expect_null(model);
            cr_expect_eq(report.n_left, 0, "allocation %zu", n);
        }
        mlp_plan_destroy(plan);
    }
    mlp_table_destroy(table);
}

/* SPDX-License-Identifier: MIT */
#include "mlp/explain.h"
#include "mlp/rows.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "models.h"
#include "near.h"
#include "tables.h"

/* Everything there is to say of a table's rows, asked about one output, or
 * about each row's largest. */
struct explained {
    size_t n, n_features;
    float *y, *parts, *baselines, *values;
    size_t *outputs;
};

static struct explained
explain(const mlp_model *model, const mlp_table *table, size_t max_rows)
{
    size_t n = mlp_table_n_rows(table), n_outputs = mlp_model_n_outputs(model);
    struct explained e = {
        n, mlp_model_n_features(model), NULL, NULL, NULL, NULL, NULL};
    mlp_explainer *explainer;
    mlp_error err;
    float *rows = calloc(n * e.n_features, sizeof *rows);
    e.y = answers_of(model, table);
    e.parts = calloc(n * e.n_features, sizeof *e.parts);
    e.baselines = calloc(n, sizeof *e.baselines);
    e.values = calloc(n, sizeof *e.values);
    e.outputs = calloc(n, sizeof *e.outputs);
    cr_assert(rows && e.parts && e.baselines && e.values && e.outputs);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 1; c < n_outputs; c++)
            if (e.y[i * n_outputs + c] > e.y[i * n_outputs + e.outputs[i]])
                e.outputs[i] = c;
    cr_assert_eq(mlp_model_align(model, table, rows, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(mlp_explainer_create(model, max_rows, &explainer, &err),
                 MLP_OK, "%s", err.text);
    mlp_model_explain(model, explainer, rows, n, e.outputs, e.parts,
                      e.baselines, e.values);
    mlp_explainer_destroy(explainer);
    free(rows);
    return e;
}

static void explained_free(struct explained *e)
{
    free(e->y);
    free(e->parts);
    free(e->baselines);
    free(e->values);
    free(e->outputs);
}

static float part(const struct explained *e, size_t row, size_t column)
{
    return e->parts[row * e->n_features + column];
}

/* How far the parts are from adding up, of what there is to add up to. */
static double worst_gap(const struct explained *e)
{
    double worst = 0, size = 0;
    for (size_t i = 0; i < e->n; i++) {
        double sum = (double)e->baselines[i];
        for (size_t j = 0; j < e->n_features; j++)
            sum += (double)part(e, i, j);
        worst = fmax(worst, fabs(sum - (double)e->values[i]));
        size = fmax(size, fabs((double)(e->values[i] - e->baselines[i])));
    }
    return worst / size;
}

static struct explained explain_file(const char *folder, const char *target)
{
    char path[64];
    const char *const targets[] = {target};
    mlp_fit_spec spec = spec_for(targets);
    spec.n_members = 1;
    spec.training.seed = 1;
    spec.training.epochs = 40;
    snprintf(path, sizeof path, "tests/data/%s/train.csv", folder);
    mlp_table *train = file_table(path, target);
    snprintf(path, sizeof path, "tests/data/%s/test.csv", folder);
    mlp_table *test = file_table(path, target);
    mlp_model *model = trained(train, &spec, NULL);
    struct explained e = explain(model, test, 7);
    mlp_model_destroy(model);
    mlp_table_destroy(train);
    mlp_table_destroy(test);
    return e;
}

/* --- real data -------------------------------------------------------------
 */

Test(explain, parts_add_up_on_real_data)
{
    static const struct {
        const char *folder, *target;
    } files[] = {
        {"iris", "species"}, {"wdbc", "diagnosis"}, {"diabetes", "target"}};
    for (size_t i = 0; i < 3; i++) {
        struct explained e = explain_file(files[i].folder, files[i].target);
        cr_expect_lt(worst_gap(&e), 0.03, "%s: %g", files[i].folder,
                     worst_gap(&e));
        explained_free(&e);
    }
}

Test(explain, a_value_is_that_of_the_prediction_in_its_unit)
{
    struct explained e = explain_file("diabetes", "target");
    for (size_t i = 0; i < e.n; i++) {
        bool clamped = e.values[i] < 25 || e.values[i] > 346;
        cr_expect(clamped || near((double)e.values[i], (double)e.y[i], 1e-4),
                  "row %zu: %g, predicted %g", i, (double)e.values[i],
                  (double)e.y[i]);
    }
    explained_free(&e);
}

/* --- what a column adds ----------------------------------------------------
 */

static const char *const y[] = {"y"};

/* y = 3 a + what the level says; b is noise, c is always 1. */
static mlp_table *linear_table(bool two_levels)
{
    static const int of_level[] = {0, 20, -10};
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "a,b,c,l,y\n");
    for (size_t i = 0; i < 400; i++) {
        int a = (int)(i * 37 % 41) - 20, b = (int)(i * 53 % 43) - 21;
        size_t l = i * 31 % 17 % (two_levels ? 2 : 3);
        char cell[16] = "";
        if (i % 20 != 7)
            snprintf(cell, sizeof cell, "%d", a);
        mlp_buffer_format(&csv, "%s,%d,1,%c,%d\n", cell, b, "xyz"[l],
                          (i % 20 != 7 ? 3 * a : 60) + of_level[l]);
    }
    mlp_table *table = csv_table(csv.data, NULL);
    mlp_buffer_free(&csv);
    return table;
}

static struct explained explain_linear(size_t n_members)
{
    mlp_table *table = linear_table(false);
    mlp_fit_spec spec = spec_for(y);
    spec.task = MLP_TASK_REGRESSION;
    spec.n_members = n_members;
    spec.training.epochs = 30;
    mlp_model *model = trained(table, &spec, NULL);
    struct explained e = explain(model, table, 64);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
    return e;
}

Test(explain, columns_are_folded_and_constant_ones_add_nothing)
{
    for (size_t n_members = 1; n_members < 4; n_members += 2) {
        struct explained e = explain_linear(n_members);
        double worst = worst_gap(&e);
        cr_expect_lt(worst, 0.03, "%zu members: %g", n_members, worst);
        cr_expect_eq(e.n_features, 4);
        for (size_t i = 0; i < e.n; i++) {
            cr_expect_eq(part(&e, i, 2), 0, "c is constant");
            cr_expect_lt(fabsf(part(&e, i, 1)), 8, "b is noise: %g",
                         (double)part(&e, i, 1));
        }
        /* Row 7 has no a, which is worth 60: that counts as a's. */
        cr_expect_gt(part(&e, 7, 0), 20, "%g", (double)part(&e, 7, 0));
        /* Rows 0 and 1 have levels x and z. */
        cr_expect_gt(part(&e, 0, 3), part(&e, 1, 3));
        explained_free(&e);
    }
}

Test(explain, slices_change_no_bit)
{
    mlp_table *table = linear_table(true);
    mlp_fit_spec spec = spec_for(y);
    spec.task = MLP_TASK_REGRESSION;
    spec.n_members = 1;
    spec.training.epochs = 2;
    mlp_model *model = trained(table, &spec, NULL);
    struct explained a = explain(model, table, 1);
    struct explained b = explain(model, table, 1000);
    cr_expect_arr_eq(a.parts, b.parts, a.n * a.n_features * sizeof *a.parts);
    cr_expect_arr_eq(a.values, b.values, a.n * sizeof *a.values);
    explained_free(&a);
    explained_free(&b);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(explain, more_than_one_hot_levels_add_along_their_embedding)
{
    mlp_buffer csv;
    mlp_fit_spec spec = spec_for(y);
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "l,b,y\n");
    for (size_t i = 0; i < 1400; i++) {
        size_t l = i * 31 % 101 % 70;
        mlp_buffer_format(&csv, "v%zu,%zu,%s\n", l, i * 53 % 43,
                          l < 35 ? "low" : "high");
    }
    mlp_table *table = csv_table(csv.data, "y");
    spec.n_members = 1;
    spec.training.epochs = 10;
    mlp_model *model = trained(table, &spec, NULL);
    struct explained e = explain(model, table, 64);
    size_t larger = 0;
    for (size_t i = 0; i < e.n; i++)
        larger += fabsf(part(&e, i, 0)) > fabsf(part(&e, i, 1));
    cr_expect_eq(mlp_network_shape(mlp_model_network(model))->n_inputs, 2);
    cr_expect_gt(larger, e.n * 9 / 10, "%zu of %zu", larger, e.n);
    cr_expect_lt(worst_gap(&e), 0.02, "%g", worst_gap(&e));
    explained_free(&e);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
    mlp_buffer_free(&csv);
}

Test(explain, every_task_has_log_odds_or_values)
{
    static const mlp_task tasks[] = {MLP_TASK_CLASSIFICATION,
                                     MLP_TASK_MULTILABEL, MLP_TASK_REGRESSION};
    mlp_table *table = csv_table("a,b\n1,5\n2,3\n,1\n", NULL);
    for (size_t t = 0; t < 3; t++) {
        mlp_model *model = small_model(tasks[t]);
        struct explained e = explain(model, table, 2);
        for (size_t i = 0; i < e.n; i++) {
            double said =
                (double)e.y[i * mlp_model_n_outputs(model) + e.outputs[i]];
            double value =
                tasks[t] == MLP_TASK_REGRESSION ? said : log(said / (1 - said));
            cr_expect(near((double)e.values[i], value, 1e-4),
                      "task %zu, row %zu: %g, said %g", t, i,
                      (double)e.values[i], value);
        }
        explained_free(&e);
        mlp_model_destroy(model);
    }
    mlp_table_destroy(table);
}

Test(explain, create_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    mlp_explainer *explainer = NULL;
    mlp_status status = MLP_NOMEM;
    mlp_error err;
    for (size_t i = 0; status != MLP_OK; i++) {
        allocation_watch(i);
        status = mlp_explainer_create(model, 3, &explainer, &err);
        struct allocation_report report = allocation_unwatch();
        cr_assert_eq(report.failed, status != MLP_OK);
        cr_assert_eq(report.failed, explainer == NULL);
        cr_assert(!report.failed || report.n_left == 0);
    }
    mlp_explainer_destroy(explainer);
    mlp_explainer_destroy(NULL);
    cr_expect_eq(mlp_explainer_create(model, 0, &explainer, &err), MLP_INVALID);
    cr_expect_null(explainer);
    mlp_model_destroy(model);
}

/* --- importance ------------------------------------------------------------
 */

struct importance {
    bool measured;
    double of[210];
};

static struct importance importance_of(const mlp_table *table,
                                       const mlp_fit_spec *spec,
                                       const size_t *epochs_run)
{
    struct importance out = {0};
    mlp_plan *plan = plan_of(table, spec);
    mlp_fit_report report;
    mlp_model *model;
    mlp_error err;
    cr_assert_eq(mlp_plan_run(plan, NULL, &model, &report, &err), MLP_OK);
    cr_assert_eq(mlp_plan_importance(plan, model,
                                     epochs_run ? *epochs_run
                                                : report.training.epochs_run,
                                     out.of, &out.measured, &err),
                 MLP_OK);
    mlp_model_destroy(model);
    mlp_plan_destroy(plan);
    return out;
}

/* a makes 3 a + level of y, so that its loss is in the unit of y; b is noise.
 */
Test(importance, what_the_target_is_made_of_comes_before_noise)
{
    mlp_table *table = linear_table(false);
    for (size_t n_members = 1; n_members < 4; n_members += 2) {
        mlp_fit_spec spec = spec_for(y);
        spec.task = MLP_TASK_REGRESSION;
        spec.n_members = n_members;
        spec.training.epochs = 40;
        struct importance first = importance_of(table, &spec, NULL);
        struct importance again = importance_of(table, &spec, NULL);
        cr_assert(first.measured);
        cr_expect_gt(first.of[0], 20, "a: %g", first.of[0]);
        cr_expect_gt(first.of[3], 5, "level: %g", first.of[3]);
        cr_expect_lt(fabs(first.of[1]), 2, "b: %g", first.of[1]);
        cr_expect_eq(first.of[2], 0, "c is constant");
        cr_expect_arr_eq(first.of, again.of, sizeof first.of);
    }
    mlp_table_destroy(table);
}

Test(importance, log_loss_of_classes)
{
    static const char *const species[] = {"species"};
    mlp_table *table = file_table("tests/data/iris/train.csv", "species");
    mlp_fit_spec spec = spec_for(species);
    struct importance of = importance_of(table, &spec, NULL);
    cr_assert(of.measured);
    cr_expect_gt(of.of[2] + of.of[3], 0.2, "petals: %g, %g", of.of[2],
                 of.of[3]);
    cr_expect_gt(of.of[2] + of.of[3], of.of[0] + of.of[1]);
    mlp_table_destroy(table);
}

Test(importance, is_left_out_where_it_would_cost_much_or_say_nothing)
{
    size_t one = 1, many = 1000000;
    mlp_table *table = linear_table(false);
    mlp_fit_spec spec = spec_for(y);
    spec.task = MLP_TASK_REGRESSION;
    spec.training.epochs = 1;
    cr_expect_not(importance_of(table, &spec, &one).measured);
    spec.training.epochs = 5;
    spec.validation_given = true;
    cr_expect_not(importance_of(table, &spec, &many).measured);
    mlp_table_destroy(table);
}

Test(importance, of_too_many_columns_is_left_out)
{
    mlp_buffer csv;
    size_t many = 1000000;
    mlp_fit_spec spec = spec_for(y);
    mlp_buffer_init(&csv, 1 << 20);
    for (size_t j = 0; j < 201; j++)
        mlp_buffer_format(&csv, "x%zu,", j);
    mlp_buffer_text(&csv, "y\n");
    for (size_t i = 0; i < 60; i++) {
        for (size_t j = 0; j < 201; j++)
            mlp_buffer_format(&csv, "%zu,", i * (j + 3) % 7);
        mlp_buffer_format(&csv, "%s\n", i % 2 ? "u" : "v");
    }
    mlp_table *table = csv_table(csv.data, "y");
    spec.n_members = spec.training.epochs = 1;
    cr_expect_not(importance_of(table, &spec, &many).measured);
    const char *const without[] = {"x0"};
    spec.exclude = without;
    spec.n_exclude = 1;
    cr_expect(importance_of(table, &spec, &many).measured);
    mlp_table_destroy(table);
    mlp_buffer_free(&csv);
}

/* SPDX-License-Identifier: MIT
 *
 * Models of several targets by the recipe: ensembles with folds, text among the
 * features, ranges, residuals; and what a warm start keeps of them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/evaluate.h"
#include "mlp/interval.h"
#include "model/bundle.h"
#include "model/plan.h"
#include "models.h"

static const char *const amounts[] = {"rough", "fine"};
static const char *const labels[] = {"is_a", "large"};

/* 120 rows of a number and a word: `fine` and both labels follow from them,
 * `rough` follows with much noise. */
static mlp_table *rows(void)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 16);
    mlp_buffer_text(&csv, "x,word,rough,fine,is_a,large\n");
    for (int i = 0; i < 120; i++) {
        int x = i * 37 % 120;
        mlp_buffer_format(&csv, "%d.5,%s,%d.25,%d.5,%d,%d\n", x,
                          i % 3 ? "b" : "a", x + i * 91 % 200,
                          1000 + x + (i % 3 ? 50 : 0), i % 3 == 0, x > 60);
    }
    mlp_table *table = csv_table(csv.data, NULL);
    mlp_buffer_free(&csv);
    return table;
}

static mlp_fit_spec spec_of(const char *const *targets,
                            const char *const *excluded)
{
    return (mlp_fit_spec){.targets = targets,
                          .n_targets = 2,
                          .exclude = excluded,
                          .n_exclude = 2,
                          .training.epochs = 30};
}

Test(fit_targets, each_target_has_its_own_range_and_residuals)
{
    mlp_table *table = rows();
    mlp_fit_spec spec = spec_of(amounts, labels);
    mlp_fit_report report;
    float rough, fine;
    mlp_model *model = trained(table, &spec, &report);
    cr_expect_eq(model->n_networks, 5);
    cr_expect_eq(report.validation.n_rows, 120);
    cr_assert(mlp_model_interval(model, 0, 0.9, &rough));
    cr_assert(mlp_model_interval(model, 1, 0.9, &fine));
    cr_expect(fine > 0 && fine < 20, "%g", (double)fine);
    cr_expect(rough > 40 && rough < 200, "%g", (double)rough);
    cr_expect_float_eq((double)model->target_low[1], 1000.5, 60);
    cr_expect_float_eq((double)model->target_high[1], 1169.5, 1e-3);
    mlp_table *far =
        csv_table("x,word,rough,fine\n9e6,a,0,0\n-9e6,b,0,0\n", NULL);
    float *answers = answers_of(model, far);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_geq(answers[i], model->target_low[i % 2]);
        cr_expect_leq(answers[i], model->target_high[i % 2]);
    }
    free(answers);
    mlp_table_destroy(far);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(fit_targets, labels_are_learned_each_on_its_own)
{
    mlp_table *table = rows();
    mlp_fit_spec spec = spec_of(labels, amounts);
    mlp_fit_report report;
    mlp_model *model = trained(table, &spec, &report);
    cr_expect_eq(mlp_model_task(model), MLP_TASK_MULTILABEL);
    cr_expect_eq(model->n_networks, 5);
    cr_expect_gt(report.validation.accuracy, 0.95);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(fit_targets, a_warm_start_keeps_networks_and_ranges_and_warns_of_nothing)
{
    mlp_table *table = rows();
    mlp_fit_spec spec = spec_of(amounts, labels);
    mlp_fit_report before, after;
    mlp_model *first = trained(table, &spec, &before);
    spec.from = first;
    spec.training.epochs = 1;
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_eq(mlp_plan_n_warnings(plan), 0, "%s", mlp_plan_warning(plan, 0));
    cr_expect(mlp_plan_resolved(plan)->clamp);
    mlp_model *second = trained(table, &spec, &after);
    cr_expect_eq(second->n_networks, first->n_networks);
    cr_expect_eq(second->target_high[1], first->target_high[1]);
    cr_expect_lt(after.validation.rmse, before.validation.rmse * 1.2);
    mlp_plan_destroy(plan);
    mlp_model_destroy(first);
    mlp_model_destroy(second);
    mlp_table_destroy(table);
}

Test(fit_targets, flags_of_another_task_are_refused)
{
    mlp_table *table = rows();
    mlp_fit_spec spec = spec_of(labels, amounts);
    spec.calibrate = spec.calibrate_given = true;
    cr_expect_str_eq(refusal_of(table, &spec).text,
                     "calibrate: goes with classification, not multilabel");
    spec.calibrate = false;
    spec.clamp = spec.clamp_given = true;
    cr_expect_str_eq(refusal_of(table, &spec).text,
                     "clamp: goes with regression, not multilabel");
    mlp_table_destroy(table);
}

/* Numbers that are kept as labels are numbers all the same. */
Test(fit_targets, a_label_column_of_numbers_is_scaled_by_its_numbers)
{
    static const char csv[] = "x,y\n900,1.5\n30,2\n2000,3\n30,7\n";
    static const char *const y[] = {"y"};
    mlp_table *numbers = csv_table(csv, NULL), *kept = csv_table(csv, "x");
    mlp_fit_spec spec = spec_for(y);
    spec.hidden_given = true;
    mlp_plan *a = plan_of(numbers, &spec), *b = plan_of(kept, &spec);
    cr_expect_eq(b->encoder.shift[0], a->encoder.shift[0]);
    cr_expect_eq(b->encoder.scale[0], a->encoder.scale[0]);
    cr_expect_gt(a->encoder.shift[0], 700);
    mlp_plan_destroy(a);
    mlp_plan_destroy(b);
    mlp_table_destroy(numbers);
    mlp_table_destroy(kept);
}

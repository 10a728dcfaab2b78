/* SPDX-License-Identifier: MIT
 *
 * What held out rows do to a model's certainty. */
#include "model/calibration.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "mlp/buffer.h"
#include "mlp/interval.h"
#include "models.h"

static const char *const target[] = {"y"};

/* Two blobs that overlap, or a line with noise. */
static mlp_table *noisy(size_t n, bool regression)
{
    random_stream random;
    mlp_buffer csv;
    random_init(&random, 5, 6);
    mlp_buffer_init(&csv, 1 << 24);
    mlp_buffer_text(&csv, "a,b,y\n");
    for (size_t i = 0; i < n; i++) {
        double side = i % 2 ? 1 : -1, a = random_normal(&random) + side;
        double noise = random_normal(&random);
        if (regression)
            mlp_buffer_format(&csv, "%g,%g,%g\n", a, noise * 0, 3 * a + noise);
        else
            mlp_buffer_format(&csv, "%g,%g,%c\n", a, noise, i % 2 ? 'u' : 'v');
    }
    mlp_table *table = csv_table(csv.data, "y");
    mlp_buffer_free(&csv);
    return table;
}

static mlp_model *
model_of(mlp_table *table, bool calibrate, mlp_fit_report *report)
{
    mlp_fit_spec spec = spec_for(target);
    spec.calibrate_given = true;
    spec.calibrate = calibrate;
    spec.n_members = 1;
    spec.validation_given = true;
    spec.validation = 0.5;
    spec.training.epochs = 100;
    spec.dropout_given = spec.weight_decay_given = true; /* none */
    spec.training.keep_last = true; /* of an overfitted network */
    return trained(table, &spec, report);
}

static mlp_fit_report report_of(mlp_table *table, bool calibrate)
{
    mlp_fit_report report;
    mlp_model_destroy(model_of(table, calibrate, &report));
    return report;
}

Test(calibration, a_temperature_lowers_the_loss_and_changes_no_answer)
{
    mlp_table *table = noisy(800, false);
    mlp_fit_report raw = report_of(table, false);
    mlp_fit_report calibrated = report_of(table, true);
    cr_expect_eq(raw.temperature, 1);
    cr_expect(calibrated.temperature > 1.05 && calibrated.temperature <= 3.001,
              "%g", calibrated.temperature);
    cr_expect_lt(calibrated.validation.loss, raw.validation.loss);
    cr_expect_float_eq(calibrated.validation.accuracy, raw.validation.accuracy,
                       1e-9);
    mlp_table_destroy(table);
}

/* Of two classes: the log-odds are those of before, divided by it. */
Test(calibration, log_odds_are_divided_by_the_temperature)
{
    mlp_table *table = noisy(800, false);
    mlp_fit_report report;
    mlp_model *raw = model_of(table, false, &report);
    mlp_model *calibrated = model_of(table, true, &report);
    float *before = answers_of(raw, table),
          *after = answers_of(calibrated, table);
    for (size_t i = 0; i < 2 * 800; i += 2) {
        double odds = log((double)before[i] / (double)before[i + 1]);
        double now = log((double)after[i] / (double)after[i + 1]);
        cr_expect_float_eq(now * report.temperature, odds,
                           2e-3 * (1 + fabs(odds)), "row %zu", i / 2);
    }
    free(before);
    free(after);
    mlp_model_destroy(raw);
    mlp_model_destroy(calibrated);
    mlp_table_destroy(table);
}

Test(calibration, a_few_rows_have_no_temperature)
{
    mlp_table *table = noisy(400, false);
    cr_expect_eq(report_of(table, true).temperature, 1);
    mlp_table_destroy(table);
}

/* The noise is normal with deviation 1: the interval of 90 % is +-1.645. */
Test(calibration, intervals_are_as_wide_as_the_noise)
{
    mlp_table *table = noisy(2500, true);
    mlp_fit_spec spec = spec_for(target);
    spec.n_members = 5;
    spec.training.epochs = 20;
    mlp_model *model = trained(table, &spec, NULL);
    float ninety, half, sure;
    cr_assert(mlp_model_interval(model, 0, 0.9, &ninety));
    cr_assert(mlp_model_interval(model, 0, 0.5, &half));
    cr_expect_float_eq(ninety, 1.645, 0.15);
    cr_expect_float_eq(half, 0.674, 0.08);
    cr_expect_not(mlp_model_interval(model, 0, 0.9999, &sure));
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

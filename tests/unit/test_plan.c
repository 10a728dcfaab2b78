/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models.h"
#include "tables.h"

static const char *const target[] = {"y"};

/* A CSV of n rows: x counts up, y is `row(i)` formatted by `format`. */
static mlp_table *counted(size_t n, const char *label, int (*row)(size_t i))
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "x,y\n");
    for (size_t i = 0; i < n; i++)
        mlp_buffer_format(&csv, "%zu,%d\n", i, row(i));
    mlp_table *table = csv_table(csv.data, label);
    mlp_buffer_free(&csv);
    return table;
}

static int parity(size_t i)
{
    return (int)(i % 2);
}

static int count(size_t i)
{
    return (int)i;
}

static mlp_task task_of(const char *csv, const char *label, size_t *n_warnings)
{
    mlp_table *table = csv_table(csv, label);
    mlp_fit_spec spec = spec_for(target);
    mlp_plan *plan = plan_of(table, &spec);
    mlp_task task = mlp_plan_resolved(plan)->task;
    *n_warnings = mlp_plan_n_warnings(plan);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
    return task;
}

Test(plan, the_task_is_told_from_the_target)
{
    static const struct {
        const char *csv;
        mlp_task task;
        size_t n_warnings;
    } cases[] = {
        {"x,y\n1,a\n2,b\n", MLP_TASK_CLASSIFICATION, 0},
        {"x,y\n1,1\n2,0\n", MLP_TASK_CLASSIFICATION, 1},
        {"x,y\n1,1.0\n2,2.0\n", MLP_TASK_CLASSIFICATION, 1},
        {"x,y\n1,1.5\n2,2\n", MLP_TASK_REGRESSION, 0},
        {"x,y\n1,-7\n2,1000000\n", MLP_TASK_CLASSIFICATION, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n;
        cr_expect_eq(task_of(cases[i].csv, NULL, &n), cases[i].task, "%s",
                     cases[i].csv);
        cr_expect_eq(n, cases[i].n_warnings, "%s", cases[i].csv);
        cr_expect_eq(task_of(cases[i].csv, "y", &n), cases[i].task,
                     "label column: %s", cases[i].csv);
        cr_expect_eq(n, cases[i].n_warnings, "%s", cases[i].csv);
    }
}

Test(plan, whole_numbers_are_amounts_from_21_distinct_values_on)
{
    for (size_t n = 20; n <= 21; n++) {
        mlp_table *table = counted(n, NULL, count);
        mlp_fit_spec spec = spec_for(target);
        mlp_plan *plan = plan_of(table, &spec);
        cr_expect_eq(mlp_plan_resolved(plan)->task,
                     n == 20 ? MLP_TASK_CLASSIFICATION : MLP_TASK_REGRESSION);
        mlp_plan_destroy(plan);
        mlp_table_destroy(table);
    }
}

Test(plan, a_boolean_target_is_classified)
{
    static const char *const names[] = {"x", "*y", NULL};
    mlp_table *table = table_of(0, names);
    ROW(table, cell_number("1"), cell_boolean(true));
    ROW(table, cell_number("2"), cell_boolean(false));
    mlp_fit_spec spec = spec_for(target);
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_eq(mlp_plan_resolved(plan)->task, MLP_TASK_CLASSIFICATION);
    cr_expect_str_eq(mlp_plan_class(plan, 0)->text, "false");
    cr_expect_eq(mlp_plan_class(plan, 1)->kind, MLP_CELL_BOOLEAN);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, several_targets_are_labels_when_all_are_zero_and_one)
{
    static const char *const targets[] = {"y", "z"};
    static const struct {
        const char *csv;
        mlp_task task;
    } cases[] = {{"x,y,z\n1,0,1\n2,1,1\n", MLP_TASK_MULTILABEL},
                 {"x,y,z\n1,0,1\n2,1,2\n", MLP_TASK_REGRESSION}};
    for (size_t i = 0; i < 2; i++) {
        mlp_table *table = csv_table(cases[i].csv, NULL);
        mlp_fit_spec spec = {.targets = targets, .n_targets = 2};
        mlp_plan *plan = plan_of(table, &spec);
        cr_expect_eq(mlp_plan_resolved(plan)->task, cases[i].task);
        mlp_plan_destroy(plan);
        mlp_table_destroy(table);
    }
}

/* --- classes ---------------------------------------------------------------
 */

static void
expect_classes(const char *csv, const char *label, const char *const *texts)
{
    mlp_table *table = csv_table(csv, label);
    mlp_fit_spec spec = spec_for(target);
    spec.task = MLP_TASK_CLASSIFICATION;
    mlp_plan *plan = plan_of(table, &spec);
    size_t n = 0;
    for (; texts[n] != NULL && n < mlp_plan_n_classes(plan); n++)
        cr_expect_str_eq(mlp_plan_class(plan, n)->text, texts[n], "%s", csv);
    cr_expect(texts[n] == NULL && n == mlp_plan_n_classes(plan), "%s", csv);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, classes_are_in_the_order_of_their_values_not_of_the_rows)
{
    static const char *const words[] = {"B", "a", "ab", "b", NULL};
    static const char *const numbers[] = {"-2", "0", "9", "10", NULL};
    static const char *const reals[] = {"-0.5", "0.25", NULL};
    expect_classes("x,y\n1,b\n2,a\n3,ab\n4,B\n", "y", words);
    expect_classes("x,y\n1,B\n2,b\n3,ab\n4,a\n", "y", words);
    expect_classes("x,y\n1,10\n2,9\n3,-2\n4,0\n", NULL, numbers);
    expect_classes("x,y\n1,10\n2,9e0\n3,-2.0\n4,0\n", "y", numbers);
    expect_classes("x,y\n1,0.25\n2,-0.5\n", NULL, reals);
}

Test(plan, numeric_classes_that_a_cell_cannot_hold_are_refused)
{
    mlp_fit_spec spec = spec_for(target);
    mlp_table *table = csv_table("x,y\n1,16777217\n2,16777219\n", NULL);
    spec.task = MLP_TASK_CLASSIFICATION;
    mlp_error err = refusal_of(table, &spec);
    cr_expect_not_null(strstr(err.text, "'y'"), "%s", err.text);
    cr_expect_not_null(strstr(err.text, "send"), "%s", err.text);
    mlp_table_destroy(table);
    static const char *const kept[] = {"16777217", "16777219", NULL};
    expect_classes("x,y\n1,16777219\n2,16777217\n", "y", kept);
}

/* --- refusals --------------------------------------------------------------
 */

static void expect_refusal(const char *csv,
                           const mlp_fit_spec *spec,
                           const char *first,
                           const char *second)
{
    mlp_table *table = csv_table(csv, NULL);
    mlp_error err = refusal_of(table, spec);
    cr_expect_not_null(strstr(err.text, first), "%s: %s", first, err.text);
    cr_expect_not_null(strstr(err.text, second), "%s: %s", second, err.text);
    mlp_table_destroy(table);
}

Test(plan, a_refused_column_is_named_with_its_field)
{
    static const char *const none[] = {"nope"}, *const x[] = {"x"};
    static const char *const twice[] = {"x", "x"}, *const both[] = {"y", "z"};
    static const char csv[] = "x,z,y\n1,a,0\n2,b,1\n";
    mlp_fit_spec spec = {0};
    expect_refusal(csv, &spec, "target", "column");
    spec = spec_for(none);
    expect_refusal(csv, &spec, "target", "'nope'");
    spec = spec_for(target);
    spec.features = none;
    spec.n_features = 1;
    expect_refusal(csv, &spec, "features", "'nope'");
    spec.features = twice;
    spec.n_features = 2;
    expect_refusal(csv, &spec, "features", "twice");
    spec.features = target;
    spec.n_features = 1;
    expect_refusal(csv, &spec, "features", "'y'");
    spec.features = x;
    spec.exclude = x;
    spec.n_exclude = 1;
    expect_refusal(csv, &spec, "'x'", "exclude");
    spec.features = NULL;
    spec.exclude = none;
    expect_refusal(csv, &spec, "exclude", "'nope'");
    spec.exclude = twice;
    spec.n_exclude = 2;
    expect_refusal(csv, &spec, "exclude", "twice");
    spec = (mlp_fit_spec){.targets = both, .n_targets = 2};
    expect_refusal(csv, &spec, "'z'", "text");
    spec.task = MLP_TASK_CLASSIFICATION;
    expect_refusal(csv, &spec, "classification", "one target");
    spec = spec_for(target);
    spec.exclude = both + 1;
    spec.n_exclude = 1;
    spec.features = NULL;
    spec.n_features = 0;
    spec.task = MLP_TASK_MULTILABEL;
    mlp_table *table = csv_table(csv, NULL);
    mlp_plan_destroy(plan_of(table, &spec));
    mlp_table_destroy(table);
}

Test(plan, a_target_that_cannot_serve_is_refused)
{
    mlp_fit_spec spec = spec_for(target);
    expect_refusal("x,y\n1,a\n2,a\n", &spec, "'y'", "2 classes");
    expect_refusal("x,y\n1,5\n2,5\n", &spec, "'y'", "2 classes");
    expect_refusal("x,y\n1,5\n2,\n3,\n", &spec, "'y'", "2 rows");
    expect_refusal("x,y\n1,\n2,\n", &spec, "'y'", "2 rows");
    expect_refusal("x,y\n", &spec, "'y'", "2 rows");
    expect_refusal("y\n1\n2\n", &spec, "features", "no column");
    spec.task = MLP_TASK_REGRESSION;
    expect_refusal("x,y\n1,a\n2,b\n", &spec, "'y'", "text");
    spec.task = MLP_TASK_MULTILABEL;
    expect_refusal("x,y\n1,0\n2,2\n", &spec, "'y'", "0 and 1");
}

Test(plan, settings_out_of_range_are_refused_by_name)
{
    static const mlp_layer_spec wide[] = {{65537, MLP_RELU, 0}};
    static const mlp_layer_spec none[] = {{0, MLP_RELU, 0}};
    static const mlp_layer_spec dropped[] = {{4, MLP_RELU, 1}};
    static const char csv[] = "x,y\n1,0\n2,1\n3,1\n4,0\n";
    mlp_fit_spec spec = spec_for(target);
    spec.dropout_given = true;
#define REFUSED(field, value, text)                                            \
    do {                                                                       \
        mlp_fit_spec changed = spec;                                           \
        changed.field = (value);                                               \
        expect_refusal(csv, &changed, text, "");                               \
    } while (0)
    REFUSED(training.learning_rate, -1, "learning_rate");
    REFUSED(training.learning_rate, (double)NAN, "learning_rate");
    REFUSED(training.l2, -1, "l2");
    REFUSED(training.label_smoothing, 1, "label_smoothing");
    REFUSED(training.gradient_clip, -1, "gradient_clip");
    REFUSED(training.time_limit_s, -1, "time_limit_s");
    REFUSED(training.loss, MLP_LOSS_BINARY_CROSS_ENTROPY, "loss");
    REFUSED(network.output, MLP_OUTPUT_IDENTITY, "output");
    REFUSED(dropout, 1, "dropout");
    REFUSED(dropout, (double)NAN, "dropout");
    REFUSED(task, (mlp_task)17, "task");
    REFUSED(scaling, (mlp_scaling)17, "scaling");
    REFUSED(training.optimizer.kind, (mlp_optimizer)99, "optimizer");
    spec.early_stopping_given = true;
    REFUSED(training.early_stopping, true, "early_stopping");
    spec.validation_given = true;
    REFUSED(validation, 0.91, "validation");
    REFUSED(validation, -0.1, "validation");
    REFUSED(validation, (double)NAN, "validation");
    spec.hidden_given = true;
    spec.network.n_hidden = 1;
    REFUSED(network.hidden, wide, "hidden[0]");
    REFUSED(network.hidden, none, "hidden[0]");
    REFUSED(network.hidden, dropped, "dropout");
    REFUSED(network.n_hidden, MLP_MAX_LAYERS, "hidden");
#undef REFUSED
}

/* --- what is resolved ------------------------------------------------------
 */

Test(plan, nothing_is_left_open)
{
    mlp_table *table = counted(100, NULL, parity);
    mlp_fit_spec spec = spec_for(target);
    spec.default_activation_given = true;
    spec.default_activation = MLP_RELU;
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect_eq(r->task, MLP_TASK_CLASSIFICATION);
    cr_expect_eq(r->scaling, MLP_SCALING_STANDARD);
    cr_expect_eq(r->n_features, 1);
    cr_expect_str_eq(r->features[0], "x");
    cr_expect_str_eq(r->targets[0], "y");
    cr_expect(r->hidden_given && r->validation_given &&
              r->early_stopping_given);
    cr_expect_eq(r->network.n_hidden, 2);
    cr_expect_eq(r->network.hidden[1].n_units, 64);
    cr_expect_eq(r->network.hidden[1].activation, MLP_RELU);
    cr_expect_eq(r->network.output, MLP_OUTPUT_SOFTMAX);
    cr_expect_eq(r->network.n_inputs, 1);
    cr_expect_eq(r->network.n_outputs, 2);
    cr_expect_eq(r->training.loss, MLP_LOSS_CROSS_ENTROPY);
    cr_expect_eq(r->training.optimizer.kind, MLP_OPTIMIZER_ADAM);
    cr_expect_eq(r->training.optimizer.beta1, 0.9);
    cr_expect_eq(r->training.learning_rate, 0.001);
    cr_expect_eq(r->training.epochs, 200);
    cr_expect_eq(r->training.batch_size, 16);
    cr_expect(r->training.early_stopping);
    cr_expect_eq(r->training.patience, 20);
    cr_expect_eq(r->validation, 0.2);
    cr_expect_eq(mlp_plan_n_train(plan), 80);
    cr_expect_eq(mlp_plan_n_validation(plan), 20);
    cr_expect_eq(mlp_plan_n_weights(plan), 64 + 64 * 64 + 2 * 64);
    cr_expect_eq(mlp_plan_n_biases(plan), 64 + 64 + 2);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, what_is_said_is_done)
{
    static const mlp_layer_spec hidden[] = {{5, MLP_GELU, 0.25F}};
    mlp_table *table = counted(60, NULL, parity);
    mlp_fit_spec spec = spec_for(target);
    spec.hidden_given = spec.validation_given = true;
    spec.validation = 0.5;
    spec.scaling = MLP_SCALING_NONE;
    spec.network.n_hidden = 1;
    spec.network.hidden = hidden;
    spec.network.output = MLP_OUTPUT_SIGMOID;
    spec.training.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_MOMENTUM);
    spec.training.epochs = 7;
    spec.training.batch_size = 9;
    spec.training.learning_rate = 0.25;
    spec.training.patience = 3;
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect_eq(r->scaling, MLP_SCALING_NONE);
    cr_expect_eq(r->network.hidden[0].n_units, 5);
    cr_expect_eq(r->network.hidden[0].activation, MLP_GELU);
    cr_expect_eq(r->network.hidden[0].dropout, 0.25F);
    cr_expect_eq(r->network.output, MLP_OUTPUT_SIGMOID);
    cr_expect_eq(r->training.loss, MLP_LOSS_BINARY_CROSS_ENTROPY);
    cr_expect_eq(r->training.optimizer.kind, MLP_OPTIMIZER_MOMENTUM);
    cr_expect_eq(r->training.epochs, 7);
    cr_expect_eq(r->training.batch_size, 9);
    cr_expect_eq(r->training.learning_rate, 0.25);
    cr_expect_eq(r->training.patience, 3);
    cr_expect_eq(mlp_plan_n_validation(plan), 30);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, an_activation_goes_to_the_layers_that_are_chosen)
{
    mlp_table *table = counted(10, NULL, parity);
    mlp_fit_spec spec = spec_for(target);
    spec.default_activation = MLP_SIGMOID;
    spec.default_activation_given = true;
    spec.dropout = 0.5;
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_layer_spec *hidden = mlp_plan_resolved(plan)->network.hidden;
    cr_expect(hidden[0].activation == MLP_SIGMOID && hidden[0].dropout == 0.5F);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, gd_takes_all_rows_at_once)
{
    mlp_table *table = counted(100, NULL, parity);
    mlp_fit_spec spec = spec_for(target);
    spec.training.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_GD);
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect(r->training.full_batch);
    cr_expect_eq(r->training.batch_size, 80);
    cr_expect_eq(r->training.epochs, 1000);
    cr_expect_eq(r->training.learning_rate, 0.1);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, no_hidden_layer_is_a_linear_model)
{
    mlp_table *table = counted(10, NULL, parity);
    mlp_fit_spec spec = spec_for(target);
    spec.hidden_given = true;
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_eq(mlp_plan_n_weights(plan), 2);
    cr_expect_eq(mlp_plan_n_biases(plan), 2);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* 784-16-16-10 has 784 * 16 + 16 * 16 + 16 * 10 weights. */
Test(plan, the_classic_digit_network_has_12960_weights_and_42_biases)
{
    enum { N_ROWS = 20, N_PIXELS = 784 };
    static const mlp_layer_spec hidden[] = {{16, MLP_SIGMOID, 0},
                                            {16, MLP_SIGMOID, 0}};
    static const char *const digit[] = {"digit"};
    unsigned char *pixels = malloc(N_ROWS * N_PIXELS);
    unsigned char *digits = malloc(N_ROWS);
    mlp_table *table, *targets;
    for (size_t i = 0; i < N_ROWS * N_PIXELS; i++)
        pixels[i] = (unsigned char)(i % 256);
    for (size_t i = 0; i < N_ROWS; i++)
        digits[i] = (unsigned char)(i % 10);
    cr_assert_eq(
        mlp_table_adopt(pixels, true, N_ROWS, N_PIXELS, NULL, &table, NULL),
        MLP_OK);
    cr_assert_eq(
        mlp_table_adopt(digits, true, N_ROWS, 1, digit, &targets, NULL),
        MLP_OK);
    cr_assert_eq(mlp_table_join(table, targets, NULL), MLP_OK);
    mlp_fit_spec spec = spec_for(digit);
    spec.hidden_given = true;
    spec.network.n_hidden = 2;
    spec.network.hidden = hidden;
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_eq(mlp_plan_n_weights(plan), 12960);
    cr_expect_eq(mlp_plan_n_biases(plan), 42);
    cr_expect_eq(mlp_plan_resolved(plan)->scaling, MLP_SCALING_BYTE);
    cr_expect_eq(mlp_plan_n_classes(plan), 10);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* --- rows ------------------------------------------------------------------
 */

Test(plan, fewer_than_50_rows_are_all_learned_from)
{
    for (size_t n = 49; n <= 50; n++) {
        mlp_table *table = counted(n, NULL, parity);
        mlp_fit_spec spec = spec_for(target);
        spec.default_activation_given = true;
        mlp_plan *plan = plan_of(table, &spec);
        cr_expect_eq(mlp_plan_n_validation(plan), n == 49 ? 0 : 10);
        cr_expect_eq(mlp_plan_resolved(plan)->training.early_stopping, n == 50);
        mlp_plan_destroy(plan);
        mlp_table_destroy(table);
    }
}

static bool warns(const mlp_plan *plan, const char *part)
{
    for (size_t i = 0; i < mlp_plan_n_warnings(plan); i++)
        if (strstr(mlp_plan_warning(plan, i), part) != NULL)
            return true;
    return false;
}

Test(plan, rows_without_a_target_are_left_out_with_a_warning)
{
    mlp_table *table = csv_table("x,y\n1,a\n2,\n3,b\n4,\n5,a\n", "y");
    mlp_fit_spec spec = spec_for(target);
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_eq(mlp_plan_n_train(plan), 3);
    cr_expect(warns(plan, "2 of 5 rows"));
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, constant_columns_and_gaps_are_warned_of_by_name)
{
    mlp_table *table =
        csv_table("x,c,d,g,y\n1,7,,1,a\n2,7,,,b\n3,7,,2,a\n", "y");
    mlp_fit_spec spec = spec_for(target);
    spec.scaling = MLP_SCALING_STANDARD;
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect(warns(plan, "'c' and 1 other: each"));
    cr_expect(warns(plan, "'g' has missing values"));
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, a_share_too_small_for_a_row_is_warned_of)
{
    mlp_table *table = csv_table("x,y\n1,a\n2,b\n3,a\n", "y");
    mlp_fit_spec spec = spec_for(target);
    spec.validation_given = true;
    spec.validation = 0.01;
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_eq(mlp_plan_n_validation(plan), 0);
    cr_expect(warns(plan, "validation"));
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* --- class weights ---------------------------------------------------------
 */

Test(plan, balanced_classes_weigh_the_inverse_of_their_share)
{
    mlp_table *table = csv_table("x,y\n1,a\n2,b\n3,b\n4,b\n", "y");
    mlp_fit_spec spec = spec_for(target);
    spec.balanced = true;
    mlp_plan *plan = plan_of(table, &spec);
    const float *weights = mlp_plan_resolved(plan)->training.class_weights;
    cr_expect_float_eq(weights[0], 2, 1e-6);
    cr_expect_float_eq(weights[1], 4.0 / 6, 1e-6);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, class_weights_go_by_spelling_or_value)
{
    static const mlp_class_weight given[] = {{"2.0", 5}};
    mlp_table *table = csv_table("x,y\n1,1\n2,2\n3,3\n", NULL);
    mlp_fit_spec spec = spec_for(target);
    spec.class_weights = given;
    spec.n_class_weights = 1;
    mlp_plan *plan = plan_of(table, &spec);
    const mlp_fit_spec *r = mlp_plan_resolved(plan);
    cr_expect_eq(r->training.class_weights[0], 1);
    cr_expect_eq(r->training.class_weights[1], 5);
    cr_expect_str_eq(r->class_weights[0].label, "2");
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(plan, class_weights_that_make_no_sense_are_refused)
{
    static const mlp_class_weight bad[][2] = {
        {{"nope", 1}, {"a", 1}}, {{"a", -1}, {"b", 1}},
        {{"a", 0}, {"b", 1}},    {{"a", (double)INFINITY}, {"b", 1}},
        {{"a", 1}, {"a", 2}},    {{"a", 1e300}, {"b", 1}},
    };
    mlp_fit_spec spec = spec_for(target);
    spec.n_class_weights = 2;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spec.class_weights = bad[i];
        expect_refusal("x,y\n1,a\n2,b\n", &spec, "class_weight", "");
    }
    spec.balanced = true;
    expect_refusal("x,y\n1,a\n2,b\n", &spec, "class_weight", "both");
    spec.n_class_weights = 0;
    spec.task = MLP_TASK_REGRESSION;
    expect_refusal("x,y\n1,1\n2,2\n", &spec, "class_weight", "regression");
}

/* --- memory ----------------------------------------------------------------
 */

Test(plan, memory_grows_with_the_network_and_the_optimizer)
{
    static const mlp_layer_spec small[] = {{8, MLP_RELU, 0}};
    static const mlp_layer_spec large[] = {{60000, MLP_RELU, 0}};
    static const mlp_layer_spec huge[] = {{65536, MLP_RELU, 0},
                                          {65536, MLP_RELU, 0}};
    const mlp_layer_spec *const layers[] = {small, large, huge};
    mlp_table *table = counted(10, NULL, parity);
    size_t before = 0;
    for (size_t i = 0; i < 3; i++) {
        mlp_fit_spec spec = spec_for(target);
        spec.hidden_given = true;
        spec.network.n_hidden = i == 2 ? 2 : 1;
        spec.network.hidden = layers[i];
        mlp_plan *plan = plan_of(table, &spec);
        size_t n = mlp_plan_n_weights(plan) + mlp_plan_n_biases(plan);
        cr_expect_gt(mlp_plan_memory(plan), before);
        cr_expect_gt(mlp_plan_memory(plan), 20 * n);
        before = mlp_plan_memory(plan);
        mlp_plan_destroy(plan);
    }
    mlp_table_destroy(table);
}

static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void see_peak(void *context, const mlp_epoch *epoch)
{
    size_t *peak = context, now = allocated();
    (void)epoch;
    *peak = now > *peak ? now : *peak;
}

/* A sanitizer's allocator says 0 here. */
static void expect_memory_as_said(const mlp_table *table,
                                  const mlp_fit_spec *spec)
{
    mlp_plan *plan = plan_of(table, spec);
    size_t before = allocated(), peak = before;
    const mlp_hooks hooks = {.context = &peak, .on_epoch = see_peak};
    mlp_model *model;
    mlp_fit_report report;
    cr_assert_eq(mlp_plan_run(plan, &hooks, &model, &report, NULL), MLP_OK);
    cr_expect_leq(peak - before, mlp_plan_memory(plan));
    mlp_model_destroy(model);
    mlp_plan_destroy(plan);
}

/* Numbers on their way are most of what these take. */
Test(plan, memory_of_a_training_is_no_more_than_was_said)
{
    enum { DEPTH = 20 };
    mlp_table *table = counted(600, NULL, parity);
    for (size_t i = 0; i < 4; i++) {
        mlp_layer_spec hidden[DEPTH];
        for (size_t k = 0; k < DEPTH; k++)
            hidden[k] = (mlp_layer_spec){64, MLP_TANH,
                                         i & 1 ? (mlp_real)0.1 : (mlp_real)0};
        mlp_fit_spec spec = spec_for(target);
        spec.hidden_given = true;
        spec.network.n_hidden = DEPTH;
        spec.network.hidden = hidden;
        spec.training.epochs = 1;
        spec.training.full_batch = true;
        spec.training.threads = i & 2 ? 3 : 1;
        expect_memory_as_said(table, &spec);
    }
    mlp_table_destroy(table);
}

/* The keys of the AUC, and the logits that the temperature is found by. */
Test(plan, memory_of_the_scores_is_counted)
{
    enum { N = 4000, N_CLASSES = 400 };
    static const char *const names[] = {"x", "y"};
    float *cells = malloc(2 * N * sizeof *cells);
    mlp_table *table;
    for (size_t i = 0; i < N; i++) {
        cells[2 * i] = (float)(i * 2654435761U % 1000003) / 1000;
        cells[2 * i + 1] = (float)(i % N_CLASSES);
    }
    cr_assert_eq(mlp_table_adopt(cells, false, N, 2, names, &table, NULL),
                 MLP_OK);
    mlp_fit_spec spec = spec_for(target);
    spec.task = MLP_TASK_CLASSIFICATION;
    spec.hidden_given = true;
    spec.validation_given = true;
    spec.validation = 0.5;
    mlp_plan *plan = plan_of(table, &spec);
    cr_expect_geq(mlp_plan_memory(plan),
                  N / 2 * N_CLASSES * (sizeof(uint32_t) + sizeof(float)));
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* Of embeddings these, and of folds the members that are done. */
Test(plan, memory_of_embeddings_and_folds_is_counted)
{
    enum { N_COLUMNS = 150, N = 600 };
    float *cells = malloc(N * (N_COLUMNS + 1) * sizeof *cells);
    const char *names[N_COLUMNS + 1];
    char texts[N_COLUMNS + 1][8];
    mlp_table *table;
    for (size_t j = 0; j <= N_COLUMNS; j++) {
        snprintf(texts[j], sizeof texts[j], j < N_COLUMNS ? "c%zu" : "y", j);
        names[j] = texts[j];
    }
    for (size_t i = 0; i < N * (N_COLUMNS + 1); i++)
        cells[i] = (float)(i * 2654435761U % 1000003) / 1000;
    cr_assert_eq(
        mlp_table_adopt(cells, false, N, N_COLUMNS + 1, names, &table, NULL),
        MLP_OK);
    for (size_t members = 1; members <= 5; members += 4) {
        static const mlp_layer_spec hidden[] = {{1, MLP_RELU, 0}};
        mlp_fit_spec spec = spec_for(target);
        spec.quality = MLP_QUALITY_FAST;
        spec.hidden_given = true;
        spec.network.n_hidden = 1;
        spec.network.hidden = hidden;
        spec.numeric_embedding = MLP_NUMERIC_EMBEDDING_PERIODIC;
        spec.n_members = members;
        spec.training.epochs = 1;
        spec.training.full_batch = true;
        expect_memory_as_said(table, &spec);
    }
    mlp_table_destroy(table);
}

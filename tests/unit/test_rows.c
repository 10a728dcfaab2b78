/* SPDX-License-Identifier: MIT */
#include "mlp/rows.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "mlp/interval.h"
#include "models.h"
#include "tables.h"

/* Columns of every kind: a code, a text with digits, a boolean, a date, a
 * number with a gap; y is what they come to. */
static const char mixed[] = "code,zip,flag,when,size,y\n"
                            "0.1,02134,true,2024-01-01,1,1\n"
                            "0.2,02134,false,2024-01-02,2,2\n"
                            "3,A-1,true,2024-01-03,,3\n"
                            "0.1,A-1,false,2024-01-05,4,4\n"
                            "0.2,10,true,2024-01-09,5,5\n"
                            "3,10,false,2024-01-11,9,6\n";
enum { CODE, ZIP, FLAG, WHEN, SIZE, N_FEATURES };

static mlp_model *mixed_model(void)
{
    static const char *const target[] = {"y"};
    static const mlp_column_declaration columns[] = {
        {"code", MLP_KIND_CATEGORICAL}};
    mlp_table *table = csv_table(mixed, NULL);
    mlp_fit_spec spec = spec_for(target);
    spec.task = MLP_TASK_REGRESSION;
    spec.scaling = MLP_SCALING_ROBUST;
    spec.columns = columns;
    spec.n_columns = 1;
    spec.hidden_given = spec.validation_given = true;
    spec.training.epochs = 2;
    mlp_model *model = trained(table, &spec, NULL);
    mlp_table_destroy(table);
    return model;
}

/* Read as rows for this model are; its categorical columns are levels. */
static mlp_table *rows_of(const char *csv)
{
    static const char *const labels[] = {"code", "flag"}, *const texts[] = {
                                                              "zip"};
    mlp_read_options options = {
        .labels = labels, .n_labels = 2, .texts = texts, .n_texts = 1};
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(
        read_bytes(csv, strlen(csv), MLP_FILE_CSV, &options, &table, &err),
        MLP_OK, "%s", err.text);
    return table;
}

static void expect_cells(const mlp_model *model,
                         const char *csv,
                         const float expected[N_FEATURES])
{
    mlp_table *table = rows_of(csv);
    float cells[N_FEATURES];
    mlp_error err;
    cr_assert_eq(mlp_table_n_rows(table), 1);
    cr_assert_eq(mlp_model_align(model, table, cells, &err), MLP_OK, "%s",
                 err.text);
    for (size_t j = 0; j < N_FEATURES; j++)
        cr_expect(cells[j] == expected[j] ||
                      (isnan(cells[j]) && isnan(expected[j])),
                  "%s: column %zu is %g, expected %g", csv, j, (double)cells[j],
                  (double)expected[j]);
    mlp_table_destroy(table);
}

Test(rows, a_model_says_what_its_columns_are)
{
    static const mlp_column_kind kinds[N_FEATURES] = {
        MLP_KIND_CATEGORICAL, MLP_KIND_CATEGORICAL, MLP_KIND_CATEGORICAL,
        MLP_KIND_DATETIME, MLP_KIND_NUMERIC};
    mlp_model *model = mixed_model();
    size_t n;
    for (size_t j = 0; j < N_FEATURES; j++)
        cr_expect_eq(mlp_model_column_kind(model, j), kinds[j]);
    const mlp_label *levels = mlp_model_levels(model, ZIP, &n);
    cr_assert_eq(n, 3);
    cr_expect_str_eq(levels[0].text, "02134");
    cr_expect_eq(mlp_model_levels(model, CODE, &n)[0].kind, MLP_CELL_NUMBER);
    cr_expect_eq(n, 3);
    cr_expect_null(mlp_model_levels(model, SIZE, &n));
    cr_expect_eq(n, 0);
    cr_expect_not(mlp_model_takes_numbers(model));
    mlp_model_destroy(model);
}

Test(rows, cells_mean_alone_what_they_meant_among_others)
{
    mlp_model *model = mixed_model();
    const char *head = "code,zip,flag,when,size\n";
    char csv[128];
    static const struct {
        const char *row;
        float cells[N_FEATURES];
    } cases[] = {
        {"0.1,02134,true,2024-01-02,7", {0, 0, 1, 8767, 7}},
        {"0.10,10,True,2024-01-01,7", {0, 1, 1, 8766, 7}},
        {"3.0,2134,FALSE,,", {2, -1, 0, NAN, NAN}},
        {"4,,,,", {-1, NAN, NAN, NAN, NAN}},
        {"x,1.0,maybe,,", {-1, -1, -1, NAN, NAN}},
        {",A-1,1,,", {NAN, 2, 1, NAN, NAN}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(csv, sizeof csv, "%s%s\n", head, cases[i].row);
        expect_cells(model, csv, cases[i].cells);
    }
    mlp_model_destroy(model);
}

/* From memory, and from its file: a level's number is what its text spells. */
Test(rows, a_number_by_position_is_the_level_of_that_value)
{
    static const float numbers[] = {0.1F, 10, 1, NAN, 2.5F, //
                                    0.2F, 7,  0, NAN, NAN,  //
                                    3,    -0, 2, NAN, 0};
    static const float expected[] = {0, 1,  1,  NAN, 2.5F, //
                                     1, -1, 0,  NAN, NAN,  //
                                     2, -1, -1, NAN, 0};
    mlp_model *models[2] = {mixed_model()};
    mlp_buffer file = file_of(models[0]);
    cr_assert_eq(mlp_model_read(file.data, file.length, &models[1], NULL),
                 MLP_OK);
    for (size_t m = 0; m < 2; m++) {
        float cells[3 * N_FEATURES];
        cr_assert_eq(
            mlp_model_cells_of_numbers(models[m], numbers, 3, cells, NULL),
            MLP_OK);
        for (size_t i = 0; i < 3 * N_FEATURES; i++)
            cr_expect(cells[i] == expected[i] ||
                          (isnan(cells[i]) && isnan(expected[i])),
                      "model %zu, cell %zu is %g", m, i, (double)cells[i]);
        mlp_model_destroy(models[m]);
    }
    mlp_buffer_free(&file);
}

Test(rows, a_number_is_no_date)
{
    mlp_model *model = mixed_model();
    float cells[2 * N_FEATURES] = {0};
    mlp_error err;
    for (size_t i = 0; i < 2 * N_FEATURES; i++)
        cells[i] = i == N_FEATURES + WHEN ? 20240108 : NAN;
    cr_expect_eq(mlp_model_cells_of_numbers(model, cells, 2, cells, &err),
                 MLP_INVALID);
    cr_expect_not_null(strstr(err.text, "row 2: column 'when'"), "%s",
                       err.text);
    mlp_model_destroy(model);
}

Test(rows, a_model_of_numbers_takes_them_as_they_are)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    cr_expect(mlp_model_takes_numbers(model));
    mlp_model_destroy(model);
}

Test(rows, a_column_that_is_not_there_may_be_missing_cells)
{
    mlp_model *model = mixed_model();
    mlp_table *table = rows_of("size,zip\n3,10\n4,A-1\n");
    float cells[2 * N_FEATURES];
    bool absent[N_FEATURES];
    mlp_error err;
    cr_expect_eq(mlp_model_align(model, table, cells, &err), MLP_INVALID);
    cr_expect_not_null(strstr(err.text, "'code'"), "%s", err.text);
    cr_assert_eq(mlp_model_align_some(model, table, cells, absent, &err),
                 MLP_OK);
    for (size_t j = 0; j < N_FEATURES; j++) {
        cr_expect_eq(absent[j], j != SIZE && j != ZIP);
        cr_expect_eq(isnan(cells[j]) != 0, absent[j]);
    }
    mlp_table_destroy(table);
    table = rows_of("size,colour\n3,10\n");
    cr_expect_eq(mlp_model_align_some(model, table, cells, absent, &err),
                 MLP_INVALID);
    cr_expect_not_null(strstr(err.text, "'colour'"), "%s", err.text);
    mlp_table_destroy(table);
    mlp_model_destroy(model);
}

Test(rows, a_column_that_another_model_knows_is_no_stranger)
{
    mlp_model *model = mixed_model();
    mlp_model *other = small_model(MLP_TASK_CLASSIFICATION);
    mlp_table *table = rows_of("code,zip,flag,when,size,a,b\n"
                               "3,10,true,2020-01-01,4,1,2\n");
    float cells[N_FEATURES], alone[N_FEATURES];
    mlp_error err;
    cr_expect_eq(mlp_model_align(model, table, alone, &err), MLP_INVALID);
    cr_expect_not_null(strstr(err.text, "'a'"), "%s", err.text);
    cr_assert_eq(mlp_model_align_beside(model, other, table, cells, &err),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(cells[SIZE], 4);
    mlp_table_destroy(table);
    table = rows_of("code,zip,flag,when,size,a,colour\n"
                    "3,10,true,2020-01-01,4,1,2\n");
    cr_expect_eq(mlp_model_align_beside(model, other, table, cells, &err),
                 MLP_INVALID);
    cr_expect_not_null(strstr(err.text, "'colour'"), "%s", err.text);
    mlp_table_destroy(table);
    mlp_model_destroy(other);
    mlp_model_destroy(model);
}

Test(rows, leaks_nothing_when_any_single_allocation_fails)
{
    mlp_model *model = mixed_model();
    mlp_table *table = rows_of("code,zip,flag,size\n3,10,true,4\n4,A-1,x,\n");
    bool failed = true;
    for (size_t n = 0; failed; n++) {
        float cells[2 * N_FEATURES];
        bool absent[N_FEATURES];
        allocation_watch(n);
        mlp_status status =
            mlp_model_align_some(model, table, cells, absent, NULL);
        struct allocation_report report = allocation_unwatch();
        failed = report.failed;
        cr_expect_eq(status, failed ? MLP_NOMEM : MLP_OK, "%zu", n);
        cr_expect_eq(report.n_left, 0, "%zu", n);
    }
    mlp_table_destroy(table);
    mlp_model_destroy(model);
}

/* --- what is odd ---------------------------------------------------------- */

struct seen {
    size_t n, features[N_FEATURES];
    mlp_oddity kinds[N_FEATURES];
};

static void on_oddity(void *context, size_t feature, mlp_oddity kind)
{
    struct seen *seen = context;
    seen->features[seen->n] = feature;
    seen->kinds[seen->n++] = kind;
}

Test(rows, odd_cells_are_told_in_the_order_of_columns)
{
    mlp_model *model = mixed_model();
    const float odd[N_FEATURES] = {-1, NAN, 1, 8765, 9.5F};
    const float fine[N_FEATURES] = {2, 0, 0, 8776, 1};
    struct seen seen = {0};
    mlp_model_check_row(model, odd, on_oddity, &seen);
    cr_assert_eq(seen.n, 4);
    cr_expect_eq(seen.features[0], CODE);
    cr_expect_eq(seen.kinds[0], MLP_ODDITY_UNSEEN_LEVEL);
    cr_expect_eq(seen.features[1], ZIP);
    cr_expect_eq(seen.kinds[1], MLP_ODDITY_IMPUTED);
    cr_expect_eq(seen.features[2], WHEN);
    cr_expect_eq(seen.kinds[2], MLP_ODDITY_OUT_OF_RANGE);
    cr_expect_eq(seen.features[3], SIZE);
    cr_expect_eq(seen.kinds[3], MLP_ODDITY_OUT_OF_RANGE);
    seen.n = 0;
    mlp_model_check_row(model, fine, on_oddity, &seen);
    cr_expect_eq(seen.n, 0);
    cr_expect_str_eq(mlp_oddity_name(MLP_ODDITY_IMPUTED), "imputed");
    mlp_model_destroy(model);
}

Test(rows, without_robust_scaling_no_number_is_out_of_range)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    const float far[] = {1e9F, NAN};
    struct seen seen = {0};
    mlp_model_check_row(model, far, on_oddity, &seen);
    cr_assert_eq(seen.n, 1);
    cr_expect_eq(seen.kinds[0], MLP_ODDITY_IMPUTED);
    mlp_model_destroy(model);
}

/* --- real rows ------------------------------------------------------------ */

enum { ADULT_FEATURES = 14, LINE_MAX_BYTES = 512 };

/* The table of lines [first, first + n) behind the header, read for `model`. */
static mlp_table *
adult_lines(const mlp_model *model, const char *text, size_t first, size_t n)
{
    const char *texts[ADULT_FEATURES], *end = strchr(text, '\n') + 1;
    mlp_read_options options = {.texts = texts};
    char *csv = malloc(strlen(text) + 1);
    mlp_table *table;
    size_t n_levels, length = (size_t)(end - text);
    cr_assert_not_null(csv);
    memcpy(csv, text, length);
    for (size_t i = 0; i < first + n; i++) {
        const char *line = end;
        end = strchr(line, '\n') + 1;
        if (i < first)
            continue;
        memcpy(csv + length, line, (size_t)(end - line));
        length += (size_t)(end - line);
    }
    for (size_t j = 0; j < mlp_model_n_features(model); j++)
        if (mlp_model_levels(model, j, &n_levels) != NULL)
            texts[options.n_texts++] = mlp_model_feature(model, j);
    cr_assert_eq(read_bytes(csv, length, MLP_FILE_CSV, &options, &table, NULL),
                 MLP_OK);
    free(csv);
    return table;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 16);
    cr_assert(file != NULL && text != NULL);
    cr_assert_gt(fread(text, 1, (1 << 16) - 1, file), 0);
    fclose(file);
    return text;
}

/* People with texts, gaps, and levels that training had not. */
Test(rows, a_raw_row_is_answered_alike_alone_and_among_others)
{
    enum { N_ROWS = 120 };
    static const char *const target[] = {"income"};
    mlp_table *train = file_table("tests/data/adult/train.csv", "income");
    mlp_fit_spec spec = spec_for(target);
    spec.scaling = MLP_SCALING_ROBUST;
    spec.hidden_given = true;
    spec.training.epochs = 3;
    mlp_model *model = trained(train, &spec, NULL);
    char *text = read_text("tests/data/adult/test.csv");
    mlp_table *all = adult_lines(model, text, 0, N_ROWS);
    float *together = answers_of(model, all);
    size_t n = mlp_model_n_outputs(model);
    for (size_t i = 0; i < N_ROWS; i++) {
        mlp_table *one = adult_lines(model, text, i, 1);
        mlp_table *two = adult_lines(model, text, i, i + 2 < N_ROWS ? 2 : 1);
        float *alone = answers_of(model, one);
        float *beside = answers_of(model, two);
        cr_expect_arr_eq(alone, together + n * i, n * sizeof *alone);
        cr_expect_arr_eq(beside, together + n * i, n * sizeof *beside);
        free(alone);
        free(beside);
        mlp_table_destroy(one);
        mlp_table_destroy(two);
    }
    free(together);
    free(text);
    mlp_table_destroy(all);
    mlp_table_destroy(train);
    mlp_model_destroy(model);
}

/* --- intervals ------------------------------------------------------------ */

Test(rows, intervals_widen_with_their_coverage_and_end_with_the_rows)
{
    static const char *const target[] = {"target"};
    mlp_table *table = file_table("tests/data/diabetes/train.csv", NULL);
    mlp_fit_spec spec = spec_for(target);
    spec.task = MLP_TASK_REGRESSION;
    spec.hidden_given = spec.validation_given = true;
    spec.training.epochs = 5;
    spec.training.seed = 3;
    spec.validation = 0.2;
    mlp_model *model = trained(table, &spec, NULL);
    size_t n = mlp_model_n_residuals(model);
    float narrow = 0, wide = 0, low, high;
    cr_assert_geq(n, 20);
    cr_assert(mlp_model_interval(model, 0, 0.5, &narrow));
    cr_assert(mlp_model_interval(model, 0, (double)n / (double)(n + 1) - 1e-9,
                                 &wide));
    cr_expect_lt(narrow, wide);
    cr_expect_not(mlp_model_interval(model, 0, 0.9999, &wide));
    cr_expect_not(mlp_model_interval(model, 0, 1, &wide));
    mlp_model_interval_around(model, 0, narrow, 150, &low, &high);
    cr_expect_leq(low, 150);
    cr_expect_geq(high, 150);
    mlp_model_interval_around(model, 0, narrow, NAN, &low, &high);
    cr_expect(isnan(low) && isnan(high));
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

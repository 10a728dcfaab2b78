/* SPDX-License-Identifier: MIT
 *
 * What a plan makes of columns, and an encoder of cells. */
#include "model/encoder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "mlp/buffer.h"
#include "model/plan.h"
#include "models.h"

static const char *const target[] = {"y"};

/* 60 rows: a number, two levels, three levels with gaps, a gap in numbers, a
 * date, something constant and a name of the row. */
static mlp_table *mixed(void)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 16);
    mlp_buffer_text(&csv, "a,two,three,gap,when,same,name,y\n");
    for (int i = 0; i < 60; i++)
        mlp_buffer_format(&csv, "%d,%s,%s,%s,2024-%02d-%02d,7,row %d,%d\n",
                          i * 37 % 61, i % 2 ? "no" : "yes",
                          i % 4 == 3 ? "" : &"x\0y\0z"[i % 4 * 2],
                          i % 5 ? "1.5" : (i % 10 ? "3" : ""), i % 12 + 1,
                          i % 28 + 1, i, i % 3);
    mlp_table *table = csv_table(csv.data, "y");
    mlp_buffer_free(&csv);
    return table;
}

static mlp_plan *plan_mixed(mlp_table *table)
{
    mlp_fit_spec spec = spec_for(target);
    spec.n_members = 1;
    spec.validation_given = true;
    return plan_of(table, &spec);
}

Test(encoder, every_kind_of_column_has_the_inputs_of_its_kind)
{
    mlp_table *table = mixed();
    mlp_plan *plan = plan_mixed(table);
    const struct encoder *e = &plan->encoder;
    static const struct {
        mlp_column_kind kind;
        size_t n_inputs;
    } expected[] = {{MLP_KIND_NUMERIC, 1},
                    {MLP_KIND_CATEGORICAL, 1},
                    {MLP_KIND_CATEGORICAL, 4},
                    {MLP_KIND_NUMERIC, 2},
                    {MLP_KIND_DATETIME, ENCODER_CALENDAR},
                    {MLP_KIND_IGNORE, 0},
                    {MLP_KIND_IGNORE, 0}};
    cr_assert_eq(e->n, 7);
    cr_expect_eq(e->scaling, MLP_SCALING_ROBUST);
    for (size_t j = 0; j < e->n; j++) {
        cr_expect_eq(e->columns[j].kind, expected[j].kind, "column %zu", j);
        cr_expect_eq(e->columns[j].n_inputs, expected[j].n_inputs,
                     "column %zu: %zu", j, e->columns[j].n_inputs);
    }
    cr_expect_eq(e->n_inputs, 1 + 1 + 4 + 2 + ENCODER_CALENDAR);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(encoder, levels_gaps_and_strangers_are_told_apart)
{
    mlp_table *table = mixed();
    mlp_plan *plan = plan_mixed(table);
    const struct encoder *e = &plan->encoder;
    enum { N = 4 };
    float *x = calloc(N * e->n_inputs, sizeof *x);
    float cells[N * 7];
    for (size_t i = 0; i < N * 7; i++)
        cells[i] = NAN;
    cells[0 * 7 + 1] = 0; /* "no" */
    cells[1 * 7 + 1] = 1; /* "yes" */
    cells[2 * 7 + 1] = -1;
    cells[0 * 7 + 2] = 2; /* "z" */
    cells[1 * 7 + 2] = -1;
    cells[0 * 7 + 3] = 1.5F;
    encoder_apply(e, cells, N, x);
    const float *two = x + e->columns[1].input;
    const float *three = x + e->columns[2].input;
    const float *gap = x + e->columns[3].input;
    size_t row = e->n_inputs;
    cr_expect(two[0] == -1 && two[row] == 1, "a sign for two levels");
    cr_expect(two[2 * row] == 0 && two[3 * row] == 0);
    cr_expect(three[0] == 0 && three[1] == 0 && three[2] == 1 && three[3] == 0);
    for (size_t k = 0; k < 4; k++)
        cr_expect_eq(three[row + k], 0, "a level that nobody knew");
    cr_expect_eq(three[2 * row + 3], 1, "a gap");
    cr_expect(gap[1] == 0 && gap[row + 1] == 1);
    cr_expect_eq(gap[row], 0, "the median stands in");
    free(x);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(encoder, numbers_are_scaled_by_quartiles_and_tamed_far_out)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 16);
    mlp_buffer_text(&csv, "a,y\n");
    /* 0, 0.5, …, 24.5 in some order: median 12.25, quartiles 12.25 apart. */
    for (int i = 0; i < 50; i++)
        mlp_buffer_format(&csv, "%g,%d\n", (i * 7 % 50) * 0.5, i % 2);
    mlp_table *table = csv_table(csv.data, "y");
    mlp_plan *plan = plan_mixed(table);
    const float cells[] = {12.25F, 24.5F, 1e30F, -1e30F, 3e38F};
    float x[5];
    cr_assert_eq(plan->encoder.n_inputs, 1);
    encoder_apply(&plan->encoder, cells, 5, x);
    cr_expect_float_eq(x[0], 0, 1e-6);
    double z = (24.5 - 12.25) / 12.25;
    cr_expect_float_eq(x[1], z / sqrt(1 + z * z / 9), 1e-5);
    cr_expect_float_eq(x[2], 3, 1e-5);
    cr_expect_float_eq(x[3], -3, 1e-5);
    cr_expect(isfinite(x[4]));
    mlp_buffer_free(&csv);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(encoder, many_levels_are_numbers_for_an_embedding)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "a,y\n");
    for (int i = 0; i < 700; i++)
        mlp_buffer_format(&csv, "l%d,%d\n", i % 70, i % 2);
    mlp_buffer_text(&csv, ",1\n,0\n");
    mlp_table *table = csv_table(csv.data, "y");
    mlp_plan *plan = plan_mixed(table);
    const struct encoder *e = &plan->encoder;
    mlp_embedding_spec embeddings[1];
    const float cells[] = {0, 69, -1, NAN};
    float x[4];
    cr_assert_eq(e->n_inputs, 1);
    cr_assert_eq(encoder_embeddings(e, embeddings), 1);
    cr_expect_eq(embeddings[0].kind, MLP_EMBEDDING_LEVELS);
    cr_expect_eq(embeddings[0].n_levels, 71, "and one for gaps");
    cr_expect_eq(embeddings[0].n_units, ENCODER_EMBEDDING);
    encoder_apply(e, cells, 4, x);
    cr_expect(x[0] == 0 && x[1] == 69 && x[2] < 0 && x[3] == 70);
    mlp_buffer_free(&csv);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(encoder, a_declaration_overrules_what_cells_look_like)
{
    static const mlp_column_declaration codes[] = {{"a", MLP_KIND_CATEGORICAL}};
    mlp_table *table = csv_table("a,y\n1,u\n2,v\n3,u\n1,v\n2,u\n", "y");
    mlp_fit_spec spec = spec_for(target);
    spec.columns = codes;
    spec.n_columns = 1;
    mlp_plan *plan = plan_of(table, &spec);
    const struct encoded_column *a = &plan->encoder.columns[0];
    cr_expect_eq(a->kind, MLP_KIND_CATEGORICAL);
    cr_expect_eq(a->levels.n, 3);
    mlp_label two = {MLP_CELL_NUMBER, "2.0", 3, 2};
    mlp_label text = {MLP_CELL_TEXT, "2", 1, 0};
    mlp_label other = {MLP_CELL_NUMBER, "9", 1, 9};
    cr_expect_eq(encoder_level(a, &two), 1);
    cr_expect_eq(encoder_level(a, &text), 1, "by its spelling");
    cr_expect_eq(encoder_level(a, &other), -1);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

/* Held out rows make gaps in the numbers of those that teach. */
Test(encoder, a_number_of_the_row_is_left_out_however_rows_are_split)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 16);
    mlp_buffer_text(&csv, "id,a,y\n");
    for (int i = 0; i < 100; i++)
        mlp_buffer_format(&csv, "%d,%d,%d\n", i + 17, i * 37 % 61, i % 3);
    mlp_table *table = csv_table(csv.data, "y");
    for (size_t members = 1; members <= 5; members += 4) {
        mlp_fit_spec spec = spec_for(target);
        spec.n_members = members;
        mlp_plan *plan = plan_of(table, &spec);
        cr_expect_eq(plan->encoder.columns[0].kind, MLP_KIND_IGNORE,
                     "%zu members", members);
        cr_expect_eq(plan->encoder.columns[1].kind, MLP_KIND_NUMERIC);
        mlp_plan_destroy(plan);
    }
    mlp_buffer_free(&csv);
    mlp_table_destroy(table);
}

static mlp_plan *plan_of_months(size_t rows_each, mlp_table **table)
{
    mlp_buffer csv;
    mlp_buffer_init(&csv, 1 << 20);
    mlp_buffer_text(&csv, "m,y\n");
    for (size_t i = 0; i < 3 * rows_each; i++)
        mlp_buffer_format(&csv, "%zu,%zu\n", i % 3 * 2, i % 2);
    *table = csv_table(csv.data, "y");
    mlp_buffer_free(&csv);
    mlp_fit_spec spec = spec_for(target);
    spec.n_members = 5; /* folds: every row teaches */
    return plan_of(*table, &spec);
}

Test(encoder, few_whole_values_with_many_rows_are_levels_as_well)
{
    mlp_table *table;
    mlp_plan *plan = plan_of_months(2000, &table);
    const float cells[] = {0, 2, 4, 3, NAN};
    float x[5 * 4];
    cr_assert(plan->encoder.columns[0].discrete);
    cr_assert_eq(plan->encoder.n_inputs, 4);
    encoder_apply(&plan->encoder, cells, 5, x);
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 3; k++)
            cr_expect_eq(x[i * 4 + 1 + k], i < 3 && i == k, "%zu %zu", i, k);
    cr_expect(x[0] < x[4] && x[4] < x[8], "and they are numbers");
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
    plan = plan_of_months(1999, &table);
    cr_expect_not(plan->encoder.columns[0].discrete);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

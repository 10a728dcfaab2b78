/* SPDX-License-Identifier: MIT */
#include "model/scaling.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models.h"

static struct column_statistics statistics(const char *csv)
{
    mlp_table *table = csv_table(csv, NULL);
    const uint32_t rows[] = {0, 1, 2, 3};
    const size_t column = 0;
    struct column_statistics found;
    cr_assert_eq(
        statistics_of_columns(table, rows, 4, &column, 1, &found, NULL),
        MLP_OK);
    cr_expect_eq(found.deviation, 0);
    cr_assert_eq(
        statistics_add_deviations(table, rows, 4, &column, 1, &found, NULL),
        MLP_OK);
    mlp_table_destroy(table);
    return found;
}

Test(scaling, statistics_pass_over_what_is_missing)
{
    struct column_statistics s = statistics("a,b\n1,1\n,1\n4,1\n7,1\n");
    cr_expect_eq(s.n, 3);
    cr_expect_eq(s.low, 1);
    cr_expect_eq(s.high, 7);
    cr_expect(s.whole);
    cr_expect_float_eq(s.mean, 4, 1e-12);
    cr_expect_float_eq(s.deviation, sqrt(6), 1e-12);
}

Test(scaling, a_column_is_whole_when_each_number_in_it_is)
{
    cr_expect(statistics("a\n0\n-3\n255\n16777216\n").whole);
    cr_expect(statistics("a\n8388607\n8388609\n-16777215\n1e30\n").whole);
    cr_expect(statistics("a,b\n1,1\n,1\n,1\n2,1\n").whole);
    cr_expect_not(statistics("a\n1\n2\n3\n0.5\n").whole);
    cr_expect_not(statistics("a\n-4194303.5\n2\n3\n4\n").whole);
    cr_expect_not(statistics("a\n1\n2\n1e-40\n4\n").whole);
}

Test(scaling, a_column_without_numbers_is_all_zero)
{
    struct column_statistics s = statistics("a,b\n,1\n,1\n,1\n,1\n");
    cr_expect(s.n == 0 && s.low == 0 && s.high == 0 && !s.whole);
    cr_expect(s.mean == 0 && s.deviation == 0);
}

/* More columns than are dealt with side by side, more rows than a slice. */
Test(scaling, each_column_of_many_has_the_figures_it_would_have_alone)
{
    enum { ROWS = 700, COLUMNS = 211 };
    float *block = malloc(sizeof *block * ROWS * COLUMNS);
    uint32_t rows[ROWS];
    size_t columns[COLUMNS];
    srand(2);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        block[i] = rand() % 9 == 0 ? NAN : (float)(rand() % 2001 - 1000) / 7;
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = (uint32_t)i;
    for (size_t j = 0; j < COLUMNS; j++)
        columns[j] = j;
    mlp_table *table;
    struct column_statistics all[COLUMNS], one;
    cr_assert_eq(
        mlp_table_adopt(block, false, ROWS, COLUMNS, NULL, &table, NULL),
        MLP_OK);
    cr_assert_eq(
        statistics_of_columns(table, rows, ROWS, columns, COLUMNS, all, NULL),
        MLP_OK);
    for (size_t j = 0; j < COLUMNS; j++) {
        float low = INFINITY, high = -INFINITY;
        double sum = 0;
        size_t n = 0;
        for (size_t i = 0; i < ROWS; i++) {
            float value = block[i * COLUMNS + j];
            if (isnan(value))
                continue;
            low = fminf(low, value);
            high = fmaxf(high, value);
            sum += (double)value;
            n++;
        }
        cr_assert_eq(statistics_of_columns(table, rows, ROWS, &columns[j], 1,
                                           &one, NULL),
                     MLP_OK);
        cr_assert(all[j].n == n && one.n == n);
        cr_assert(all[j].low == low && one.low == low);
        cr_assert(all[j].high == high && one.high == high);
        cr_assert(all[j].mean == sum / (double)n && one.mean == all[j].mean);
    }
    mlp_table_destroy(table);
}

Test(scaling, a_small_spread_on_a_large_mean_is_seen)
{
    struct column_statistics s =
        statistics("a\n8000000\n8000001\n8000000\n8000001\n");
    cr_expect_float_eq(s.deviation, 0.5, 1e-9);
}

Test(scaling, standard_gives_mean_zero_and_deviation_one)
{
    struct column_statistics s = statistics("a\n1\n2\n3\n6\n");
    float shift, scale, sum = 0, squares = 0;
    const float values[] = {1, 2, 3, 6};
    scaling_fit(MLP_SCALING_STANDARD, &s, 1, &shift, &scale);
    for (size_t i = 0; i < 4; i++) {
        float x = (values[i] - shift) * scale;
        sum += x;
        squares += x * x;
    }
    cr_expect_float_eq(sum, 0, 1e-5);
    cr_expect_float_eq(squares, 4, 1e-5);
}

Test(scaling, a_constant_or_empty_column_says_nothing_ever)
{
    static const char *const columns[] = {"a\n0.1\n0.1\n0.1\n0.1\n",
                                          "a,b\n,1\n,1\n,1\n,1\n",
                                          "a\n1e-44\n0\n0\n0\n"};
    for (size_t i = 0; i < 3; i++) {
        struct column_statistics s = statistics(columns[i]);
        float shift, scale;
        scaling_fit(MLP_SCALING_STANDARD, &s, 1, &shift, &scale);
        cr_expect_eq(scale, 0, "%zu: %g", i, (double)scale);
        cr_expect(isfinite(shift));
    }
}

Test(scaling, byte_and_none_are_constants)
{
    float shift[2], scale[2];
    scaling_fit(MLP_SCALING_BYTE, NULL, 2, shift, scale);
    cr_expect(shift[1] == 0 && scale[1] == 1.0F / 255);
    scaling_fit(MLP_SCALING_NONE, NULL, 2, shift, scale);
    cr_expect(shift[0] == 0 && scale[0] == 1);
}

/* n columns of 10 rows that all look like this. */
static mlp_scaling
choice(size_t n, size_t n_numbers, float low, float high, bool whole)
{
    struct column_statistics columns[784];
    for (size_t i = 0; i < n; i++)
        columns[i] = (struct column_statistics){
            .n = n_numbers, .low = low, .high = high, .whole = whole};
    return scaling_choose(columns, n, 10);
}

Test(scaling, auto_takes_pixels_for_bytes_and_all_else_for_a_table)
{
    cr_expect_eq(choice(784, 10, 0, 255, true), MLP_SCALING_BYTE);
    cr_expect_eq(choice(16, 10, 0, 128, true), MLP_SCALING_BYTE);
    cr_expect_eq(choice(16, 10, 0, 127, true), MLP_SCALING_STANDARD);
    cr_expect_eq(choice(15, 10, 0, 255, true), MLP_SCALING_STANDARD);
    cr_expect_eq(choice(784, 10, 0, 256, true), MLP_SCALING_STANDARD);
    cr_expect_eq(choice(784, 10, -1, 255, true), MLP_SCALING_STANDARD);
    cr_expect_eq(choice(784, 10, 0, 255, false), MLP_SCALING_STANDARD);
    cr_expect_eq(choice(784, 9, 0, 255, true), MLP_SCALING_STANDARD);
}

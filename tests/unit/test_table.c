/* SPDX-License-Identifier: MIT
 *
 * Tables: what cells become, what is refused, and that blocks do not show. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "data/table_gather.h"
#include "tables.h"

static const char *const xy[] = {"x", "y", NULL};

Test(table, a_cell_comes_back_as_the_nearest_float_and_missing_as_nan)
{
    mlp_table *table = table_of(0, xy);
    ROW(table, cell_number("0.1"), cell_number("-3e2"));
    ROW(table, cell_missing(), cell_number("16777217"));
    cr_expect_eq(mlp_table_n_rows(table), 2);
    cr_expect_eq(mlp_table_n_columns(table), 2);
    cr_expect_eq(mlp_table_value(table, 0, 0), 0.1f);
    cr_expect_eq(mlp_table_value(table, 0, 1), -300.0f);
    cr_expect(isnan(mlp_table_value(table, 1, 0)));
    cr_expect_eq(mlp_table_value(table, 1, 1), 16777216.0f);
    cr_expect_eq(mlp_table_column(table, 0)->type, MLP_COLUMN_NUMERIC);
    cr_expect_eq(mlp_table_column(table, 0)->n_missing, 1);
    cr_expect_eq(mlp_table_column(table, 1)->n_missing, 0);
    mlp_table_destroy(table);
}

Test(table, text_becomes_levels_in_order_of_first_appearance)
{
    mlp_table *table = table_of(0, (const char *[]){"colour", NULL});
    const char *const values[] = {"red", "green", "red", "", "green"};
    for (size_t i = 0; i < 5; i++)
        ROW(table, cell_text(values[i]));
    const mlp_column *column = mlp_table_column(table, 0);
    cr_expect_eq(column->type, MLP_COLUMN_LEVELS);
    cr_assert_eq(column->n_levels, 3);
    cr_expect_str_eq(column->levels[0].text, "red");
    cr_expect_str_eq(column->levels[1].text, "green");
    cr_expect_str_eq(column->levels[2].text, "");
    const float cells[] = {0, 1, 0, 2, 1};
    for (size_t i = 0; i < 5; i++)
        cr_expect_eq(mlp_table_value(table, i, 0), cells[i]);
    mlp_table_destroy(table);
}

Test(table, booleans_are_levels_of_their_own_kind)
{
    mlp_table *table = table_of(0, (const char *[]){"ok", NULL});
    ROW(table, cell_boolean(true));
    ROW(table, cell_missing());
    ROW(table, cell_boolean(false));
    const mlp_column *column = mlp_table_column(table, 0);
    cr_assert_eq(column->n_levels, 2);
    cr_expect_str_eq(column->levels[0].text, "true");
    cr_expect_str_eq(column->levels[1].text, "false");
    cr_expect_eq(column->levels[1].kind, MLP_CELL_BOOLEAN);
    cr_expect_eq(column->n_missing, 1);
    mlp_table_destroy(table);
}

Test(table, numbers_of_equal_value_are_one_label_in_one_spelling)
{
    mlp_table *table = table_of(0, (const char *[]){"*y", NULL});
    const char *const spellings[] = {"1.0", "1",  "1e0", "10e-1",
                                     "2",   "-0", "0",   "0.0e7"};
    const float cells[] = {0, 0, 0, 0, 1, 2, 2, 2};
    for (size_t i = 0; i < 8; i++) {
        ROW(table, cell_number(spellings[i]));
        cr_expect_eq(mlp_table_value(table, i, 0), cells[i], "%s",
                     spellings[i]);
    }
    const mlp_column *column = mlp_table_column(table, 0);
    cr_assert_eq(column->n_levels, 3);
    cr_expect_str_eq(column->levels[0].text, "1");
    cr_expect_eq(column->levels[0].number, 1.0);
    cr_expect_eq(column->levels[0].kind, MLP_CELL_NUMBER);
    mlp_table_destroy(table);
}

Test(table, whole_labels_that_differ_in_the_last_of_thirty_digits_stay_apart)
{
    mlp_table *table = table_of(0, (const char *[]){"*y", NULL});
    ROW(table, cell_number("9007199254740993"));
    ROW(table, cell_number("9007199254740992"));
    ROW(table, cell_number("123456789012345678901234567890"));
    ROW(table, cell_number("123456789012345678901234567891"));
    ROW(table, cell_number("12345678901234567890123456789.00e1"));
    const mlp_column *column = mlp_table_column(table, 0);
    cr_expect_eq(column->n_levels, 4);
    cr_expect_eq(mlp_table_value(table, 4, 0), 2);
    cr_expect_str_eq(column->levels[0].text, "9007199254740993");
    mlp_table_destroy(table);
}

Test(table, a_label_spelled_as_no_json_number_is_cleaned)
{
    static const char *const cases[][2] = {
        {" +1 ", "1"},
        {"007", "7"},
        {".5", "0.5"},
        {"5.", "5"},
        {"-.25e+3", "-250"},
        {"00.e0", "0"},
        {"-08.50", "-8.5"},
        {"+016777217.", "16777217"},
        {"00033554433.0e0", "33554433.0e0"},
    };
    enum { N = sizeof cases / sizeof cases[0] };
    mlp_table *table = table_of(0, (const char *[]){"*y", NULL});
    for (size_t i = 0; i < N; i++) {
        ROW(table, cell_number(cases[i][0]));
        const mlp_label *label = &mlp_table_column(table, 0)->levels[i];
        mlp_decimal decimal;
        cr_expect_str_eq(label->text, cases[i][1]);
        cr_expect_eq(label->length, strlen(cases[i][1]));
        cr_expect_eq(mlp_decimal_scan(label->text, label->length, &decimal),
                     label->length, "'%s' is no JSON", label->text);
    }
    mlp_table_destroy(table);
}

/* What a float cannot tell apart is one, unless it is a code. */
Test(table, a_fraction_is_its_float_and_a_whole_label_all_of_its_digits)
{
    static const char *const cases[][2] = {
        {"0.1", "0.1"},
        {"0.10000000149", "0.1"},
        {"16777216.5", "16777216"},
        {"16777217", "16777217"},
        {"16777217.0", "16777217"},
        {"16777218", "16777218"},
        {"1e3", "1000"},
        {"1099511627776", "1099511627776"},
        {"1e30", "1e30"},
        {"1e-60", "0"},
        {"-0.0", "0"},
    };
    mlp_table *table = table_of(0, (const char *[]){"*y", NULL});
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ROW(table, cell_number(cases[i][0]));
        size_t level = (size_t)mlp_table_value(table, i, 0);
        cr_expect_str_eq(mlp_table_column(table, 0)->levels[level].text,
                         cases[i][1], "%s", cases[i][0]);
    }
    mlp_table_destroy(table);
}

/* Columns that are labels from the start, and columns that become some. */
Test(table, levels_made_afterwards_are_those_that_would_have_been)
{
    static const char *const numbers[] = {
        "3", "16777217", "1.50", "-0", "1e3", "16777217", "3000000001", "0.1"};
    mlp_table *early =
        table_of(0, (const char *[]){"a", "*y", "*w", "*b", "*none", NULL});
    mlp_table *late =
        table_of(0, (const char *[]){"a", "y", "w", "b", "none", NULL});
    mlp_error err;
    for (size_t i = 0; i < 8; i++) {
        mlp_cell y = i == 3 ? cell_missing() : cell_number(numbers[i]);
        mlp_cell row[] = {cell_number(numbers[i]), y, cell_text(numbers[i]),
                          cell_boolean(i % 2), cell_missing()};
        add_row(early, row, 5);
        add_row(late, row, 5);
    }
    cr_expect_not(same_bytes(early, late));
    for (size_t j = 1; j < 5; j++)
        cr_assert_eq(mlp_table_make_levels(late, j, &err), MLP_OK);
    cr_expect(same_bytes(early, late));
    cr_expect_eq(mlp_table_make_levels(late, 1, &err), MLP_OK);
    cr_expect(same_bytes(early, late), "a second time changes nothing");
    mlp_table_destroy(early);
    mlp_table_destroy(late);
}

Test(table, levels_can_be_made_of_bytes)
{
    uint8_t *block = malloc(4);
    mlp_table *table,
        *expected = table_of(0, (const char *[]){"x0", "*x1", NULL});
    mlp_error err;
    memcpy(block, (uint8_t[]){7, 255, 8, 3}, 4);
    cr_assert_eq(mlp_table_adopt(block, true, 2, 2, NULL, &table, &err),
                 MLP_OK);
    cr_assert_eq(mlp_table_make_levels(table, 1, &err), MLP_OK);
    ROW(expected, cell_number("7"), cell_number("255"));
    ROW(expected, cell_number("8"), cell_number("3"));
    cr_expect(same_bytes(table, expected));
    mlp_table_destroy(expected);
    mlp_table_destroy(table);
}

/* Append `last` behind `first` in one column and see it refused. */
static void
expect_refusal(const char *name, mlp_cell first, mlp_cell last, const char *why)
{
    mlp_table *table = table_of(0, (const char *[]){name, NULL});
    mlp_error err;
    ROW(table, cell_missing());
    ROW(table, first);
    cr_expect_eq(mlp_table_append(table, &last, 1, &err), MLP_INVALID);
    cr_expect_str_eq(err.text, why);
    cr_expect_eq(mlp_table_n_rows(table), 2);
    mlp_table_destroy(table);
}

Test(table, a_column_that_would_mix_kinds_is_refused_with_its_place)
{
    expect_refusal("age", cell_number("3"), cell_text("old"),
                   "column 'age' holds numbers, row 3 has the text \"old\"");
    expect_refusal("age", cell_text("old"), cell_number("3e1"),
                   "column 'age' holds text, row 3 has the number 3e1");
    expect_refusal("age", cell_boolean(true), cell_number("0"),
                   "column 'age' holds booleans, row 3 has the number 0");
    expect_refusal("*y", cell_number("1"), cell_boolean(false),
                   "column 'y' holds numbers, row 3 has false");
}

Test(table, a_number_beyond_float_is_refused_with_its_place)
{
    const char *why = "column 'a', row 3: the number 1e999 is out of range";
    expect_refusal("a", cell_number("1"), cell_number("1e999"), why);
    expect_refusal("*a", cell_number("1"), cell_number("1e999"), why);
}

Test(table, text_that_is_not_utf8_is_refused)
{
    expect_refusal("a", cell_text("x"), cell_text("\xff"),
                   "column 'a', row 3: the text is not UTF-8");
}

Test(table, a_long_text_is_cut_between_characters_in_an_error)
{
    char text[600];
    mlp_error err;
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa4", 3);
    mlp_table *table = table_of(0, (const char *[]){"n", NULL});
    ROW(table, cell_number("1"));
    mlp_cell cell = cell_text(text);
    cr_assert_eq(mlp_table_append(table, &cell, 1, &err), MLP_INVALID);
    cr_expect(strstr(err.text, "\xc3\xa4...\"") != NULL, "%s", err.text);
    mlp_table_destroy(table);
}

Test(table, a_row_of_another_width_is_refused)
{
    mlp_table *table = table_of(0, xy);
    mlp_cell cells[3] = {cell_number("1"), cell_number("2"), cell_number("3")};
    mlp_error err;
    cr_expect_eq(mlp_table_append(table, cells, 3, &err), MLP_SHAPE);
    cr_expect_str_eq(err.text, "row 1: expected 2 cells, got 3");
    cr_expect_eq(mlp_table_append(table, cells, 0, &err), MLP_SHAPE);
    mlp_table_destroy(table);
    table = table_of(0, (const char *[]){NULL});
    cr_expect_eq(mlp_table_append(table, cells, 0, &err), MLP_INVALID);
    mlp_table_destroy(table);
}

Test(table, growth_stops_at_max_cells_and_holds_no_more)
{
    mlp_table *table = table_of(1001, xy);
    mlp_cell cells[2] = {cell_number("1"), cell_number("2")};
    mlp_error err;
    for (size_t i = 0; i < 500; i++)
        cr_assert_eq(mlp_table_append(table, cells, 2, &err), MLP_OK);
    cr_expect_eq(mlp_table_append(table, cells, 2, &err), MLP_LIMIT);
    cr_expect_eq(mlp_table_n_rows(table), 500);
    cr_expect_lt(mlp_table_bytes(table), 500 * 2 * sizeof(float) + 2000);
    mlp_table_destroy(table);
}

Test(table, a_name_that_is_empty_long_taken_or_no_utf8_is_refused)
{
    mlp_table *table = table_of(0, xy);
    mlp_error err;
    char name[256];
    memset(name, 'n', sizeof name);
    static const struct {
        const char *name;
        size_t length;
    } bad[] = {{"", 0}, {"x", 1}, {"\xc3", 1}, {"a\0b", 3}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(mlp_table_add_column(table, bad[i].name, bad[i].length,
                                          false, &err),
                     MLP_INVALID);
    cr_expect_eq(mlp_table_add_column(table, name, 256, false, &err),
                 MLP_INVALID);
    cr_expect_eq(mlp_table_add_column(table, name, 255, false, &err), MLP_OK);
    cr_expect_eq(mlp_table_n_columns(table), 3);
    mlp_table_destroy(table);
}

Test(table, a_column_behind_the_first_row_is_refused)
{
    mlp_table *table = table_of(0, xy);
    mlp_error err;
    ROW(table, cell_number("1"), cell_number("2"));
    cr_expect_eq(mlp_table_add_column(table, "z", 1, false, &err), MLP_INVALID);
    mlp_table_destroy(table);
}

Test(table, two_thousand_columns_are_found_by_name_also_when_renamed)
{
    mlp_table *table = table_of(0, (const char *[]){NULL});
    mlp_error err;
    char name[16];
    size_t found;
    for (size_t i = 0; i < 2000; i++) {
        int n = snprintf(name, sizeof name, "c%zu", i);
        cr_assert_eq(mlp_table_add_column(table, name, (size_t)n, false, &err),
                     MLP_OK);
    }
    for (size_t i = 0; i < 2000; i += 3) {
        int n = snprintf(name, sizeof name, "d%zu", i);
        cr_assert_eq(mlp_table_rename_column(table, i, name, (size_t)n, &err),
                     MLP_OK);
    }
    for (size_t i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "c%zu", i);
        cr_assert_eq(mlp_table_find(table, name, &found), i % 3 != 0);
        if (i % 3 == 0) {
            name[0] = 'd';
            cr_assert(mlp_table_find(table, name, &found));
        }
        cr_assert_eq(found, i);
        cr_assert_str_eq(mlp_table_column(table, i)->name, name);
    }
    cr_expect_eq(mlp_table_rename_column(table, 1, "d0", 2, &err), MLP_INVALID);
    cr_expect_eq(mlp_table_rename_column(table, 1, "c1", 2, &err), MLP_OK);
    mlp_table_destroy(table);
}

Test(table, a_hundred_thousand_levels_keep_their_numbers)
{
    mlp_table *table = table_of(0, (const char *[]){"*n", "t", NULL});
    for (size_t round = 0; round < 2; round++)
        for (size_t i = 0; i < 100000; i++) {
            char spelling[16];
            snprintf(spelling, sizeof spelling, "%zu", i * 7919);
            ROW(table, cell_number(spelling), cell_text(spelling));
            size_t row = mlp_table_n_rows(table) - 1;
            cr_assert_eq(mlp_table_value(table, row, 0), (float)i);
            cr_assert_eq(mlp_table_value(table, row, 1), (float)i);
        }
    cr_expect_eq(mlp_table_column(table, 0)->n_levels, 100000);
    cr_expect_eq(mlp_table_column(table, 1)->n_levels, 100000);
    mlp_table_destroy(table);
}

/* --- blocks --------------------------------------------------------------- */

static mlp_table *adopt(const void *cells,
                        bool bytes,
                        size_t rows,
                        size_t n,
                        const char *const *names)
{
    size_t size = rows * n * (bytes ? 1 : sizeof(float));
    void *block = malloc(size + 1);
    mlp_table *table;
    mlp_error err;
    cr_assert_not_null(block);
    memcpy(block, cells, size);
    cr_assert_eq(mlp_table_adopt(block, bytes, rows, n, names, &table, &err),
                 MLP_OK, "%s", err.text);
    return table;
}

Test(table, an_adopted_block_has_numbered_names_and_counted_gaps)
{
    const float cells[] = {1, NAN, NAN, 4, NAN, 6};
    mlp_table *table = adopt(cells, false, 2, 3, NULL);
    const size_t missing[] = {0, 2, 1};
    for (size_t j = 0; j < 3; j++) {
        char name[8];
        snprintf(name, sizeof name, "x%zu", j);
        cr_expect_str_eq(mlp_table_column(table, j)->name, name);
        cr_expect_eq(mlp_table_column(table, j)->n_missing, missing[j]);
        cr_expect_eq(mlp_table_column(table, j)->type,
                     j == 1 ? MLP_COLUMN_EMPTY : MLP_COLUMN_NUMERIC);
    }
    mlp_table_destroy(table);
}

Test(table, an_infinity_in_an_adopted_block_is_refused_and_the_block_stays)
{
    float *block = calloc(6, sizeof *block);
    mlp_table *table;
    mlp_error err;
    block[3] = -INFINITY;
    cr_expect_eq(mlp_table_adopt(block, false, 3, 2, NULL, &table, &err),
                 MLP_INVALID);
    cr_expect_str_eq(err.text,
                     "column 'x1', row 2: the number is out of range");
    cr_expect_null(table);
    free(block);
}

Test(table, gather_equals_value_by_value_over_joined_blocks)
{
    uint8_t pixels[5 * 3];
    float numbers[5 * 2];
    for (size_t i = 0; i < 15; i++)
        pixels[i] = (uint8_t)(i * 17);
    for (size_t i = 0; i < 10; i++)
        numbers[i] = (float)i / 3;
    mlp_table *table = adopt(pixels, true, 5, 3, NULL);
    mlp_table *right = adopt(numbers, false, 5, 2, (const char *[]){"a", "b"});
    mlp_error err;
    cr_assert_eq(mlp_table_join(table, right, &err), MLP_OK);

    static const size_t orders[][6] = {
        {0, 1, 2, 3, 4, 0}, {4, 3, 2, 1, 0, 0}, {2, 3, 2, 3, 1, 2}};
    static const uint32_t rows[] = {4, 0, 0, 2};
    for (size_t k = 0; k < 3; k++)
        for (size_t n = 0; n <= 6; n++) {
            float some[4 * 6], all[5 * 6];
            mlp_table_gather(table, rows, 4, orders[k], n, some);
            mlp_table_gather(table, NULL, 5, orders[k], n, all);
            for (size_t i = 0; i < 4; i++)
                for (size_t j = 0; j < n; j++)
                    cr_expect_eq(some[i * n + j],
                                 mlp_table_value(table, rows[i], orders[k][j]));
            for (size_t i = 0; i < 5; i++)
                for (size_t j = 0; j < n; j++)
                    cr_expect_eq(all[i * n + j],
                                 mlp_table_value(table, i, orders[k][j]));
        }
    mlp_table_destroy(table);
}

/* Two blocks, in orders that cut them into runs. */
Test(table, scaled_cells_are_those_of_each_column_over_joined_blocks)
{
    uint8_t pixels[] = {0, 17, 34, 51, 68, 85};
    float numbers[] = {0.5F, NAN, -3, 7, 1e6F, 0};
    mlp_table *table = adopt(pixels, true, 2, 3, NULL), *right;
    mlp_error err;
    right = adopt(numbers, false, 2, 3, (const char *[]){"a", "b", "c"});
    cr_assert_eq(mlp_table_join(table, right, &err), MLP_OK);

    static const size_t orders[][5] = {
        {0, 1, 2, 3, 4}, {5, 4, 2, 1, 0}, {1, 2, 4, 5, 0}};
    static const float shift[] = {1, -2, 3, 0.25F, 5};
    static const float scale[] = {2, 0.5F, -1, 3, 0.1F};
    static const uint32_t rows[] = {1, 0, 1};
    for (size_t k = 0; k < 6; k++) {
        const size_t *columns = orders[k % 3];
        bool alike = k >= 3;
        float x[3 * 5];
        table_gather_scaled(table, rows, 3, columns, 5, alike ? NULL : shift,
                            scale, x);
        for (size_t i = 0; i < 15; i++) {
            size_t j = i % 5;
            float cell = mlp_table_value(table, rows[i / 5], columns[j]);
            float expected =
                alike ? cell * scale[0] : (cell - shift[j]) * scale[j];
            cr_expect_eq(x[i], isnan(cell) ? 0 : expected, "%zu, %zu", k, i);
        }
    }
    mlp_table_destroy(table);
}

Test(table, a_join_moves_names_levels_and_rows)
{
    mlp_table *left = table_of(0, xy);
    mlp_table *right = table_of(0, (const char *[]){"*class", NULL});
    mlp_error err;
    size_t found;
    ROW(left, cell_number("1"), cell_text("a"));
    ROW(right, cell_number("7"));
    cr_assert_eq(mlp_table_join(left, right, &err), MLP_OK);
    cr_expect_eq(mlp_table_n_columns(left), 3);
    cr_assert(mlp_table_find(left, "class", &found));
    cr_expect_eq(found, 2);
    cr_expect_str_eq(mlp_table_column(left, 2)->levels[0].text, "7");
    cr_expect_str_eq(mlp_table_column(left, 1)->levels[0].text, "a");
    mlp_cell cells[3] = {cell_missing(), cell_missing(), cell_missing()};
    cr_expect_eq(mlp_table_append(left, cells, 3, &err), MLP_INVALID);
    mlp_table_destroy(left);
}

Test(table, a_join_of_unequal_lengths_or_shared_names_changes_nothing)
{
    mlp_table *left = table_of(0, xy);
    mlp_table *right = table_of(0, (const char *[]){"z", "y", NULL});
    mlp_error err;
    size_t found;
    ROW(left, cell_number("1"), cell_text("a"));
    cr_expect_eq(mlp_table_join(left, right, &err), MLP_SHAPE);
    ROW(right, cell_number("7"), cell_number("8"));
    cr_expect_eq(mlp_table_join(left, right, &err), MLP_INVALID);
    cr_expect_str_eq(err.text, "the column 'y' is in both tables");
    cr_expect_eq(mlp_table_join(left, left, &err), MLP_INVALID);
    cr_expect_eq(mlp_table_n_columns(left), 2);
    cr_expect_not(mlp_table_find(left, "z", &found));
    cr_expect(mlp_table_find(right, "z", &found));
    mlp_table_destroy(left);
    mlp_table_destroy(right);
}

Test(table, an_adopted_block_of_floats_takes_more_rows)
{
    const float cells[] = {1, 2, 3, 4};
    mlp_table *table = adopt(cells, false, 2, 2, NULL);
    ROW(table, cell_number("5"), cell_missing());
    cr_expect_eq(mlp_table_value(table, 1, 1), 4);
    cr_expect_eq(mlp_table_value(table, 2, 0), 5);
    mlp_table_destroy(table);
}

static mlp_status build_in_many_steps(void)
{
    mlp_table *table = NULL, *right = NULL;
    mlp_error err;
    mlp_cell cells[2] = {cell_number("12"), cell_text("level")};
    mlp_status status = mlp_table_create(0, &table, &err);
    if (status == MLP_OK)
        status = mlp_table_add_column(table, "n", 1, true, &err);
    if (status == MLP_OK)
        status = mlp_table_add_column(table, "t", 1, false, &err);
    if (status == MLP_OK)
        status = mlp_table_append(table, cells, 2, &err);
    if (status == MLP_OK)
        status = mlp_table_create(0, &right, &err);
    if (status == MLP_OK)
        status = mlp_table_add_column(right, "z", 1, false, &err);
    if (status == MLP_OK)
        status = mlp_table_append(right, cells, 1, &err);
    if (status == MLP_OK) {
        status = mlp_table_join(table, right, &err);
        if (status == MLP_OK)
            right = NULL;
    }
    mlp_table_destroy(table);
    mlp_table_destroy(right);
    return status;
}

Test(table, building_leaks_nothing_when_any_single_allocation_fails)
{
    for (size_t n = 0;; n++) {
        allocation_watch(n);
        mlp_status status = build_in_many_steps();
        struct allocation_report report = allocation_unwatch();
        cr_expect_eq(report.n_left, 0);
        cr_expect_eq(status, report.failed ? MLP_NOMEM : MLP_OK);
        if (!report.failed) {
            cr_expect_geq(n, 5);
            break;
        }
    }
}

/* SPDX-License-Identifier: MIT
 *
 * IDX: each of its types, and files whose size does not match. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "tables.h"

/* `bytes` is a string literal. */
#define READ(bytes, options, table, err)                                       \
    read_bytes(bytes, sizeof(bytes) - 1, MLP_FILE_IDX, options, table, err)

Test(idx, images_stay_bytes_one_row_an_image)
{
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(READ("\0\0\x08\3\0\0\0\2\0\0\0\2\0\0\0\3"
                      "\x00\x01\x02\x03\x04\x05\xfa\xfb\xfc\xfd\xfe\xff",
                      NULL, &table, &err),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(mlp_table_n_rows(table), 2);
    cr_assert_eq(mlp_table_n_columns(table), 6);
    cr_expect(mlp_table_column(table, 5)->bytes);
    cr_expect_eq(mlp_table_column(table, 0)->type, MLP_COLUMN_NUMERIC);
    cr_expect_str_eq(mlp_table_column(table, 5)->name, "x5");
    cr_expect_eq(mlp_table_value(table, 0, 5), 5);
    cr_expect_eq(mlp_table_value(table, 1, 0), 250);
    mlp_table_destroy(table);
}

Test(idx, labels_become_levels_spelled_as_numbers)
{
    mlp_read_options options = {.all_labels = true, .stem = "digit"};
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(
        READ("\0\0\x08\1\0\0\0\4\x07\x00\x07\xff", &options, &table, &err),
        MLP_OK, "%s", err.text);
    const mlp_column *column = mlp_table_column(table, 0);
    cr_expect_str_eq(column->name, "digit");
    cr_expect_eq(column->type, MLP_COLUMN_LEVELS);
    cr_assert_eq(column->n_levels, 3);
    cr_expect_str_eq(column->levels[0].text, "7");
    cr_expect_str_eq(column->levels[2].text, "255");
    cr_expect_eq(column->levels[2].kind, MLP_CELL_NUMBER);
    cr_expect_eq(mlp_table_value(table, 2, 0), 0);
    mlp_table_destroy(table);
}

Test(idx, every_type_is_read_big_endian)
{
    static const struct {
        const char *bytes;
        size_t n;
        float value;
    } cases[] = {
        {"\0\0\x09\1\0\0\0\1\x80", 9, -128},
        {"\0\0\x0b\1\0\0\0\1\xff\xfe", 10, -2},
        {"\0\0\x0c\1\0\0\0\1\x00\x01\x00\x00", 12, 65536},
        {"\0\0\x0d\1\0\0\0\1\x3f\xc0\x00\x00", 12, 1.5f},
        {"\0\0\x0e\1\0\0\0\1\x3f\xb9\x99\x99\x99\x99\x99\x9a", 16, 0.1f},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mlp_table *table;
        mlp_error err;
        cr_assert_eq(read_bytes(cases[i].bytes, cases[i].n, MLP_FILE_IDX, NULL,
                                &table, &err),
                     MLP_OK, "%s", err.text);
        cr_expect_eq(mlp_table_value(table, 0, 0), cases[i].value);
        cr_expect_not(mlp_table_column(table, 0)->bytes);
        mlp_table_destroy(table);
    }
}

Test(idx, a_file_of_another_size_than_its_header_says_is_refused)
{
    mlp_table *table;
    mlp_error err;
    cr_expect_eq(READ("\0\0\x08\2\0\0\0\2\0\0\0\2\1\2\3", NULL, &table, &err),
                 MLP_FORMAT);
    cr_expect_str_eq(err.text, "2 rows of 2 numbers are 4 bytes, the file has "
                               "3 behind its header");
    cr_expect_eq(
        READ("\0\0\x08\2\0\0\0\2\0\0\0\2\1\2\3\4\5", NULL, &table, &err),
        MLP_FORMAT);
    cr_expect_eq(READ("\0\0\x0e\4\xff\xff\xff\xff\0\0\1\0\0\0\1\0\0\0\1\0",
                      NULL, &table, &err),
                 MLP_LIMIT);
    cr_expect_eq(READ("\0\0\x0e\4\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                      "\xff\xff\xff\xff\xff",
                      NULL, &table, &err),
                 MLP_LIMIT);
}

Test(idx, headers_that_are_none_are_refused)
{
    mlp_table *table;
    mlp_error err;
    cr_expect_eq(READ("\0\0\x0a\1\0\0\0\1\1", NULL, &table, &err), MLP_FORMAT);
    cr_expect_eq(READ("\0\1\x08\1\0\0\0\1\1", NULL, &table, &err), MLP_FORMAT);
    cr_expect_eq(READ("\0\0\x08\0\1", NULL, &table, &err), MLP_FORMAT);
    cr_expect_eq(READ("\0\0\x08\2\0\0\0\1\0\0\0\0", NULL, &table, &err),
                 MLP_FORMAT);
    cr_expect_eq(READ("\0\0\x08", NULL, &table, &err), MLP_FORMAT);
    cr_expect_eq(READ("", NULL, &table, &err), MLP_FORMAT);
}

/* A file of a few bytes may not ask for a million columns. */
Test(idx, an_axis_of_length_0_is_refused)
{
    mlp_table *table;
    mlp_error err;
    cr_expect_eq(READ("\0\0\x08\2\0\0\0\0\0\x10\0\0", NULL, &table, &err),
                 MLP_FORMAT);
    cr_expect_str_eq(err.text, "an axis has length 0");
}

Test(idx, an_infinity_is_refused_with_its_place)
{
    mlp_table *table;
    mlp_error err;
    mlp_read_options options = {.all_labels = true};
    static const char bytes[] =
        "\0\0\x0d\1\0\0\0\2\x3f\xc0\x00\x00\x7f\x80\x00\x00";
    cr_expect_eq(READ(bytes, NULL, &table, &err), MLP_FORMAT);
    cr_expect_str_eq(err.text,
                     "column 'x0', row 2: the number is out of range");
    cr_expect_eq(READ(bytes, &options, &table, &err), MLP_FORMAT);
}

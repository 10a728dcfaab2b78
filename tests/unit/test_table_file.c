/* SPDX-License-Identifier: MIT
 *
 * The canonical bytes: decided by content alone, read back to the same, and
 * never believed. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"

/* Every type of column, with gaps. */
static mlp_table *mixed_table(void)
{
    mlp_table *table = table_of(
        0, (const char *[]){"n", "t", "b", "*l", "*e", "\xc3\xa4", NULL});
    ROW(table, cell_number("0.5"), cell_text("a"), cell_boolean(false),
        cell_number("1.50"), cell_missing(), cell_missing());
    ROW(table, cell_missing(), cell_text(""), cell_boolean(true),
        cell_number("2"), cell_missing(), cell_missing());
    ROW(table, cell_number("-0"), cell_missing(), cell_missing(),
        cell_number("1.5"), cell_missing(), cell_missing());
    return table;
}

static mlp_status
read_table(const void *bytes, size_t n, size_t max_cells, mlp_table **out)
{
    mlp_error err;
    FILE *file = tmpfile();
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, n, file), n);
    mlp_status status = mlp_table_read(file, max_cells, out, &err);
    cr_assert_eq(*out == NULL, status != MLP_OK);
    fclose(file);
    return status;
}

static void expect_same_columns(const mlp_column *a, const mlp_column *b)
{
    cr_expect_str_eq(a->name, b->name);
    cr_expect_eq(a->type, b->type);
    cr_expect_eq(a->label, b->label);
    cr_expect_eq(a->bytes, b->bytes);
    cr_expect_eq(a->n_missing, b->n_missing);
    cr_assert_eq(a->n_levels, b->n_levels);
    for (size_t k = 0; k < a->n_levels; k++) {
        cr_expect_str_eq(a->levels[k].text, b->levels[k].text);
        cr_expect_eq(a->levels[k].kind, b->levels[k].kind);
        cr_expect_eq(a->levels[k].number, b->levels[k].number);
    }
}

static void expect_round_trip(const mlp_table *table)
{
    mlp_buffer bytes = bytes_of(table);
    mlp_table *copy;
    cr_assert_eq(read_table(bytes.data, bytes.length, 0, &copy), MLP_OK);
    cr_assert_eq(mlp_table_n_rows(copy), mlp_table_n_rows(table));
    cr_assert_eq(mlp_table_n_columns(copy), mlp_table_n_columns(table));
    for (size_t j = 0; j < mlp_table_n_columns(table); j++) {
        expect_same_columns(mlp_table_column(table, j),
                            mlp_table_column(copy, j));
        for (size_t i = 0; i < mlp_table_n_rows(table); i++) {
            float a = mlp_table_value(table, i, j);
            float b = mlp_table_value(copy, i, j);
            cr_expect(a == b || (isnan(a) && isnan(b)));
        }
    }
    cr_expect(same_bytes(table, copy));
    mlp_table_destroy(copy);
    mlp_buffer_free(&bytes);
}

Test(table_file, every_type_of_column_comes_back)
{
    mlp_table *table = mixed_table();
    expect_round_trip(table);
    mlp_table_destroy(table);
}

Test(table_file, tables_without_rows_or_columns_come_back)
{
    mlp_table *table = table_of(0, (const char *[]){NULL});
    expect_round_trip(table);
    mlp_table_destroy(table);
    table = table_of(0, (const char *[]){"a", "*b", NULL});
    expect_round_trip(table);
    mlp_table_destroy(table);
}

static mlp_table *
adopt(void *block, bool bytes, size_t rows, size_t n, const char *const *names)
{
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(mlp_table_adopt(block, bytes, rows, n, names, &table, &err),
                 MLP_OK);
    return table;
}

static void join(mlp_table *left, mlp_table *right)
{
    mlp_error err;
    cr_assert_eq(mlp_table_join(left, right, &err), MLP_OK, "%s", err.text);
}

/* Columns [first, first + n) of the numbers i * 4 + j + 1/4, one missing. */
static mlp_table *numbers(size_t first, size_t n)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    float *block = malloc(50 * n * sizeof *block);
    for (size_t i = 0; i < 50; i++)
        for (size_t j = 0; j < n; j++)
            block[i * n + j] = (float)(i * 4 + first + j) + 0.25f;
    if (first == 0) {
        uint32_t odd = 0xffc12345; /* a NaN of another spelling */
        memcpy(block, &odd, sizeof odd);
    }
    return adopt(block, false, 50, n, names + first);
}

Test(table_file, appended_adopted_and_joined_rows_give_equal_bytes)
{
    mlp_table *appended =
        table_of(0, (const char *[]){"a", "b", "c", "d", NULL});
    for (size_t i = 0; i < 50; i++) {
        char text[4][16];
        for (size_t j = 0; j < 4; j++)
            snprintf(text[j], sizeof text[j], "%zu.25", i * 4 + j);
        ROW(appended, i ? cell_number(text[0]) : cell_missing(),
            cell_number(text[1]), cell_number(text[2]), cell_number(text[3]));
    }
    mlp_table *adopted = numbers(0, 4);
    mlp_table *joined = numbers(0, 1);
    join(joined, numbers(1, 2));
    join(joined, numbers(3, 1));
    cr_expect(same_bytes(appended, adopted));
    cr_expect(same_bytes(appended, joined));
    mlp_table_destroy(appended);
    mlp_table_destroy(adopted);
    mlp_table_destroy(joined);
}

Test(table_file, bytes_stay_bytes_beside_floats_and_levels)
{
    uint8_t *pixels = malloc(6);
    memcpy(pixels, "\x00\x01\x7f\x80\xfe\xff", 6);
    mlp_table *table = adopt(pixels, true, 3, 2, NULL);
    mlp_table *right = mixed_table();
    join(table, right);
    cr_expect(mlp_table_column(table, 1)->bytes);
    cr_expect_not(mlp_table_column(table, 2)->bytes);
    expect_round_trip(table);
    mlp_table_destroy(table);
}

Test(table_file, a_cell_a_name_or_a_level_that_differs_changes_the_bytes)
{
    const mlp_cell cells[] = {cell_number("1"), cell_number("2"),
                              cell_text("1"), cell_boolean(true)};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < i; k++) {
            mlp_table *a = table_of(0, (const char *[]){"*y", NULL});
            mlp_table *b = table_of(0, (const char *[]){"*y", NULL});
            mlp_table *c = table_of(0, (const char *[]){"*z", NULL});
            ROW(a, cells[i]);
            ROW(b, cells[k]);
            ROW(c, cells[i]);
            cr_expect_not(same_bytes(a, b));
            cr_expect_not(same_bytes(a, c));
            mlp_table_destroy(a);
            mlp_table_destroy(b);
            mlp_table_destroy(c);
        }
}

Test(table_file, truncated_at_every_byte_it_is_refused)
{
    mlp_table *table = mixed_table(), *copy;
    mlp_buffer bytes = bytes_of(table);
    for (size_t n = 0; n < bytes.length; n++)
        cr_expect_eq(read_table(bytes.data, n, 0, &copy), MLP_FORMAT,
                     "%zu bytes", n);
    char *longer = malloc(bytes.length + 1);
    memcpy(longer, bytes.data, bytes.length);
    longer[bytes.length] = 0;
    cr_expect_eq(read_table(longer, bytes.length + 1, 0, &copy), MLP_FORMAT);
    free(longer);
    mlp_buffer_free(&bytes);
    mlp_table_destroy(table);
}

Test(table_file, any_byte_changed_gives_a_refusal_or_a_canonical_table)
{
    mlp_table *table = mixed_table();
    mlp_buffer bytes = bytes_of(table);
    size_t n_refused = 0;
    for (size_t i = 0; i < bytes.length; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            mlp_table *copy;
            bytes.data[i] = (char)(bytes.data[i] ^ 1 << bit);
            mlp_status status = read_table(bytes.data, bytes.length, 0, &copy);
            if (status == MLP_OK) {
                mlp_buffer again = bytes_of(copy);
                cr_expect_eq(again.length, bytes.length);
                cr_expect_arr_eq(again.data, bytes.data, bytes.length);
                mlp_buffer_free(&again);
            }
            n_refused += status != MLP_OK;
            mlp_table_destroy(copy);
            bytes.data[i] = (char)(bytes.data[i] ^ 1 << bit);
        }
    cr_expect_gt(n_refused, bytes.length * 4);
    mlp_buffer_free(&bytes);
    mlp_table_destroy(table);
}

Test(table_file, a_header_that_promises_terabytes_asks_for_no_memory)
{
    static const unsigned char head[] = {
        'm', 'l', 'p', 't',  'a',  'b',  'l',  'e', 1, 0, 0,  0, 1,
        0,   0,   0,   0xff, 0xff, 0xff, 0xff, 0,   0, 0, 0,  1, 1,
        0,   0,   0,   0,    0,    0,    1,    0,   0, 0, 'x'};
    mlp_table *table;
    cr_expect_eq(read_table(head, sizeof head, 0, &table), MLP_FORMAT);
    cr_expect_eq(read_table(head, sizeof head, 1000, &table), MLP_LIMIT);
}

Test(table_file, max_cells_is_a_limit)
{
    mlp_table *table = mixed_table(), *copy;
    mlp_buffer bytes = bytes_of(table);
    cr_expect_eq(read_table(bytes.data, bytes.length, 17, &copy), MLP_LIMIT);
    cr_expect_eq(read_table(bytes.data, bytes.length, 18, &copy), MLP_OK);
    mlp_table_destroy(copy);
    mlp_buffer_free(&bytes);
    mlp_table_destroy(table);
}

static mlp_status
refuse(void *context, const void *bytes, size_t n, mlp_error *err)
{
    (void)bytes;
    (void)n;
    ++*(size_t *)context;
    return mlp_fail(err, MLP_IO, "disk full");
}

Test(table_file, the_sinks_first_failure_ends_the_writing)
{
    mlp_table *table = numbers(0, 4);
    size_t n_calls = 0;
    mlp_error err;
    cr_expect_eq(mlp_table_write(table, (mlp_sink){refuse, &n_calls}, &err),
                 MLP_IO);
    cr_expect_str_eq(err.text, "disk full");
    cr_expect_eq(n_calls, 1);
    mlp_table_destroy(table);
}

/* SPDX-License-Identifier: MIT
 *
 * NPY: each type, byte order and shape that NumPy writes, and the headers that
 * it does not. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "tables.h"

/* A file of version 1, padded as NumPy pads, or 2 and 3. */
static size_t make_file(char *out,
                        unsigned version,
                        const char *header,
                        const void *data,
                        size_t n)
{
    size_t head = version == 1 ? 10 : 12;
    size_t length = (head + strlen(header) + 1 + 63) / 64 * 64 - head;
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (char)version;
    out[7] = 0;
    out[8] = (char)(length & 0xff);
    out[9] = (char)(length >> 8);
    out[10] = out[11] = 0;
    memset(out + head, ' ', length);
    memcpy(out + head, header, strlen(header));
    out[head + length - 1] = '\n';
    memcpy(out + head + length, data, n);
    return head + length + n;
}

static mlp_status read_npy(const char *header,
                           const void *data,
                           size_t n,
                           const mlp_read_options *options,
                           mlp_table **out,
                           mlp_error *err)
{
    char file[1024];
    *err = (mlp_error){0};
    size_t length = make_file(file, 1, header, data, n);
    return read_bytes(file, length, MLP_FILE_NPY, options, out, err);
}

#define HEADER(descr, order, shape)                                            \
    "{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }"

/* np.save(file, np.array([[1.5, -2], [np.nan, 4]], np.float32)), byte for byte
 * as NumPy 1.24 writes it. */
static const char numpy_file[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, "
    "'shape': (2, 2), }"
    "                                                          \n"
    "\x00\x00\xc0\x3f\x00\x00\x00\xc0\x00\x00\xc0\x7f\x00\x00\x80\x40";

Test(npy, what_numpy_saved_is_read)
{
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(read_bytes(numpy_file, sizeof numpy_file - 1, MLP_FILE_NPY,
                            NULL, &table, &err),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(mlp_table_value(table, 0, 0), 1.5f);
    cr_expect_eq(mlp_table_value(table, 0, 1), -2);
    cr_expect(isnan(mlp_table_value(table, 1, 0)));
    cr_expect_eq(mlp_table_value(table, 1, 1), 4);
    cr_expect_eq(mlp_table_column(table, 0)->n_missing, 1);
    mlp_table_destroy(table);
}

Test(npy, every_type_in_either_byte_order_gives_its_number)
{
    static const struct {
        const char *descr, *bytes;
        size_t n;
        float value;
    } cases[] = {
        {"|b1", "\1", 1, 1},
        {"|u1", "\xff", 1, 255},
        {"|i1", "\xff", 1, -1},
        {"<u2", "\xfe\xff", 2, 65534},
        {">u2", "\xff\xfe", 2, 65534},
        {"<i2", "\xfe\xff", 2, -2},
        {"=i2", "\xfe\xff", 2, -2},
        {">i4", "\xff\xff\xff\xfe", 4, -2},
        {"<u4", "\0\0\0\x80", 4, 2147483648.0f},
        {"<i8", "\xfd\xff\xff\xff\xff\xff\xff\xff", 8, -3},
        {">u8", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 18446744073709551616.0f},
        {"<f2", "\0\x3c", 2, 1},
        {">f2", "\xb8\x00", 2, -0.5f},
        {"<f2", "\1\0", 2, 0x1p-24f},
        {"<f2", "\xff\x7b", 2, 65504},
        {"<f4", "\0\0\xc0\x3f", 4, 1.5f},
        {">f4", "\x3f\xc0\0\0", 4, 1.5f},
        {"<f8", "\x9a\x99\x99\x99\x99\x99\xb9\x3f", 8, 0.1f},
        {">f8", "\x3f\xb9\x99\x99\x99\x99\x99\x9a", 8, 0.1f},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char header[128];
        mlp_table *table;
        mlp_error err;
        snprintf(header, sizeof header,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }",
                 cases[i].descr);
        cr_assert_eq(
            read_npy(header, cases[i].bytes, cases[i].n, NULL, &table, &err),
            MLP_OK, "%s: %s", cases[i].descr, err.text);
        cr_expect_eq(mlp_table_value(table, 0, 0), cases[i].value, "%s",
                     cases[i].descr);
        cr_expect_eq(mlp_table_column(table, 0)->bytes, i < 2);
        mlp_table_destroy(table);
    }
}

Test(npy, every_half_is_the_float_that_ieee_754_says)
{
    static uint16_t halves[65536];
    static char file[65536 * 2 + 256];
    for (uint32_t i = 0; i < 65536; i++)
        halves[i] = (uint16_t)((i & 0x7c00) == 0x7c00 ? i | 1 : i);
    size_t n = make_file(file, 1, HEADER("<f2", "False", "(65536,)"), halves,
                         sizeof halves);
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(read_bytes(file, n, MLP_FILE_NPY, NULL, &table, &err), MLP_OK);
    for (uint32_t i = 0; i < 65536; i++) {
        float value = mlp_table_value(table, i, 0);
        int exponent = (int)(i >> 10 & 0x1f);
        double fraction = (i & 0x3ff) / 1024.0;
        double expected = exponent == 0 ? ldexp(fraction, -14)
                                        : ldexp(1 + fraction, exponent - 15);
        if (exponent == 31)
            cr_assert(isnan(value));
        else
            cr_assert_eq((double)value, i & 0x8000 ? -expected : expected);
    }
    mlp_table_destroy(table);
}

Test(npy, axes_behind_the_first_are_flattened)
{
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(read_npy(HEADER("|u1", "False", "(2, 2, 3)"), "abcdefghijkl",
                          12, NULL, &table, &err),
                 MLP_OK);
    cr_expect_eq(mlp_table_n_columns(table), 6);
    cr_expect_eq(mlp_table_value(table, 1, 4), 'k');
    mlp_table_destroy(table);
}

Test(npy, fortran_order_is_read_by_columns)
{
    mlp_table *table;
    mlp_error err;
    static const char bytes[] = "\0\1\0\2\0\3\0\4\0\5\0\6";
    cr_assert_eq(read_npy(HEADER(">i2", "True", "(2, 3)"), bytes, 12, NULL,
                          &table, &err),
                 MLP_OK);
    static const float rows[] = {1, 3, 5, 2, 4, 6};
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(mlp_table_value(table, i / 3, i % 3), rows[i]);
    mlp_table_destroy(table);
    cr_expect_eq(read_npy(HEADER(">i2", "True", "(1, 2, 3)"), bytes, 12, NULL,
                          &table, &err),
                 MLP_FORMAT);
}

Test(npy, labels_keep_the_digits_of_large_integers)
{
    mlp_read_options options = {.all_labels = true, .stem = "id"};
    static const int64_t values[] = {9007199254740993, 9007199254740992,
                                     INT64_MIN, 9007199254740993};
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(read_npy(HEADER("<i8", "False", "(4,)"), values, sizeof values,
                          &options, &table, &err),
                 MLP_OK);
    const mlp_column *column = mlp_table_column(table, 0);
    cr_expect_str_eq(column->name, "id");
    cr_assert_eq(column->n_levels, 3);
    cr_expect_str_eq(column->levels[0].text, "9007199254740993");
    cr_expect_str_eq(column->levels[2].text, "-9223372036854775808");
    cr_expect_eq(mlp_table_value(table, 3, 0), 0);
    mlp_table_destroy(table);
}

Test(npy, labels_of_floats_and_booleans_are_spelled_as_json)
{
    mlp_read_options options = {.all_labels = true};
    static const double values[] = {3, 0.1, (double)NAN};
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(read_npy(HEADER("<f8", "False", "(3,)"), values, sizeof values,
                          &options, &table, &err),
                 MLP_OK);
    const mlp_column *column = mlp_table_column(table, 0);
    cr_expect_str_eq(column->levels[0].text, "3");
    cr_expect_str_eq(column->levels[1].text, "0.1");
    cr_expect_eq(column->n_missing, 1);
    mlp_table_destroy(table);
    cr_assert_eq(read_npy(HEADER("|b1", "True", "(1, 2)"), "\1\0", 2, &options,
                          &table, &err),
                 MLP_OK);
    cr_expect_str_eq(mlp_table_column(table, 0)->levels[0].text, "true");
    cr_expect_eq(mlp_table_column(table, 1)->levels[0].kind, MLP_CELL_BOOLEAN);
    mlp_table_destroy(table);
}

Test(npy, a_double_beyond_float_is_refused_with_its_place)
{
    static const double values[] = {1, 2, 3, 1e39};
    mlp_table *table;
    mlp_error err;
    cr_expect_eq(read_npy(HEADER("<f8", "False", "(2, 2)"), values,
                          sizeof values, NULL, &table, &err),
                 MLP_FORMAT);
    cr_expect_str_eq(err.text,
                     "column 'x1', row 2: the number is out of range");
}

Test(npy, keys_in_any_order_and_quotes_of_either_kind_are_read)
{
    static const char *const headers[] = {
        "{\"shape\":(2,),\"descr\":\"|u1\",\"fortran_order\":False}",
        "{'fortran_order': True, 'shape': ( 2 , 1 ), 'descr': '|u1'}",
        "{ 'shape' : (2,1,) , 'fortran_order' : False,\n'descr' : '|u1' , }",
    };
    for (size_t i = 0; i < 3; i++) {
        mlp_table *table;
        mlp_error err;
        cr_assert_eq(read_npy(headers[i], "ab", 2, NULL, &table, &err), MLP_OK,
                     "%s", err.text);
        cr_expect_eq(mlp_table_value(table, 1, 0), 'b');
        mlp_table_destroy(table);
    }
}

Test(npy, headers_that_numpy_does_not_write_are_refused)
{
    static const char *const headers[] = {
        "",
        "{}",
        "[1]",
        HEADER("<c8", "False", "(1,)"),
        HEADER("<f3", "False", "(1,)"),
        HEADER("|f4", "False", "(1,)"),
        HEADER("<U1", "False", "(1,)"),
        HEADER("|O", "False", "(1,)"),
        HEADER("|u1", "false", "(1,)"),
        HEADER("|u1", "0", "(1,)"),
        HEADER("|u1", "False", "()"),
        HEADER("|u1", "False", "(1)"),
        HEADER("|u1", "False", "(1"),
        HEADER("|u1", "False", "(,)"),
        HEADER("|u1", "False", "(1,,)"),
        HEADER("|u1", "False", "(-1,)"),
        HEADER("|u1", "False", "(1L,)"),
        HEADER("|u1", "False", "(1, 0)"),
        HEADER("|u1", "False", "(99999999999999999999,)"),
        HEADER("|u1", "False", "(2,)"),
        HEADER("|u1", "False", "(1,)") "x",
        "{'descr': '|u1', 'fortran_order': False, }",
        "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, "
        "'shape': (1,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '|u1' 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)",
        HEADER("|u1", "False",
               "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
               "1,1,1)"),
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        mlp_table *table;
        mlp_error err;
        cr_expect_eq(read_npy(headers[i], "a", 1, NULL, &table, &err),
                     MLP_FORMAT, "%s", headers[i]);
        cr_expect_str_neq(err.text, "", "%s", headers[i]);
        mlp_table_destroy(table);
    }
}

Test(npy, a_refusal_names_the_place_in_the_header)
{
    mlp_table *table;
    mlp_error err;
    cr_expect_eq(
        read_npy(HEADER("<c8", "False", "(1,)"), "a", 1, NULL, &table, &err),
        MLP_FORMAT);
    cr_expect_eq(strncmp(err.text, "header, character 10: expected a type", 37),
                 0, "%s", err.text);
}

Test(npy, shapes_that_overflow_ask_for_no_memory)
{
    static const char *const shapes[] = {
        HEADER("<f8", "False", "(4294967295, 1048576)"),
        HEADER("<f8", "False", "(18446744073709551615, 1)"),
        HEADER("<f8", "False", "(1, 4294967296, 4294967296, 4294967296)"),
        HEADER("<f8", "False", "(4294967296, 4294967296)"),
    };
    for (size_t i = 0; i < 4; i++) {
        mlp_table *table;
        mlp_error err;
        mlp_status status = read_npy(shapes[i], "", 0, NULL, &table, &err);
        cr_expect(status == MLP_FORMAT || status == MLP_LIMIT);
    }
}

Test(npy, versions_2_and_3_have_a_longer_header_and_others_are_refused)
{
    char file[256];
    mlp_table *table;
    mlp_error err;
    for (unsigned version = 0; version < 6; version++) {
        size_t n =
            make_file(file, version, HEADER("|u1", "False", "(1,)"), "a", 1);
        mlp_status status =
            read_bytes(file, n, MLP_FILE_NPY, NULL, &table, &err);
        cr_expect_eq(status,
                     version >= 1 && version <= 3 ? MLP_OK : MLP_FORMAT);
        mlp_table_destroy(table);
    }
}

Test(npy, truncated_or_lengthened_anywhere_it_is_refused)
{
    char longer[sizeof numpy_file];
    mlp_table *table;
    mlp_error err;
    memcpy(longer, numpy_file, sizeof numpy_file);
    for (size_t n = 0; n < sizeof numpy_file - 1; n++)
        cr_expect_eq(
            read_bytes(numpy_file, n, MLP_FILE_NPY, NULL, &table, &err),
            MLP_FORMAT);
    cr_expect_eq(
        read_bytes(longer, sizeof longer, MLP_FILE_NPY, NULL, &table, &err),
        MLP_FORMAT);
}

Test(npy, max_cells_is_a_limit)
{
    mlp_read_options options = {.max_cells = 3};
    mlp_table *table;
    mlp_error err;
    cr_expect_eq(read_npy(HEADER("|u1", "False", "(2, 2)"), "abcd", 4, &options,
                          &table, &err),
                 MLP_LIMIT);
    options.max_cells = 4;
    cr_expect_eq(read_npy(HEADER("|u1", "False", "(2, 2)"), "abcd", 4, &options,
                          &table, &err),
                 MLP_OK);
    mlp_table_destroy(table);
}

/* SPDX-License-Identifier: MIT
 *
 * CSV: what is read, and the line of what is refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"

static mlp_table *read_text(const char *text, const mlp_read_options *options)
{
    mlp_table *table;
    mlp_error err;
    mlp_status status =
        read_bytes(text, strlen(text), MLP_FILE_CSV, options, &table, &err);
    cr_assert_eq(status, MLP_OK, "%s", err.text);
    return table;
}

static void expect_refusal(const char *text, size_t n, const char *why)
{
    mlp_table *table;
    mlp_error err = {0};
    cr_expect_eq(read_bytes(text, n, MLP_FILE_CSV, NULL, &table, &err),
                 MLP_FORMAT, "%s", why);
    cr_expect_str_eq(err.text, why);
    mlp_table_destroy(table);
}

static const char *level(const mlp_table *table, size_t row, size_t column)
{
    const mlp_column *face = mlp_table_column(table, column);
    return face->levels[(size_t)mlp_table_value(table, row, column)].text;
}

Test(csv, a_column_is_numbers_only_if_every_cell_is_one)
{
    mlp_table *table = read_text("a,b,c\n1,2,x\n2.5e1,,y\n-3,z,\n", NULL);
    cr_expect_eq(mlp_table_n_rows(table), 3);
    cr_expect_eq(mlp_table_column(table, 0)->type, MLP_COLUMN_NUMERIC);
    cr_expect_eq(mlp_table_value(table, 1, 0), 25);
    cr_expect_eq(mlp_table_column(table, 1)->type, MLP_COLUMN_LEVELS);
    cr_expect_str_eq(level(table, 0, 1), "2");
    cr_expect_str_eq(level(table, 2, 1), "z");
    cr_expect_eq(mlp_table_column(table, 1)->n_missing, 1);
    cr_expect_eq(mlp_table_column(table, 2)->n_missing, 1);
    cr_expect_str_eq(level(table, 1, 2), "y");
    mlp_table_destroy(table);
}

Test(csv, a_column_without_a_name_gets_that_of_its_place)
{
    mlp_table *table = read_text(",a,\"\",b,\n0,1,2,3,\n1,4,5,6,\n", NULL);
    static const char *const names[] = {"x0", "a", "x2", "b", "x4"};
    cr_assert_eq(mlp_table_n_columns(table), 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_str_eq(mlp_table_column(table, i)->name, names[i]);
    cr_expect_eq(mlp_table_value(table, 1, 2), 5);
    cr_expect_eq(mlp_table_column(table, 4)->type, MLP_COLUMN_EMPTY);
    mlp_table_destroy(table);
}

Test(csv, quotes_hold_delimiters_line_ends_and_doubled_quotes)
{
    mlp_table *table = read_text("\"na\"\"me\",\"b,b\"\r\n"
                                 "\"say \"\"hi\"\"\",\"1\"\r\n"
                                 "\"two\r\nlines\",\"-2.5\"\r\n"
                                 "\"\"\"\",3",
                                 NULL);
    cr_expect_str_eq(mlp_table_column(table, 0)->name, "na\"me");
    cr_expect_str_eq(mlp_table_column(table, 1)->name, "b,b");
    cr_expect_str_eq(level(table, 0, 0), "say \"hi\"");
    cr_expect_str_eq(level(table, 1, 0), "two\r\nlines");
    cr_expect_str_eq(level(table, 2, 0), "\"");
    cr_expect_eq(mlp_table_value(table, 1, 1), -2.5f);
    cr_expect_eq(mlp_table_column(table, 1)->type, MLP_COLUMN_NUMERIC);
    mlp_table_destroy(table);
}

Test(csv, the_same_rows_in_any_dress_give_equal_bytes)
{
    static const char *const texts[] = {
        "a,b\n1,x\n2,y\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        "\357\273\277a,b\n1,x\n2,y",
        "a;b\n1;x\n2;y\n\n\r\n\n",
        "a\tb\n1\tx\n2\ty\n",
        "a|b\r\n1|x\n2|y",
        "\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"\n",
        "\"a\";\"b\"\n 1.0 ;x\n+2;y\n",
    };
    mlp_table *first = read_text(texts[0], NULL);
    for (size_t i = 1; i < sizeof texts / sizeof texts[0]; i++) {
        mlp_table *table = read_text(texts[i], NULL);
        cr_expect(same_bytes(first, table), "%s", texts[i]);
        mlp_table_destroy(table);
    }
    mlp_table_destroy(first);
}

Test(csv, text_is_not_trimmed_but_numbers_may_have_blanks)
{
    mlp_table *table = read_text("a,b\n x, 1 \nx , 2\n", NULL);
    cr_expect_eq(mlp_table_column(table, 0)->n_levels, 2);
    cr_expect_str_eq(level(table, 0, 0), " x");
    cr_expect_eq(mlp_table_value(table, 1, 1), 2);
    mlp_table_destroy(table);
}

Test(csv, an_empty_cell_is_missing_quoted_or_not)
{
    mlp_table *table = read_text("a,b\n,\"\"\n\"\",\n", NULL);
    for (size_t j = 0; j < 2; j++) {
        cr_expect_eq(mlp_table_column(table, j)->type, MLP_COLUMN_EMPTY);
        cr_expect_eq(mlp_table_column(table, j)->n_missing, 2);
    }
    mlp_table_destroy(table);
}

Test(csv, numbers_are_levels_in_a_label_column)
{
    const char *const labels[] = {"y", "absent"};
    mlp_read_options options = {.labels = labels, .n_labels = 2};
    mlp_table *table = read_text("x,y\n1,01\n2,3.50\n3,1\n", &options);
    cr_expect_eq(mlp_table_column(table, 0)->type, MLP_COLUMN_NUMERIC);
    const mlp_column *y = mlp_table_column(table, 1);
    cr_expect_eq(y->type, MLP_COLUMN_LEVELS);
    cr_expect(y->label);
    cr_assert_eq(y->n_levels, 2);
    cr_expect_eq(y->levels[0].kind, MLP_CELL_NUMBER);
    cr_expect_str_eq(y->levels[0].text, "1");
    cr_expect_str_eq(y->levels[1].text, "3.5");
    cr_expect_eq(mlp_table_value(table, 2, 1), 0);
    mlp_table_destroy(table);
}

Test(csv, one_word_makes_all_labels_text_as_they_are_written)
{
    mlp_read_options options = {.all_labels = true};
    mlp_table *table = read_text("y\n01\n1\n1e999\nno\n", &options);
    const mlp_column *y = mlp_table_column(table, 0);
    static const char *const expected[] = {"01", "1", "1e999", "no"};
    cr_assert_eq(y->n_levels, 4);
    for (size_t k = 0; k < 4; k++) {
        cr_expect_eq(y->levels[k].kind, MLP_CELL_TEXT);
        cr_expect_str_eq(y->levels[k].text, expected[k]);
    }
    mlp_table_destroy(table);
}

Test(csv, a_column_is_booleans_only_if_every_cell_is_one)
{
    mlp_table *table = read_text("a,b,c,d\n"
                                 ",true,1,true\n"
                                 "True,False,true,1\n"
                                 "FALSE, true,false,false\n",
                                 NULL);
    static const char *const expected[] = {"true", "true", "1", "true"};
    for (size_t j = 0; j < 4; j++) {
        const mlp_column *column = mlp_table_column(table, j);
        cr_assert_eq(column->type, MLP_COLUMN_LEVELS);
        cr_expect_eq(column->levels[0].kind,
                     j == 0 ? MLP_CELL_BOOLEAN : MLP_CELL_TEXT);
        cr_expect_str_eq(column->levels[0].text, expected[j]);
    }
    cr_expect_eq(mlp_table_column(table, 0)->n_missing, 1);
    cr_expect_str_eq(level(table, 2, 0), "false");
    cr_expect_str_eq(level(table, 2, 1), " true");
    mlp_table_destroy(table);
}

Test(csv, without_a_header_columns_are_numbered)
{
    mlp_read_options options = {.no_header = true};
    mlp_table *table = read_text("1,a\n2,b\n", &options);
    cr_expect_eq(mlp_table_n_rows(table), 2);
    cr_expect_str_eq(mlp_table_column(table, 1)->name, "x1");
    cr_expect_str_eq(level(table, 0, 1), "a");
    mlp_table_destroy(table);
    options.stem = "y";
    table = read_text("5\n6\n", &options);
    cr_expect_str_eq(mlp_table_column(table, 0)->name, "y");
    cr_expect_eq(mlp_table_value(table, 1, 0), 6);
    mlp_table_destroy(table);
}

Test(csv, a_given_delimiter_is_taken_and_a_bad_one_refused)
{
    mlp_read_options options = {.delimiter = ' '};
    mlp_table *table = read_text("a,b c\n1 2\n", &options);
    mlp_error err;
    cr_expect_str_eq(mlp_table_column(table, 0)->name, "a,b");
    mlp_table_destroy(table);
    options.delimiter = '"';
    cr_expect_eq(read_bytes("a", 1, MLP_FILE_CSV, &options, &table, &err),
                 MLP_INVALID);
}

Test(csv, a_header_alone_is_a_table_without_rows)
{
    mlp_table *table = read_text("a,b\n", NULL);
    cr_expect_eq(mlp_table_n_columns(table), 2);
    cr_expect_eq(mlp_table_n_rows(table), 0);
    mlp_table_destroy(table);
}

Test(csv, refusals_name_the_line)
{
    static const struct {
        const char *text, *why;
        size_t n; /* 0: up to the NUL */
    } cases[] = {
        {"", "line 1: expected column names, got no text", 0},
        {"\n\n", "line 1: expected column names, got no text", 0},
        {"a,b\n1,2\n3\n", "line 3: expected 2 cells, got 1", 0},
        {"a,b\n\"1\n\n\",2\n3,4,\n", "line 5: expected 2 cells, got 3", 0},
        {"a,b\n1,2\n3,\"4\n\n", "line 3: the quote is not closed", 0},
        {"a,b\n1,2\n\"3\"x,4\n",
         "line 3: expected a delimiter or the line's end behind the closing "
         "quote",
         0},
        {"a,b\n1,2\n3,4\"\n",
         "line 3: a quote inside a cell that does not begin with one", 0},
        {"a,b\r1,2\r", "line 1: a carriage return that no line feed follows",
         0},
        {"a,b\n1,2\n\n3,4\n",
         "line 3: an empty line before the last row (a missing cell of a "
         "single column is written \"\")",
         0},
        {"a,b,a\n", "line 1: columns 1 and 3 have the same name, 'a'", 0},
        {"x1,,b\n", "line 1: columns 1 and 2 have the same name, 'x1'", 0},
        {"a,\xff\n", "line 1: the name of column 2, '?', is not UTF-8", 0},
        {"a,b\0\n", "line 1: the name of column 2, 'b?', has a NUL byte", 5},
        {"a\nx\n\"\n\xe4\"\n",
         "line 3: column 'a', row 2: the text is not "
         "UTF-8",
         0},
        {"a\nx\ny\0z\n", "line 3: column 'a', row 2: the text has a NUL byte",
         9},
        {"a,b\n1,2\n1,-1e39\n",
         "line 3: column 'b': the number is out of range", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = cases[i].n ? cases[i].n : strlen(cases[i].text);
        expect_refusal(cases[i].text, n, cases[i].why);
    }
}

Test(csv, max_cells_is_a_limit_with_the_line)
{
    mlp_read_options options = {.max_cells = 5};
    mlp_table *table;
    mlp_error err;
    const char text[] = "a,b\n1,2\n3,4\n5,6\n";
    cr_expect_eq(
        read_bytes(text, sizeof text - 1, MLP_FILE_CSV, &options, &table, &err),
        MLP_LIMIT);
    cr_expect_eq(strncmp(err.text, "line 4: row 3", 13), 0, "%s", err.text);
    options.max_cells = 6;
    cr_expect_eq(
        read_bytes(text, sizeof text - 1, MLP_FILE_CSV, &options, &table, &err),
        MLP_OK);
    mlp_table_destroy(table);
}

/* Rows of text that cross every boundary of the reader's buffer. */
Test(csv, a_megabyte_of_quoted_text_reads_as_it_was_written)
{
    size_t n_rows = 9001, length = 0;
    char *text = malloc(n_rows * 200 + 100);
    length += (size_t)sprintf(text, "n,t\n");
    for (size_t i = 0; i < n_rows; i++) {
        length += (size_t)sprintf(text + length, "%zu,\"%zu", i, i % 97);
        for (size_t k = 0; k < i % 97; k++)
            text[length++] = k % 13 == 5 ? '\n' : 'a';
        length += (size_t)sprintf(text + length, "\"\"\"\r\n");
    }
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(read_bytes(text, length, MLP_FILE_CSV, NULL, &table, &err),
                 MLP_OK, "%s", err.text);
    cr_assert_eq(mlp_table_n_rows(table), n_rows);
    cr_expect_eq(mlp_table_column(table, 1)->n_levels, 97);
    for (size_t i = 0; i < n_rows; i++) {
        cr_expect_eq(mlp_table_value(table, i, 0), (float)i);
        cr_expect_eq(strtoul(level(table, i, 1), NULL, 10), i % 97);
    }
    for (size_t k = 0; k < 97; k++) {
        const mlp_label *label = &mlp_table_column(table, 1)->levels[k];
        cr_expect_eq(label->length, k + (k < 10 ? 1 : 2) + 1);
        cr_expect_eq(label->text[label->length - 1], '"');
    }
    mlp_table_destroy(table);
    free(text);
}

Test(csv, a_row_longer_than_the_buffer_is_read)
{
    enum { N = 200000 };
    char *text = malloc(2 * N * 8);
    size_t length = 0;
    for (size_t j = 0; j < N; j++)
        length += (size_t)sprintf(text + length, "c%zu,", j);
    text[length - 1] = '\n';
    for (size_t j = 0; j < N; j++)
        length += (size_t)sprintf(text + length, "%zu,", j);
    text[length - 1] = '\n';
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(read_bytes(text, length, MLP_FILE_CSV, NULL, &table, &err),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(mlp_table_n_columns(table), N);
    cr_expect_eq(mlp_table_value(table, 0, N - 1), N - 1);
    mlp_table_destroy(table);
    free(text);
}

static mlp_table *read_path(const char *path, const mlp_read_options *options)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s (run the tests from the top folder)", path);
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(mlp_table_read_file(file, MLP_FILE_CSV, options, &table, &err),
                 MLP_OK, "%s", err.text);
    fclose(file);
    return table;
}

Test(csv, real_sets_have_the_rows_and_types_that_they_should)
{
    const char *const labels[] = {"species"};
    mlp_read_options options = {.labels = labels, .n_labels = 1};
    mlp_table *iris = read_path("tests/data/iris/train.csv", &options);
    cr_expect_eq(mlp_table_n_rows(iris), 120);
    cr_expect_eq(mlp_table_n_columns(iris), 5);
    cr_expect_eq(mlp_table_value(iris, 0, 0), 5.1f);
    cr_expect_eq(mlp_table_column(iris, 4)->n_levels, 3);
    mlp_table *wdbc = read_path("tests/data/wdbc/test.csv", NULL);
    cr_expect_eq(mlp_table_n_rows(wdbc), 114);
    cr_expect_eq(mlp_table_n_columns(wdbc), 31);
    mlp_table *diabetes = read_path("tests/data/diabetes/train.csv", NULL);
    cr_expect_eq(mlp_table_n_rows(diabetes), 353);
    for (size_t j = 0; j < mlp_table_n_columns(diabetes); j++)
        cr_expect_eq(mlp_table_column(diabetes, j)->type, MLP_COLUMN_NUMERIC);
    mlp_table_destroy(iris);
    mlp_table_destroy(wdbc);
    mlp_table_destroy(diabetes);
}

Test(csv, a_column_that_shall_be_text_keeps_digits_as_they_are)
{
    static const char *const texts[] = {"zip", "none"};
    mlp_read_options options = {.texts = texts, .n_texts = 2};
    static const char csv[] = "zip,n\n02134,02134\n1.50,1.50\n,\ntrue,3\n";
    mlp_table *table;
    cr_assert_eq(
        read_bytes(csv, strlen(csv), MLP_FILE_CSV, &options, &table, NULL),
        MLP_OK);
    const mlp_column *zip = mlp_table_column(table, 0);
    cr_assert_eq(zip->n_levels, 3);
    cr_expect_eq(zip->n_missing, 1);
    cr_expect_str_eq(zip->levels[0].text, "02134");
    cr_expect_str_eq(zip->levels[1].text, "1.50");
    cr_expect_str_eq(zip->levels[2].text, "true");
    cr_expect_eq(zip->levels[2].kind, MLP_CELL_TEXT);
    cr_expect_eq(mlp_table_value(table, 0, 1), 2134);
    mlp_table_destroy(table);
}

Test(readers, formats_have_names_and_are_told_by_their_first_bytes)
{
    mlp_file_format format;
    for (int k = 0; k < 3; k++) {
        cr_assert(mlp_file_format_parse(
            mlp_file_format_name((mlp_file_format)k), &format));
        cr_expect_eq((int)format, k);
    }
    cr_expect_not(mlp_file_format_parse("CSV", &format));
    cr_expect_eq(mlp_file_format_sniff("\x93NUMPY\1\0", 8), MLP_FILE_NPY);
    cr_expect_eq(mlp_file_format_sniff("\0\0\x08\3", 4), MLP_FILE_IDX);
    cr_expect_eq(mlp_file_format_sniff("a,b\n", 4), MLP_FILE_CSV);
    cr_expect_eq(mlp_file_format_sniff("", 0), MLP_FILE_CSV);
}

Test(readers, a_pipe_is_refused)
{
    FILE *pipe = popen("true", "r");
    mlp_table *table;
    mlp_error err;
    for (int k = 0; k < 3; k++)
        cr_expect_eq(
            mlp_table_read_file(pipe, (mlp_file_format)k, NULL, &table, &err),
            MLP_IO);
    pclose(pipe);
}

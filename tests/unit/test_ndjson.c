/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "tables.h"

static mlp_table *read_text(const char *text, const mlp_read_options *options)
{
    mlp_table *table;
    mlp_error err;
    mlp_status status =
        read_bytes(text, strlen(text), MLP_FILE_NDJSON, options, &table, &err);
    cr_assert_eq(status, MLP_OK, "%s: %s", text, err.text);
    return table;
}

static void expect_names(const mlp_table *table, const char *expected)
{
    char names[128] = "";
    for (size_t j = 0; j < mlp_table_n_columns(table); j++) {
        strcat(names, mlp_table_column(table, j)->name);
        strcat(names, " ");
    }
    cr_expect_str_eq(names, expected);
}

Test(ndjson, columns_are_where_their_names_are_first_seen)
{
    mlp_table *table = read_text("{\"b\":1}\n{\"a\":2,\"b\":3}\n"
                                 "{\"c\":true,\"a\":null}\n{}\n",
                                 NULL);
    static const float expected[4][3] = {
        {1, NAN, NAN}, {3, 2, NAN}, {NAN, NAN, 0}, {NAN, NAN, NAN}};
    expect_names(table, "b a c ");
    cr_assert_eq(mlp_table_n_rows(table), 4);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 3; j++) {
            float value = mlp_table_value(table, i, j);
            cr_expect(isnan(expected[i][j]) ? isnan(value)
                                            : value == expected[i][j],
                      "%zu %zu: %g", i, j, (double)value);
        }
    cr_expect_eq(mlp_table_column(table, 0)->n_missing, 2);
    cr_expect_eq(mlp_table_column(table, 1)->n_missing, 3);
    cr_expect_eq(mlp_table_column(table, 2)->n_missing, 3);
    mlp_table_destroy(table);
}

Test(ndjson, the_order_of_names_in_later_rows_does_not_matter)
{
    mlp_table *table = read_text("{\"a\":1,\"b\":\"x\",\"c\":3}\n"
                                 "{\"a\":4,\"b\":\"y\",\"c\":6}\n",
                                 NULL);
    mlp_table *other =
        read_text("\xef\xbb\xbf  {\"a\":1.0, \"\\u0062\":\"\\u0078\","
                  "\"c\":3}\r\n \t\r\n\n{\"c\":6,\"b\":\"y\",\"a\":4}",
                  NULL);
    cr_expect(same_bytes(table, other));
    mlp_table_destroy(other);
    mlp_table_destroy(table);
}

Test(ndjson, labels_are_levels)
{
    const char *const labels[] = {"y", "absent"};
    mlp_read_options options = {.labels = labels, .n_labels = 2};
    mlp_table *table = read_text("{\"x\":16777217,\"y\":16777217}\n"
                                 "{\"x\":2,\"y\":1.50}\n",
                                 &options);
    cr_expect_eq(mlp_table_column(table, 0)->type, MLP_COLUMN_NUMERIC);
    cr_assert_eq(mlp_table_column(table, 1)->n_levels, 2);
    cr_expect_str_eq(mlp_table_column(table, 1)->levels[0].text, "16777217");
    cr_expect_str_eq(mlp_table_column(table, 1)->levels[1].text, "1.5");
    mlp_table_destroy(table);
}

Test(ndjson, refusals_name_the_line)
{
    static const struct {
        const char *text, *error;
    } bad[] = {
        {"", "line 1: expected an object, got no text"},
        {"\n \n", "line 1: expected an object, got no text"},
        {"{}\n{}\n", "there is no row with a value"},
        {"[1]\n", "line 1: row 1: expected an object, found a list"},
        {"{\"a\":1}\n7\n", "line 2: row 2: expected an object, found a number"},
        {"{\"a\":1}\n\n{\"a\":1,\"b\":2,\"a\":3}",
         "line 3: column 'a' is in row 2 twice"},
        {"{\"a\":1,\"\\u0061\":1}", "line 1: column 'a' is in row 1 twice"},
        {"{\"a\":1}\n{\"a\":[2]}\n",
         "line 2: column 'a', row 2: expected a number, a text, true, false or "
         "null, found a list"},
        {"{\"a\":{}}", "line 1: column 'a', row 1: expected a number, a text, "
                       "true, false or null, found an object"},
        {"{\"a\":1}\n{\"a\":\"x\"}\n",
         "line 2: column 'a' holds numbers, row 2 has the text \"x\""},
        {"{\"a\":1e99}", "line 1: column 'a', row 1: the number 1e99 is out"},
        {"{\"\":1}", "line 1: column 1 has no name"},
        {"{\"a\":1}\n{\"a\":1\n}\n", "line 2: byte 6"},
        {"{\"a\":1} {\"a\":2}\n", "line 1: byte 8"},
        {"{\"a\":1}\n\n{\"a\":nan}\n", "line 3: byte 6"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mlp_table *table;
        mlp_error err;
        cr_expect_eq(read_bytes(bad[i].text, strlen(bad[i].text),
                                MLP_FILE_NDJSON, NULL, &table, &err),
                     MLP_FORMAT, "%s", bad[i].text);
        cr_expect_eq(strncmp(err.text, bad[i].error, strlen(bad[i].error)), 0,
                     "%s: %s", bad[i].text, err.text);
    }
}

Test(ndjson, max_cells_is_a_limit_with_the_line)
{
    const char *text = "{\"a\":1}\n{\"a\":1,\"b\":2}\n{\"c\":3}\n";
    for (size_t most = 1; most < 12; most++) {
        mlp_read_options options = {.max_cells = most};
        mlp_table *table;
        mlp_error err;
        mlp_status status = read_bytes(text, strlen(text), MLP_FILE_NDJSON,
                                       &options, &table, &err);
        cr_expect_eq(status, most < 9 ? MLP_LIMIT : MLP_OK, "%zu: %s", most,
                     err.text);
        cr_expect(most >= 9 || strstr(err.text, "line ") == err.text, "%s",
                  err.text);
        mlp_table_destroy(table);
    }
}

/* Each row has a name of its own, rows are cut by the buffer's end. */
Test(ndjson, many_columns_and_many_rows_find_their_places)
{
    enum { N = 1500 };
    mlp_buffer text;
    mlp_buffer_init(&text, SIZE_MAX - 1);
    for (int i = 0; i < N; i++)
        mlp_buffer_format(&text, "{\"all\":%d,%*s\"own%d\":\"%d\"}\n", i,
                          300 + i % 7, "", i, i);
    mlp_table *table = read_text(text.data, NULL);
    cr_assert_eq(mlp_table_n_columns(table), N + 1);
    cr_assert_eq(mlp_table_n_rows(table), N);
    for (size_t i = 0; i < N; i++) {
        cr_expect_eq(mlp_table_value(table, i, 0), (float)i);
        for (size_t j = 0; j < N; j += 7)
            cr_assert_eq(isnan(mlp_table_value(table, i, j + 1)), i != j);
        cr_expect_eq(mlp_table_column(table, i + 1)->n_missing, N - 1);
    }
    mlp_buffer_free(&text);
    mlp_table_destroy(table);
}

/* A CSV file's rows as objects: numbers plain, texts in quotes. */
static void write_objects(FILE *csv, const char *text, mlp_buffer *out)
{
    char line[1024], names[32][64];
    size_t n_names = 0;
    for (bool header = true; fgets(line, sizeof line, csv); header = false) {
        line[strcspn(line, "\r\n")] = '\0';
        size_t j = 0;
        for (char *rest = line, *cell; (cell = strsep(&rest, ",")); j++) {
            if (header) {
                snprintf(names[n_names++], sizeof names[0], "%.63s", cell);
                continue;
            }
            bool quoted = strcmp(names[j], text) == 0;
            mlp_buffer_format(out, "%s\"%s\":%s%s%s", j ? "," : "{", names[j],
                              quoted ? "\"" : "", cell, quoted ? "\"" : "");
        }
        mlp_buffer_text(out, header ? "" : "}\n");
    }
}

Test(ndjson, real_sets_give_the_bytes_that_their_csv_gives)
{
    static const struct {
        const char *file, *label, *text;
    } sets[] = {
        {"tests/data/iris/train.csv", "species", "species"},
        {"tests/data/diabetes/train.csv", "target", ""},
        {"tests/data/wdbc/train.csv", "diagnosis", "diagnosis"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        mlp_read_options options = {.labels = &sets[i].label, .n_labels = 1};
        mlp_table *expected;
        mlp_error err;
        mlp_buffer text;
        FILE *csv = fopen(sets[i].file, "r");
        cr_assert_not_null(csv, "%s", sets[i].file);
        mlp_buffer_init(&text, SIZE_MAX - 1);
        write_objects(csv, sets[i].text, &text);
        cr_assert_eq(
            mlp_table_read_file(csv, MLP_FILE_CSV, &options, &expected, &err),
            MLP_OK);
        fclose(csv);
        mlp_table *table = read_text(text.data, &options);
        cr_expect(same_bytes(table, expected), "%s", sets[i].file);
        mlp_table_destroy(table);
        mlp_table_destroy(expected);
        mlp_buffer_free(&text);
    }
}

Test(ndjson, reading_leaks_nothing_when_any_single_allocation_fails)
{
    static char text[] = "{\"a\":1,\"b\":\"x\",\"y\":16777217}\n"
                         "{\"b\":\"y\",\"y\":3,\"n\":16777217}\n";
    const char *const labels[] = {"y"};
    mlp_read_options options = {.labels = labels, .n_labels = 1};
    for (size_t n = 0;; n++) {
        FILE *file = fmemopen(text, sizeof text - 1, "r");
        mlp_table *table;
        cr_assert_not_null(file);
        allocation_watch(n);
        mlp_status status =
            mlp_table_read_file(file, MLP_FILE_NDJSON, &options, &table, NULL);
        mlp_table_destroy(table);
        struct allocation_report report = allocation_unwatch();
        fclose(file);
        cr_expect_eq(report.n_left, 0);
        cr_expect_eq(status, report.failed ? MLP_NOMEM : MLP_OK);
        if (!report.failed) {
            cr_expect_geq(n, 5);
            break;
        }
    }
}

/* SPDX-License-Identifier: MIT */
#include "handlers/dataset_json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static json_t *describe(const mlp_table *table, const mlp_read_options *options)
{
    char *text = dataset_describe(table, options);
    cr_assert_not_null(text);
    json_t *json = json_loads(text, 0, NULL);
    cr_assert_not_null(json, "%s", text);
    free(text);
    return json;
}

static mlp_table *numbers(size_t n_columns)
{
    float *cells = calloc(n_columns, sizeof *cells);
    mlp_table *table;
    mlp_error err;

    cr_assert_eq(
        mlp_table_adopt(cells, false, 1, n_columns, NULL, &table, &err),
        MLP_OK);
    return table;
}

Test(dataset_json, a_wide_one_is_cut_and_says_so)
{
    mlp_table *table = numbers(2001);
    json_t *json = describe(table, &(mlp_read_options){0});

    cr_expect_eq(json_integer_value(json_object_get(json, "n_columns")), 2001);
    cr_expect_eq(json_array_size(json_object_get(json, "columns")), 2000);
    cr_expect(json_is_true(json_object_get(json, "columns_truncated")));
    json_decref(json);
    mlp_table_destroy(table);
}

Test(dataset_json, a_description_keeps_how_to_read_the_file_again)
{
    static const mlp_read_options cases[] = {
        {.delimiter = 0},
        {.delimiter = ';'},
        {.delimiter = '\t', .no_header = true},
        {.no_header = true},
    };
    mlp_table *table = numbers(2);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = dataset_describe(table, &cases[i]);
        struct dataset_view view = {.description = text};
        mlp_read_options options;
        dataset_read_options(&view, &options);
        cr_expect_eq(options.delimiter, cases[i].delimiter);
        cr_expect_eq(options.no_header, cases[i].no_header);
        free(text);
    }
    mlp_table_destroy(table);
}

Test(dataset_json, types_missing_cells_and_levels_are_told)
{
    mlp_table *table;
    mlp_error err;
    static const mlp_cell rows[2][2] = {
        {{.kind = MLP_CELL_TEXT, .text = "x", .length = 1}, {0}},
        {{.kind = MLP_CELL_MISSING}, {0}},
    };

    cr_assert_eq(mlp_table_create(SIZE_MAX, &table, &err), MLP_OK);
    cr_assert_eq(mlp_table_add_column(table, "a", 1, false, &err), MLP_OK);
    cr_assert_eq(mlp_table_add_column(table, "b", 1, false, &err), MLP_OK);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(mlp_table_append(table, rows[i], 2, &err), MLP_OK);
    json_t *json = describe(table, &(mlp_read_options){0});
    json_t *expected = json_loads(
        "{\"rows\":2,\"n_columns\":2,\"columns\":["
        "{\"name\":\"a\",\"type\":\"text\",\"missing\":1,\"levels\":1},"
        "{\"name\":\"b\",\"type\":\"empty\",\"missing\":2}]}",
        0, NULL);
    cr_expect(json_equal(json, expected));
    json_decref(json);
    json_decref(expected);
    mlp_table_destroy(table);
}

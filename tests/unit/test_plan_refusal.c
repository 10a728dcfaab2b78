/* SPDX-License-Identifier: MIT
 *
 * What a refused column's error tells, word by word. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "models.h"

static const char *const target[] = {"y"};

static void
expect_text(const char *csv, const mlp_fit_spec *spec, const char *text)
{
    mlp_table *table = csv_table(csv, "y");
    mlp_error err = refusal_of(table, spec);
    cr_expect_eq(err.status, MLP_INVALID);
    cr_expect_str_eq(err.text, text);
    mlp_table_destroy(table);
}

static const mlp_column_declaration b_numeric[] = {{"b", MLP_KIND_NUMERIC}};

Test(plan_refusal, the_first_cell_that_is_no_number_is_shown)
{
    mlp_fit_spec spec = spec_for(target);
    spec.columns = b_numeric;
    spec.n_columns = 1;
    expect_text("a,b,y\n1,1,u\n2,,v\n3,2,u\n4,NA,v\n5,x,u\n", &spec,
                "columns: 'b' is declared numeric, but holds text, first 'NA' "
                "in row 4; leave it empty if it is missing");
    expect_text("a,b,y\n1,1,u\n2,\" \",v\n", &spec,
                "columns: 'b' is declared numeric, but holds text, first ' ' "
                "in row 2; leave it empty if it is missing");
}

Test(plan_refusal, booleans_are_called_so)
{
    mlp_table *table;
    mlp_cell row[] = {{.kind = MLP_CELL_BOOLEAN, .boolean = true},
                      {.kind = MLP_CELL_TEXT, .text = "u", .length = 1}};
    cr_assert_eq(mlp_table_create(0, &table, NULL), MLP_OK);
    cr_assert_eq(mlp_table_add_column(table, "b", 1, false, NULL), MLP_OK);
    cr_assert_eq(mlp_table_add_column(table, "y", 1, true, NULL), MLP_OK);
    cr_assert_eq(mlp_table_append(table, row, 2, NULL), MLP_OK);
    row[1].text = "v";
    cr_assert_eq(mlp_table_append(table, row, 2, NULL), MLP_OK);
    mlp_fit_spec spec = spec_for(target);
    spec.columns = b_numeric;
    spec.n_columns = 1;
    mlp_error err = refusal_of(table, &spec);
    cr_expect_not_null(
        strstr(err.text, "holds booleans, first 'true' in row 1"), "%s",
        err.text);
    mlp_table_destroy(table);
}

Test(plan_refusal, an_unknown_column_is_told_with_those_that_there_are)
{
    static const char *const wrong[] = {"Y"};
    mlp_fit_spec spec = spec_for(wrong);
    expect_text("a,y ,y\n1,2,3\n", &spec,
                "target: there is no column 'Y'; there are 'a', 'y ', 'y'");
    spec = spec_for(target);
    spec.exclude = wrong;
    spec.n_exclude = 1;
    expect_text("a,y\n1,2\n", &spec,
                "exclude: there is no column 'Y'; there are 'a', 'y'");
}

/* Lists with more than there is room for, of names of any length. */
Test(plan_refusal, a_text_is_never_cut_in_a_name_and_says_what_is_left)
{
    static const char *const wrong[] = {"nowhere"};
    for (size_t length = 1; length < 250; length += 3) {
        mlp_buffer csv;
        mlp_fit_spec spec = spec_for(wrong);
        mlp_buffer_init(&csv, 1 << 20);
        for (size_t i = 0; i < 60; i++)
            mlp_buffer_format(&csv, "%0*zu,", (int)length + 2, i + 10);
        mlp_buffer_text(&csv, "y\n");
        for (size_t i = 0; i < 60; i++)
            mlp_buffer_text(&csv, "text,");
        mlp_buffer_text(&csv, "1\n");
        mlp_table *table = csv_table(csv.data, NULL);
        mlp_error err = refusal_of(table, &spec);
        cr_expect_not_null(strstr(err.text, " more"), "%s", err.text);
        mlp_table_destroy(table);
        mlp_buffer_free(&csv);
    }
}

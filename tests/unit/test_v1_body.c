/* SPDX-License-Identifier: MIT
 *
 * Bodies in TensorFlow Serving's dialect: each case whole and byte by byte. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "handlers/v1_body.h"

static const struct v1_body_limits limits = {
    .max_bytes = 1 << 20,
    .max_cells = 64,
    .max_control_bytes = 400,
};

static struct http_body *
feed(const char *text, size_t step, struct problem *problem)
{
    struct http_body *body = v1_body_create(&limits);
    size_t length = strlen(text);
    *problem = (struct problem){0};
    for (size_t i = 0; i < length; i += step)
        body_write(body, text + i, length - i < step ? length - i : step,
                   problem);
    body_finish(body, problem);
    return body;
}

static const size_t steps[] = {1, 2, 3, 7, 1 << 20};
enum { N_STEPS = sizeof steps / sizeof *steps };

/* "NAME=1,?|NAME=…": a row behind the other; numbers have no names. */
static void write_numbers(const struct v1_values *values, mlp_buffer *out)
{
    size_t n_rows, n_columns;
    const float *numbers = v1_values_numbers(values, &n_rows, &n_columns);
    for (size_t i = 0; i < n_rows * n_columns; i++)
        if (isnan(numbers[i]))
            mlp_buffer_format(out, "?%s", (i + 1) % n_columns ? "," : "|");
        else
            mlp_buffer_format(out, "%g%s", (double)numbers[i],
                              (i + 1) % n_columns ? "," : "|");
}

static void write_table(const mlp_table *table, mlp_buffer *out)
{
    for (size_t i = 0; i < mlp_table_n_rows(table); i++) {
        for (size_t j = 0; j < mlp_table_n_columns(table); j++) {
            const mlp_column *face = mlp_table_column(table, j);
            float cell = mlp_table_value(table, i, j);
            mlp_buffer_format(out, "%s%s=", j > 0 ? "," : "", face->name);
            if (isnan(cell))
                mlp_buffer_text(out, "?");
            else if (face->type == MLP_COLUMN_LEVELS)
                mlp_buffer_text(out, face->levels[(size_t)cell].text);
            else
                mlp_buffer_format(out, "%g", (double)cell);
        }
        mlp_buffer_text(out, "|");
    }
}

static void write_values(struct v1_values *values, mlp_buffer *out)
{
    struct problem problem = {0};
    size_t n_rows, n_columns;
    bool named;
    if (v1_values_numbers(values, &n_rows, &n_columns) != NULL) {
        write_numbers(values, out);
        return;
    }
    mlp_table *table = v1_values_take_table(values, &named, &problem);
    if (table == NULL) {
        mlp_buffer_format(out, "%s: %s", problem.pointer, problem.detail);
        return;
    }
    mlp_buffer_text(out, named ? "named " : "plain ");
    write_table(table, out);
    mlp_table_destroy(table);
}

static void expect_values(const char *text, const char *expected)
{
    for (size_t i = 0; i < N_STEPS; i++) {
        struct problem problem;
        mlp_buffer out;
        mlp_buffer_init(&out, 10000);
        struct http_body *body = feed(text, steps[i], &problem);
        if (problem_is_set(&problem))
            mlp_buffer_format(&out, "%d %s: %s", problem_status(problem.type),
                              problem.pointer, problem.detail);
        else
            write_values(v1_body_values(body), &out);
        cr_expect_str_eq(out.data, expected, "%s by %zu: %s", text, steps[i],
                         out.data);
        mlp_buffer_free(&out);
        body_destroy(body);
    }
}

struct values_case {
    const char *text, *expected;
};

static void expect_all(const struct values_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect_values(cases[i].text, cases[i].expected);
}
#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof *(cases))

Test(v1_body, values_of_one_input_come_flat_or_in_rows)
{
    static const struct values_case cases[] = {
        {"{\"instances\":[1.5, 2,-3e2]}", "1.5|2|-300|"},
        {"{\"instances\":[[1,2],[3,4]]}", "1,2|3,4|"},
        {"{\"inputs\":[[1],[2]]}", "1|2|"},
        {"{\"instances\":[null,NaN,1,null]}", "?|?|1|?|"},
        {"{\"instances\":[NaN]}", "?|"},
        {"{\"instances\":[[NaN,1],[2,null]]}", "?,1|2,?|"},
        {"{\"instances\":[[[1,2]],[[3,4]]]}", "1,2|3,4|"},
        {"{\"inputs\":[[[1,2],[NaN,null]],[[5,6],[7,8]]]}", "1,2,?,?|5,6,7,8|"},
        {"{\"instances\":[[[[[[[[[1]]]]]]]]]}", "1|"},
        {"{\"instances\":[\"a\",null,\"b\"]}",
         "plain inputs=a|inputs=?|inputs=b|"},
        {"{\"instances\":[null,\"a\"]}", "plain inputs=?|inputs=a|"},
        {"{\"instances\":[[\"a\"],[\"b\"]]}", "plain inputs=a|inputs=b|"},
        {"{\"instances\":[true,false]}", "plain inputs=true|inputs=false|"},
        {"{\"instances\":[{\"b64\":\"aGVsbG8=\"},\"x\",{\"b64\":\"w6Q\"}]}",
         "plain inputs=hello|inputs=x|inputs=\xc3\xa4|"},
        {"{\"instances\":[[{\"b64\":\"YQ==\"}]]}", "plain inputs=a|"},
    };
    EXPECT_ALL(cases);
}

Test(v1_body, an_input_may_be_named)
{
    static const struct values_case cases[] = {
        {"{\"instances\":[{\"inputs\":[1,2]},{\"inputs\":[3,NaN]}]}",
         "1,2|3,?|"},
        {"{\"inputs\":{\"inputs\":[[1,2],[3,4]]}}", "1,2|3,4|"},
        {"{\"instances\":[{\"inputs\":[\"a\"]},{\"inputs\":[\"b\"]}]}",
         "named inputs=a|inputs=b|"},
        {"{\"instances\":[{\"inputs\":1},{\"inputs\":2}]}",
         "named inputs=1|inputs=2|"},
        {"{\"instances\":[{\"inputs\":[1]},{\"inputs\":[\"a\"]}]}",
         "400 /instances/1/inputs/0: instances[1][0] should be a number, found "
         "a text"},
        {"{\"instances\":[{\"inputs\":[1,1e99]}]}",
         "400 /instances/0/inputs/1: instances[0][1] is beyond the range of a "
         "float32"},
        {"{\"instances\":[{\"inputs\":[1],\"b\":2}]}",
         "400 /instances/0: instances[0] names more beside 'inputs', which is "
         "a list of all"},
        {"{\"instances\":[{\"inputs\":[1]},{\"b\":[2]}]}",
         "400 /instances/1: instances[1] should name 'inputs' alone"},
        {"{\"instances\":[{\"inputs\":[1]},{\"inputs\":2}]}",
         "400 /instances/1: instances[1] should have a list for 'inputs', "
         "found a number"},
        {"{\"instances\":[{\"inputs\":[1]},2]}",
         "400 /instances/1: instances[1] should be an object, found a number"},
    };
    EXPECT_ALL(cases);
}

Test(v1_body, rows_name_their_inputs_and_all_the_same)
{
    static const struct values_case cases[] = {
        {"{\"instances\":[{\"a\":1,\"b\":\"x\"},{\"b\":[\"y\"],\"a\":[2]}]}",
         "named a=1,b=x|a=2,b=y|"},
        {"{\"instances\":[{\"a\":{\"b64\":\"YQ==\"},\"b\":[{\"b64\":\"\"}]}]}",
         "named a=a,b=|"},
        {"{\"examples\":[{\"a\":1},{\"b\":true}]}",
         "named a=1,b=?|a=?,b=true|"},
        {"{\"instances\":[{\"a\":1},{\"a\":1,\"b\":2}]}",
         "400 /instances/1: instances[1] has 2 inputs, instances[0] has 1: all "
         "name the same"},
        {"{\"instances\":[{\"a\":1},{\"b\":1}]}",
         "400 /instances/0: instances[0] has no 'b', which a later one names"},
        {"{\"instances\":[{\"a\":[1,2]}]}",
         "400 /instances/0: instances[0] has a list of several values, a "
         "column takes one"},
        {"{\"instances\":[{\"a\":[]}]}",
         "400 /instances/0/a: instances[0]['a'] is an empty list"},
        {"{\"instances\":[{\"a\":[[1]]}]}",
         "400 /instances/0/a: instances[0]['a'] should be one value, found a "
         "list of lists"},
        {"{\"instances\":[{\"a\":1},3]}",
         "400 /instances/1: instances[1] should be an object, found a number"},
        {"{\"examples\":[1]}",
         "400 /examples/0: examples[0] should be an object, found a number"},
        {"{\"examples\":[\"a\"]}",
         "400 /examples/0: examples[0] should be an object, found a text"},
    };
    EXPECT_ALL(cases);
}

Test(v1_body, columns_of_any_kind_become_one_table)
{
    static const struct values_case cases[] = {
        {"{\"inputs\":{\"a\":[1,null],\"t\":[\"x\",\"y\"],\"b\":[[3],[4]],"
         "\"c\":[true,null]}}",
         "named a=1,b=3,t=x,c=true|a=?,b=4,t=y,c=?|"},
        {"{\"inputs\":{\"t\":[null,\"y\"]}}", "named t=?|t=y|"},
        {"{\"inputs\":{\"a\":[1,2],\"b\":[1]}}",
         "/inputs/b: 'b' has 1 values, 'a' 2"},
        {"{\"inputs\":{\"a\":[[1,2]],\"b\":[1]}}",
         "/inputs/a: 'a' has 2 values in each row, a column takes one"},
        {"{\"inputs\":{}}", "/inputs: inputs names no input"},
        {"{\"inputs\":{\"a\":1}}",
         "400 /inputs/a: 'a' should be a list, found a number"},
        {"{\"inputs\":{\"a/b\":[\"x\",1]}}",
         "400 /inputs/a~1b/1: a/b[1] should be a text, found a number"},
        {"{\"inputs\":[{\"a\":1}]}",
         "400 /inputs/0: inputs[0] should be {\"b64\": a text} and nothing "
         "more"},
    };
    EXPECT_ALL(cases);
}

Test(v1_body, a_name_that_is_there_twice_is_refused)
{
    static const char *const texts[] = {
        "{\"inputs\":{\"a\":[1],\"a\":[2]}}",
        "{\"inputs\":{\"a\":[1],\"a\":[\"x\"]}}",
        "{\"inputs\":{\"a\":[\"y\"],\"a\":[\"x\"]}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct problem problem;
        bool named;
        struct http_body *body = feed(texts[i], 5, &problem);
        cr_assert_not(problem_is_set(&problem));
        cr_expect_null(
            v1_values_take_table(v1_body_values(body), &named, &problem));
        cr_expect_not_null(strstr(problem.detail, "'a'"), "%s", problem.detail);
        body_destroy(body);
    }
    expect_values("{\"instances\":[1],\"instances\":[2]}",
                  "400 /instances: /instances: this key is there twice");
}

Test(v1_body, what_is_no_list_of_one_kind_is_refused_where_it_is)
{
    static const struct values_case cases[] = {
        {"{\"instances\":[]}",
         "400 /instances: No values in 'instances' array"},
        {"{\"inputs\":[]}", "400 /inputs: No values in 'inputs' array"},
        {"{\"instances\":3}", "400 /instances: Expecting 'instances' value to "
                              "be a list/array, found a number"},
        {"{\"instances\":{\"a\":[1]}}",
         "400 /instances: Expecting 'instances' value to be a list/array, "
         "found an object"},
        {"{\"instances\":[1,\"a\"]}",
         "400 /instances/1: instances[1] should be a number, found a text"},
        {"{\"instances\":[1,[2]]}",
         "400 /instances/1: instances[1] should be a number, found a list"},
        {"{\"instances\":[\"a\",1]}",
         "400 /instances/1: instances[1] should be a text, found a number"},
        {"{\"instances\":[[\"a\"],1]}",
         "400 /instances/1: instances[1] should be a list, found a number"},
        {"{\"instances\":[[\"a\",\"b\"]]}",
         "400 /instances/0: instances[0] has several values, texts stand "
         "alone"},
        {"{\"instances\":[[\"a\"],[\"b\",1]]}",
         "400 /instances/1: instances[1] has several values, texts stand "
         "alone"},
        {"{\"instances\":[[\"a\"],[1]]}",
         "400 /instances/1: instances[1] should be a text, found a number"},
        {"{\"instances\":[[\"a\"],[]]}",
         "400 /instances/1: instances[1] is empty"},
        {"{\"instances\":[[]]}", "400 /instances/0: instances[0] is empty"},
        {"{\"instances\":[[1,2],[3]]}",
         "400 /instances/1: instances[1] has 1 values, the rows before it 2"},
        {"{\"instances\":[[1,[2]]]}",
         "400 /instances/0/1: instances[0][1] should be a number, found a "
         "list"},
        {"{\"instances\":[[1,2],[[3,4]]]}",
         "400 /instances/1/0: instances[1][0] should be a number, found a "
         "list"},
        {"{\"instances\":[[[1,2]],[3,4]]}",
         "400 /instances/1: instances[1] should be a list, found a number"},
        {"{\"instances\":[[[1],null]]}",
         "400 /instances/0: instances[0] should be a list, found a number"},
        {"{\"instances\":[[[1,2],[3]]]}",
         "400 /instances/0: instances[0] has lists of different lengths"},
        {"{\"instances\":[[[1],[2]],[[1],[2],[3]]]}",
         "400 /instances/1: instances[1] has lists of different lengths"},
        {"{\"instances\":[[[1],[]]]}",
         "400 /instances/0: instances[0] has an empty list in it"},
        {"{\"instances\":[[[\"a\"]]]}",
         "400 /instances/0/0: instances[0][0] should be a number, found a "
         "text"},
        {"{\"instances\":[[[[[[[[[[1]]]]]]]]]]}",
         "400 /instances/0: instances[0] is nested too deeply"},
        {"{\"instances\":[[[1,Infinity]]]}",
         "400 /instances/0/1: instances[0][1] is beyond the range of a "
         "float32"},
        {"{\"instances\":[1,Infinity]}",
         "400 /instances/1: instances[1] is beyond the range of a float32"},
        {"{\"instances\":[[1,-Infinity]]}",
         "400 /instances/0/1: instances[0][1] is beyond the range of a "
         "float32"},
        {"{\"instances\":[{\"b64\":\"a\"}]}",
         "400 /instances/0: instances[0] is no base64"},
        {"{\"instances\":[{\"b64\":\"/w==\"}]}",
         "400 /instances/0: instances[0] is no UTF-8, which texts are here"},
        {"{\"instances\":[{\"b64\":\"AA==\"}]}",
         "400 /instances/0: instances[0] has a zero byte, which no text has"},
        {"{\"instances\":[1],\"inputs\":[1]}",
         "400 /inputs: 'instances' and 'inputs' do not go together"},
    };
    EXPECT_ALL(cases);
}

Test(v1_body, more_cells_than_are_accepted_are_413)
{
    char text[1024] = "{\"instances\":[0";
    for (int i = 0; i < 70; i++)
        strncat(text, ",1", sizeof text - strlen(text) - 1);
    struct problem problem;
    struct http_body *body = feed(text, 11, &problem);
    cr_expect_eq(problem_status(problem.type), 413);
    body_destroy(body);
}

Test(v1_body, signature_and_context_stand_beside)
{
    struct problem problem;
    struct http_body *body =
        feed("{\"context\":{\"a\":1,\"b\":[\"x\"]},\"examples\":[{\"c\":2}],"
             "\"signature_name\":\"s\"}",
             3, &problem);
    bool named;
    mlp_buffer out;
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    cr_expect_str_eq(v1_body_member(body), "examples");
    cr_expect_str_eq(v1_body_signature(body), "s");
    mlp_table *table =
        v1_values_take_table(v1_body_context(body), &named, &problem);
    mlp_buffer_init(&out, 1000);
    write_table(table, &out);
    cr_expect_str_eq(out.data, "a=1,b=x|");
    mlp_buffer_free(&out);
    mlp_table_destroy(table);
    body_destroy(body);
}

Test(v1_body, what_nobody_knows_is_refused_with_a_400)
{
    static const struct values_case cases[] = {
        {"{\"instances\":[1],\"id\":1}", "/id"},
        {"{\"instances\":[1],\"signature_name\":1}", "/signature_name"},
        {"{\"examples\":[{\"a\":1}],\"context\":[1]}", "/context"},
        {"[1]", ""},
        {"{\"instances\":[1}", ""},
        {"{\"instances\":[1,-Infinit]}", ""},
        {"{\"instances\":[Nan]}", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem;
        struct http_body *body = feed(cases[i].text, 2, &problem);
        cr_expect_eq(problem_status(problem.type), 400, "%s", cases[i].text);
        cr_expect_str_eq(problem.pointer, cases[i].expected, "%s",
                         cases[i].text);
        body_destroy(body);
    }
}

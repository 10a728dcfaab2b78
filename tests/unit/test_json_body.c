/* SPDX-License-Identifier: MIT
 *
 * Bodies that are read while they arrive: each case whole and byte by byte. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/json_body.h"
#include "http/json_text.h"

static const struct json_body_limits limits = {
    .max_bytes = 1 << 20,
    .max_cells = 64,
    .max_control_bytes = 400,
};

static struct http_body *feed_n(enum json_body_place place,
                                const char *text,
                                size_t length,
                                size_t step,
                                struct problem *problem)
{
    struct http_body *body = json_body_create(place, &limits);
    *problem = (struct problem){0};
    for (size_t i = 0; i < length; i += step)
        body_write(body, text + i, length - i < step ? length - i : step,
                   problem);
    body_finish(body, problem);
    return body;
}

static struct http_body *feed(enum json_body_place place,
                              const char *text,
                              size_t step,
                              struct problem *problem)
{
    return feed_n(place, text, strlen(text), step, problem);
}

static const size_t steps[] = {1, 2, 5, 1 << 20};
enum { N_STEPS = sizeof steps / sizeof *steps };

static struct http_body *
must_feed(enum json_body_place place, const char *text, size_t step)
{
    struct problem problem;
    struct http_body *body = feed(place, text, step, &problem);
    cr_assert_not(problem_is_set(&problem), "%s: %s", text, problem.detail);
    return body;
}

static void expect_control(const struct http_body *body, const char *expected)
{
    mlp_buffer out;
    mlp_buffer_init(&out, 10000);
    json_text_write(&out, json_body_control(body));
    cr_expect_str_eq(out.data, expected);
    mlp_buffer_free(&out);
}

Test(json_body, matrix_lands_in_floats_and_the_rest_in_the_tree)
{
    static const char text[] =
        " {\"model\" : \"iris\", \"inputs\":[ [1, 2.5, -3e2],\n[null,0,1e-60]],"
        "\"top\":3,\"x\":{\"inputs\":[[1],2]}} ";
    for (size_t i = 0; i < N_STEPS; i++) {
        struct http_body *body = must_feed(JSON_BODY_ROOT, text, steps[i]);
        size_t n_rows, n_columns;
        const float *values = json_body_inputs(body, &n_rows, &n_columns);
        cr_assert_eq(n_rows, 2);
        cr_assert_eq(n_columns, 3);
        cr_expect(values[0] == 1.0F && values[1] == 2.5F &&
                  values[2] == -300.0F);
        cr_expect(isnan(values[3]) && values[4] == 0 && values[5] == 0);
        expect_control(body, "{\"model\":\"iris\",\"inputs\":null,\"top\":3,"
                             "\"x\":{\"inputs\":[[1],2]}}");
        cr_expect_null(json_body_take_rows(body));
        cr_expect_null(json_body_take_targets(body));
        float *taken = json_body_take_inputs(body);
        cr_expect_eq(taken, values);
        cr_expect_null(json_body_take_inputs(body));
        free(taken);
        body_destroy(body);
    }
}

Test(json_body, training_looks_into_data_and_nowhere_else)
{
    static const char text[] =
        "{\"inputs\":[[9]],\"a\":{\"inputs\":[[8]]},"
        "\"data\":{\"targets\":[0,4],\"inputs\":[[1],[2]],"
        "\"y\":{\"inputs\":[[7]]}},\"b\":{\"inputs\":[6]}}";
    for (size_t i = 0; i < N_STEPS; i++) {
        struct http_body *body = must_feed(JSON_BODY_DATA, text, steps[i]);
        size_t n_rows, n_columns;
        const float *values = json_body_inputs(body, &n_rows, &n_columns);
        cr_assert(n_rows == 2 && n_columns == 1);
        cr_expect(values[0] == 1.0F && values[1] == 2.0F);
        expect_control(body, "{\"inputs\":[[9]],\"a\":{\"inputs\":[[8]]},"
                             "\"data\":{\"targets\":null,\"inputs\":null,"
                             "\"y\":{\"inputs\":[[7]]}},"
                             "\"b\":{\"inputs\":[6]}}");
        body_destroy(body);
    }
}

Test(json_body, keys_are_known_by_their_meaning_not_their_spelling)
{
    struct http_body *body = must_feed(
        JSON_BODY_DATA, "{\"d\\u0061ta\":{\"\\u0069nputs\":[[5]]}}", 1);
    size_t n_rows, n_columns;
    cr_assert(json_body_inputs(body, &n_rows, &n_columns)[0] == 5.0F);
    body_destroy(body);
}

Test(json_body, null_and_absent_are_the_same)
{
    static const char *const texts[] = {
        "{}",
        "{\"inputs\":null,\"targets\":null,\"rows\":null,\"columns\":null}"};
    for (size_t i = 0; i < 2; i++) {
        struct http_body *body = must_feed(JSON_BODY_ROOT, texts[i], 1);
        size_t n_rows, n_columns;
        cr_expect_null(json_body_inputs(body, &n_rows, &n_columns));
        cr_expect(n_rows == 0 && n_columns == 0);
        cr_expect_null(json_body_take_rows(body));
        body_destroy(body);
    }
}

Test(json_body, every_float_is_the_nearest_one)
{
    enum { N = 64 };
    char text[N * 32 + 100];
    float expected[N];
    size_t n = (size_t)sprintf(text, "{\"inputs\":[[");
    srand(1);
    for (size_t i = 0; i < N; i++) {
        double value =
            ((double)rand() - RAND_MAX / 2) * pow(10, rand() % 60 - 35);
        int written = sprintf(text + n, "%s%.17g", i > 0 ? "," : "", value);
        expected[i] = strtof(text + n + (i > 0), NULL);
        n += (size_t)written;
    }
    strcpy(text + n, "]]}");
    struct http_body *body = must_feed(JSON_BODY_ROOT, text, 7);
    size_t n_rows, n_columns;
    const float *values = json_body_inputs(body, &n_rows, &n_columns);
    cr_assert_eq(n_columns, N);
    for (size_t i = 0; i < N; i++)
        cr_expect(values[i] == expected[i], "%zu", i);
    body_destroy(body);
}

Test(json_body, an_infinite_number_is_found_deep_inside_a_long_row)
{
    static const struct json_body_limits wide = {1 << 20, 10000, 400, 0, false};
    enum { N = 1500, INFINITE = 1100 };
    char text[2 * N + 40];
    size_t length = (size_t)sprintf(text, "{\"inputs\":[[0");
    for (size_t i = 1; i < N; i++)
        length +=
            (size_t)sprintf(text + length, ",%s", i == INFINITE ? "1e39" : "1");
    length += (size_t)sprintf(text + length, "],[1]]}");
    for (size_t i = 0; i < N_STEPS; i++) {
        struct problem problem = {0};
        struct http_body *body = json_body_create(JSON_BODY_ROOT, &wide);
        for (size_t j = 0; j < length; j += steps[i])
            body_write(body, text + j,
                       length - j < steps[i] ? length - j : steps[i], &problem);
        cr_expect_str_eq(problem.pointer, "/inputs/0/1100");
        cr_expect_str_eq(problem.detail, "inputs[0][1100] is beyond the range "
                                         "of a float32");
        body_destroy(body);
    }
}

static void expect_column(const mlp_table *table,
                          size_t i,
                          const char *name,
                          bool label,
                          size_t n_levels)
{
    const mlp_column *column = mlp_table_column(table, i);
    cr_expect_str_eq(column->name, name);
    cr_expect_eq(column->label, label);
    cr_expect_eq(column->n_levels, n_levels);
}

Test(json_body, targets_are_one_label_column_or_many)
{
    for (size_t i = 0; i < N_STEPS; i++) {
        struct http_body *body = must_feed(
            JSON_BODY_DATA,
            "{\"data\":{\"targets\":[\"a\",\"c\",\"b\\n\",\"a\",null]}}",
            steps[i]);
        mlp_table *table = json_body_take_targets(body);
        cr_assert_not_null(table);
        cr_expect_eq(mlp_table_n_rows(table), 5);
        cr_expect_eq(mlp_table_n_columns(table), 1);
        expect_column(table, 0, "target", true, 3);
        cr_expect_str_eq(mlp_table_column(table, 0)->levels[2].text, "b\n");
        mlp_table_destroy(table);
        body_destroy(body);

        body = must_feed(JSON_BODY_DATA,
                         "{\"data\":{\"targets\":[[0,1.50],[1,2]]}}", steps[i]);
        table = json_body_take_targets(body);
        cr_assert_not_null(table);
        cr_expect_eq(mlp_table_n_rows(table), 2);
        expect_column(table, 0, "target0", true, 2);
        expect_column(table, 1, "target1", true, 2);
        mlp_table_destroy(table);
        body_destroy(body);
    }
}

static void expect_people(struct http_body *body)
{
    mlp_table *table = json_body_take_rows(body);
    cr_assert_not_null(table);
    cr_expect_eq(mlp_table_n_rows(table), 3);
    cr_assert_eq(mlp_table_n_columns(table), 3);
    expect_column(table, 0, "age", false, 0);
    expect_column(table, 1, "s\"ex", false, 2);
    expect_column(table, 2, "x1", false, 2);
    cr_expect(mlp_table_value(table, 1, 0) == 2.5F);
    cr_expect(isnan(mlp_table_value(table, 2, 0)));
    cr_expect_str_eq(mlp_table_column(table, 1)->levels[1].text, "f \xc3\xa9");
    mlp_table_destroy(table);
}

Test(json_body, rows_find_their_columns_before_or_behind_them)
{
    static const char *const texts[] = {
        "{\"columns\":[\"age\",\"s\\\"ex\",\"x1\"],"
        "\"rows\":[[30,\"m\",true],[2.5,\"f \\u00e9\",false],"
        "[null,\"m\",null]]}",
        "{\"rows\":[[30,\"m\",true],[2.5,\"f \\u00e9\",false],"
        "[null,\"m\",null]],\"columns\":[\"age\",\"s\\\"ex\",\"x1\"]}",
    };
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < N_STEPS; i++) {
            struct http_body *body =
                must_feed(JSON_BODY_ROOT, texts[t], steps[i]);
            expect_people(body);
            expect_control(body, t == 0 ? "{\"columns\":null,\"rows\":null}"
                                        : "{\"rows\":null,\"columns\":null}");
            body_destroy(body);
        }
}

struct bad_case {
    const char *text;
    int status;
    const char *pointer, *detail; /* NULL: anything */
};

static const struct bad_case bad_roots[] = {
    {"", 400, "", NULL},
    {"{\"inputs\":[[1,2]]", 400, "", NULL},
    {"{\"inputs\":[[1,2]]} x", 400, "", NULL},
    {"{\"inputs\":[[1,]]}", 400, "", NULL},
    {"{\"inputs\":[[01]]}", 400, "", NULL},
    {"{\"inputs\":[[1 2]]}", 400, "", NULL},
    {"{\"inputs\":[[NaN]]}", 400, "", NULL},
    {"[[1,2]]", 422, "", "the body is no JSON object"},
    {"{\"inputs\":5}", 422, "/inputs",
     "inputs should be a list, found a number"},
    {"{\"inputs\":{\"a\":1}}", 422, "/inputs",
     "inputs should be a list, found an object"},
    {"{\"inputs\":\"a\"}", 422, "/inputs",
     "inputs should be a list, found a text"},
    {"{\"inputs\":[]}", 422, "/inputs", "inputs is empty"},
    {"{\"inputs\":[[]]}", 422, "/inputs/0", "inputs[0] is empty"},
    {"{\"inputs\":[1,2]}", 422, "/inputs/0",
     "inputs[0] should be a list of numbers, found a number"},
    {"{\"inputs\":[[1],{}]}", 422, "/inputs/1",
     "inputs[1] should be a list of numbers, found an object"},
    {"{\"inputs\":[[1],null]}", 422, "/inputs/1",
     "inputs[1] should be a list of numbers, found null"},
    {"{\"inputs\":[[1,2],[1]]}", 422, "/inputs/1",
     "inputs[1] has 1 values, the rows before it 2"},
    {"{\"inputs\":[[1,2],[3,4],[1,2,3,4]]}", 422, "/inputs/2",
     "inputs[2] has 4 values, the rows before it 2"},
    {"{\"inputs\":[[1,2],[]]}", 422, "/inputs/1", "inputs[1] is empty"},
    {"{\"inputs\":[[1,\"a\"]]}", 422, "/inputs/0/1",
     "inputs[0][1] should be a number, found a text"},
    {"{\"inputs\":[[1,2],[true,2]]}", 422, "/inputs/1/0",
     "inputs[1][0] should be a number, found true"},
    {"{\"inputs\":[[[1]]]}", 422, "/inputs/0/0",
     "inputs[0][0] should be a number, found a list"},
    {"{\"inputs\":[[1,2,{\"a\":1}]]}", 422, "/inputs/0/2",
     "inputs[0][2] should be a number, found an object"},
    {"{\"inputs\":[[1,2],[3,1e400]]}", 422, "/inputs/1/1",
     "inputs[1][1] is beyond the range of a float32"},
    {"{\"inputs\":[[-3.5e38]]}", 422, "/inputs/0/0",
     "inputs[0][0] is beyond the range of a float32"},
    {"{\"inputs\":[[1]],\"inputs\":[[1]]}", 400, "/inputs",
     "/inputs: this key is there twice"},
    {"{\"inputs\":null,\"inputs\":[[1]]}", 400, "/inputs", NULL},
    {"{\"inputs\":[[1]],\"\\u0069nputs\":null}", 400, "/inputs", NULL},
    {"{\"model\":\"a\",\"model\":\"b\"}", 400, "/model", NULL},
    {"{\"top\":1e999}", 422, "/top", NULL},
    {"{\"targets\":[]}", 422, "/targets", "targets is empty"},
    {"{\"targets\":[{}]}", 422, "/targets/0",
     "targets[0] should be a list of values, found an object"},
    {"{\"targets\":[1,[2]]}", 422, "/targets/1",
     "targets[1] should be a number, a text, true, false or null, found a "
     "list"},
    {"{\"targets\":[[1],2]}", 422, "/targets/1",
     "targets[1] should be a list of values, found a number"},
    {"{\"targets\":[[1,[2]]]}", 422, "/targets/0/1", NULL},
    {"{\"targets\":[[1,2],[3,\"a\"]]}", 422, "/targets/1/1", NULL},
    {"{\"targets\":[1,\"a\"]}", 422, "/targets/1", NULL},
    {"{\"targets\":[[1,2],[3]]}", 422, "/targets/1",
     "targets[1] has 1 values, the rows before it 2"},
    {"{\"rows\":[[1]]}", 422, "/rows",
     "columns and rows belong together, columns is not there"},
    {"{\"columns\":[\"a\"]}", 422, "/columns",
     "columns and rows belong together, rows is not there"},
    {"{\"columns\":[\"a\"],\"rows\":[]}", 422, "/rows", "rows is empty"},
    {"{\"columns\":[\"a\"],\"rows\":[[]]}", 422, "/rows/0", "rows[0] is empty"},
    {"{\"columns\":[\"a\"],\"rows\":[1]}", 422, "/rows/0",
     "rows[0] should be a list of values, found a number"},
    {"{\"columns\":[\"a\",\"b\"],\"rows\":[[1]]}", 422, "/rows/0",
     "rows[0] has 1 values, there are 2 columns"},
    {"{\"rows\":[[1]],\"columns\":[\"a\",\"b\"]}", 422, "/rows/0",
     "rows[0] has 1 values, there are 2 columns"},
    {"{\"columns\":[\"a\",\"b\"],\"rows\":[[1,2],[1,2,3]]}", 422, "/rows/1",
     "rows[1] has 3 values, the rows before it 2"},
    {"{\"columns\":[\"a\",\"b\"],\"rows\":[[1,{}]]}", 422, "/rows/0/1",
     "rows[0][1] should be a number, a text, true, false or null, found an "
     "object"},
    {"{\"columns\":[\"a\",3],\"rows\":[[1,2]]}", 422, "/columns/1",
     "columns[1] should be a column's name, found a number"},
    {"{\"columns\":[\"a\",\"a\"],\"rows\":[[1,2]]}", 422, "/columns/1", NULL},
    {"{\"rows\":[[1,2]],\"columns\":[\"a\",\"a\"]}", 422, "/columns/1", NULL},
    {"{\"columns\":[\"\"],\"rows\":[[1]]}", 422, "/columns/0", NULL},
    {"{\"columns\":[],\"rows\":[[1]]}", 422, "/rows/0",
     "rows[0] has 1 values, there are 0 columns"},
    {"{\"columns\":[\"a\"],\"rows\":[[1],[\"x\"]]}", 422, "/rows/1/0", NULL},
    {"{\"rows\":[[1],[\"x\"]],\"columns\":[\"a\"]}", 422, "/rows/1/0", NULL},
    {"{\"rows\":[[1,2],[null,true]]}", 422, "/rows/1/1", NULL},
    {"{\"rows\":[[1,[2]]]}", 422, "/rows/0/1", NULL},
    {"{\"rows\":[[1,1e99]]}", 422, "/rows/0/1", NULL},
};

static const struct bad_case bad_data[] = {
    {"{\"data\":{\"inputs\":[[1,2],[1]]}}", 422, "/data/inputs/1",
     "inputs[1] has 1 values, the rows before it 2"},
    {"{\"data\":{\"inputs\":[[1,\"a\"]]}}", 422, "/data/inputs/0/1", NULL},
    {"{\"data\":{\"targets\":[1,[2]]}}", 422, "/data/targets/1", NULL},
    {"{\"data\":{\"rows\":[[1]]}}", 422, "/data/rows", NULL},
    {"{\"data\":{\"inputs\":[[1]]},\"data\":{\"inputs\":[[1]]}}", 400, "/data",
     NULL},
    {"{\"data\":{\"inputs\":[[1]],\"inputs\":[[1]]}}", 400, "/data/inputs",
     NULL},
};

static void
expect_bad(enum json_body_place place, const struct bad_case *bad, size_t step)
{
    struct problem problem;
    body_destroy(feed(place, bad->text, step, &problem));
    cr_expect_eq(problem_status(problem.type), bad->status, "%s: %s", bad->text,
                 problem.detail);
    cr_expect_str_eq(problem.pointer, bad->pointer, "%s", bad->text);
    if (bad->detail != NULL)
        cr_expect_str_eq(problem.detail, bad->detail);
}

Test(json_body, what_is_wrong_is_told_with_its_place_however_it_is_cut)
{
    for (size_t i = 0; i < N_STEPS; i++) {
        for (size_t j = 0; j < sizeof bad_roots / sizeof *bad_roots; j++)
            expect_bad(JSON_BODY_ROOT, &bad_roots[j], steps[i]);
        for (size_t j = 0; j < sizeof bad_data / sizeof *bad_data; j++)
            expect_bad(JSON_BODY_DATA, &bad_data[j], steps[i]);
    }
}

/* {"<head>: unit,unit,…<tail> with n units. */
static struct problem
repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    size_t size = strlen(head) + n * (strlen(unit) + 1) + strlen(tail) + 1;
    char *text = malloc(size);
    size_t length = (size_t)sprintf(text, "%s", head);
    for (size_t i = 0; i < n; i++)
        length +=
            (size_t)sprintf(text + length, "%s%s", i > 0 ? "," : "", unit);
    length += (size_t)sprintf(text + length, "%s", tail);
    struct problem problem;
    body_destroy(feed_n(JSON_BODY_ROOT, text, length, 1000, &problem));
    free(text);
    return problem;
}

Test(json_body, limits_are_exact_and_a_413)
{
    static const struct {
        const char *head, *unit, *tail;
        size_t n; /* the most that are accepted */
    } cases[] = {
        {"{\"inputs\":[[", "1", "]]}", 64},
        {"{\"inputs\":[", "[1,2]", "]}", 32},
        {"{\"targets\":[", "1", "]}", 64},
        {"{\"rows\":[", "[1,2]", "],\"columns\":[\"a\",\"b\"]}", 32},
        {"{\"x\":[", "11111111", "]}", 49},
        {"{\"x\":\"", "aaaaaaa", "\"}", 49},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem =
            repeated(cases[i].head, cases[i].unit, cases[i].n, cases[i].tail);
        cr_expect_not(problem_is_set(&problem), "case %zu: %s", i,
                      problem.detail);
        problem = repeated(cases[i].head, cases[i].unit, cases[i].n + 2,
                           cases[i].tail);
        cr_expect_eq(problem_status(problem.type), 413, "case %zu: %s", i,
                     problem.detail);
    }
}

Test(json_body, body_longer_than_its_limit_is_a_413)
{
    struct problem problem = {0};
    struct http_body *body = json_body_create(JSON_BODY_ROOT, &limits);
    char blanks[1000];
    memset(blanks, ' ', sizeof blanks);
    for (size_t i = 0; i <= (1 << 20) / sizeof blanks; i++)
        body_write(body, blanks, sizeof blanks, &problem);
    cr_assert_eq(problem_status(problem.type), 413);
    body_destroy(body);
}

Test(json_body, fault_within_the_limit_goes_before_what_is_behind_it)
{
    static const size_t cuts[] = {1, 1000, 1 << 20, (1 << 20) + 1};
    char *text = malloc((1 << 20) + 1);
    memset(text, ' ', (1 << 20) + 1);
    text[(1 << 20) - 1] = '!';
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct problem problem;
        body_destroy(
            feed_n(JSON_BODY_ROOT, text, (1 << 20) + 1, cuts[i], &problem));
        cr_expect_eq(problem_status(problem.type), 400, "cut %zu: %s", cuts[i],
                     problem.detail);
    }
    free(text);
}

Test(json_body, depth_is_bounded_everywhere)
{
    static const char *const heads[] = {
        "{\"x\":",       "{\"inputs\":",  "{\"rows\":",
        "{\"targets\":", "{\"columns\":", ""};
    char text[2000];
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct problem problem;
        size_t n = (size_t)sprintf(text, "%s", heads[i]);
        memset(text + n, '[', 1000);
        text[n + 1000] = '\0';
        body_destroy(feed(JSON_BODY_ROOT, text, 64, &problem));
        int status = problem_status(problem.type);
        cr_expect(status == 400 || status == 422, "%s: %d %s", heads[i], status,
                  problem.detail);
    }
}

Test(json_body, cut_short_at_any_byte_is_a_400_and_never_crashes)
{
    static const char text[] =
        "{\"model\":\"iris\",\"columns\":[\"a\",\"b\\u00e9\"],"
        "\"rows\":[[1,\"x\"],[2.5e1,null]],\"inputs\":[[1,2],[3,4]],"
        "\"targets\":[1,2.0,null]}";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        struct problem problem;
        body_destroy(feed_n(JSON_BODY_ROOT, text, n, 3, &problem));
        cr_expect_eq(problem_status(problem.type), 400, "%zu bytes", n);
    }
    body_destroy(must_feed(JSON_BODY_ROOT, text, 3));
}

/* --- what it takes -------------------------------------------------------- */

/* Feed `begin`, then n times `again`, in pieces; what is held then. */
static uint64_t held_after(enum json_body_place place,
                           const char *begin,
                           const char *again,
                           size_t n,
                           struct problem *problem)
{
    static const struct json_body_limits much = {1 << 26, 1 << 24, 1 << 20, 0,
                                                 false};
    struct budget budget = {0};
    struct http_body *body = json_body_create(place, &much);
    body_charge(body, &budget, 0, problem);
    body_write(body, begin, strlen(begin), problem);
    for (size_t i = 0; i < n; i++)
        body_write(body, again, strlen(again), problem);
    uint64_t held = budget.n_bytes;
    cr_assert_eq(held, body->n_held);
    body_destroy(body);
    cr_assert_eq(budget.n_bytes, 0);
    return held;
}

Test(json_body, tree_rows_levels_and_open_text_are_charged_as_they_grow)
{
    enum { N = 20000 };
    static const struct {
        enum json_body_place place;
        const char *begin, *again;
        uint64_t least; /* bytes of memory each */
    } cases[] = {
        {JSON_BODY_ROOT, "{\"zz\":[", "{},", 200},
        {JSON_BODY_ROOT, "{\"zz\":[", "[],", 120},
        {JSON_BODY_ROOT, "{\"zz\":[", "\"\",", 50},
        {JSON_BODY_DATA, "{\"data\":{\"rows\":[[", "1,", 64},
        {JSON_BODY_DATA, "{\"data\":{\"targets\":[", "1,", 4},
        {JSON_BODY_ROOT, "{\"inputs\":[[", "0,", 4},
        {JSON_BODY_ROOT, "{\"zz\":\"", "a", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem = {0};
        uint64_t held = held_after(cases[i].place, cases[i].begin,
                                   cases[i].again, N, &problem);
        cr_expect_not(problem_is_set(&problem), "%s: %s", cases[i].again,
                      problem.detail);
        cr_expect_geq(held, N * cases[i].least, "%s%s: %zu", cases[i].begin,
                      cases[i].again, (size_t)held);
        cr_expect_leq(held, (N + 1000) * (4 * cases[i].least + 16), "%s%s: %zu",
                      cases[i].begin, cases[i].again, (size_t)held);
    }
}

Test(json_body, tree_beyond_the_budget_is_refused_while_it_grows)
{
    struct budget budget = {.max_bytes = 100000};
    struct problem problem = {0};
    struct http_body *body = json_body_create(JSON_BODY_ROOT, &limits);
    size_t n = 0;
    body_charge(body, &budget, 0, &problem);
    body_write(body, "{\"z\":[", 6, &problem);
    for (; !problem_is_set(&problem); n++)
        body_write(body, "{},", 3, &problem);
    cr_expect_eq(problem.type, PROBLEM_TOO_LARGE);
    cr_expect_lt(n, 400);
    cr_expect_leq(budget.n_bytes, 100000);
    body_destroy(body);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(json_body, nodes_have_a_ceiling_of_their_own)
{
    static const struct json_body_limits few = {1 << 20, 64, 1 << 20, 10,
                                                false};
    struct problem problem = {0};
    struct http_body *body = json_body_create(JSON_BODY_ROOT, &few);
    static const char begin[] = "{\"z\":[1,1,1,1,1,1,1";
    body_write(body, begin, sizeof begin - 1, &problem);
    cr_expect_not(problem_is_set(&problem), "%s", problem.detail);
    body_write(body, ",1,1]}", 6, &problem);
    cr_expect_eq(problem.type, PROBLEM_TOO_LARGE);
    body_destroy(body);
}

/* --- records -------------------------------------------------------------- */

Test(json_body, records_are_rows_by_name_however_they_are_cut)
{
    static const char text[] =
        "{\"top\":1,\"records\":[{\"a\":1,\"b\":\"x\\n\"},{},"
        "{\"c\":true,\"b\":\"\\u0078\\n\",\"\\u0061\":-2e1}],\"model\":\"m\"}";
    for (size_t i = 0; i < N_STEPS; i++) {
        struct http_body *body = must_feed(JSON_BODY_ROOT, text, steps[i]);
        mlp_table *table = json_body_take_rows(body);
        expect_control(body, "{\"top\":1,\"records\":null,\"model\":\"m\"}");
        cr_assert_not_null(table);
        cr_assert_eq(mlp_table_n_rows(table), 3);
        cr_assert_eq(mlp_table_n_columns(table), 3);
        cr_expect_str_eq(mlp_table_column(table, 2)->name, "c");
        cr_expect_eq(mlp_table_column(table, 1)->n_levels, 1);
        cr_expect_str_eq(mlp_table_column(table, 1)->levels[0].text, "x\n");
        cr_expect_eq(mlp_table_column(table, 0)->n_missing, 1);
        cr_expect_eq(mlp_table_value(table, 2, 0), -20);
        cr_expect(isnan(mlp_table_value(table, 1, 0)));
        mlp_table_destroy(table);
        body_destroy(body);
    }
}

Test(json_body, what_is_no_record_is_refused_at_its_place)
{
    static const struct {
        const char *records, *pointer, *word;
    } bad[] = {
        {"{}", "/data/records", "list"},
        {"7", "/data/records", "list"},
        {"[]", "/data/records", "empty"},
        {"[{},{}]", "/data/records", "no row with a value"},
        {"[[1]]", "/data/records/0", "records[0] should be an object"},
        {"[{\"a\":1},2]", "/data/records/1", "found a number"},
        {"[{\"a\":1},{\"a\":[2]}]", "/data/records/1/a", "found a list"},
        {"[{\"a\":1,\"b/c\":{\"d\":2}}]", "/data/records/0/b~1c",
         "found an object"},
        {"[{\"a\":1},{\"b\":2,\"a\":1,\"b\":3}]", "/data/records/1/b",
         "column 'b' is in row 2 twice"},
        {"[{\"a\":1},{\"a\":\"x\"}]", "/data/records/1/a", "holds numbers"},
        {"[{\"\":1}]", "/data/records/0", "has no name"},
        {"[{\"a\":1e39}]", "/data/records/0/a", "out of range"},
        {"[{\"a\":1}],\"columns\":[\"a\"],\"rows\":[[1]]", "/data/records",
         "do not go together"},
        {"[{\"a\":1}],\"rows\":[[1]]", "/data/rows", "belong together"},
        {"null,\"columns\":[\"a\"]", "/data/columns", "belong together"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        for (size_t k = 0; k < N_STEPS; k++) {
            struct problem problem;
            char *text;
            cr_assert(asprintf(&text, "{\"data\":{\"records\":%s}}",
                               bad[i].records) > 0);
            struct http_body *body =
                feed(JSON_BODY_DATA, text, steps[k], &problem);
            cr_expect_eq(problem_status(problem.type), 422, "%s", text);
            cr_expect_str_eq(problem.pointer, bad[i].pointer, "%s: at '%s'",
                             text, problem.pointer);
            cr_expect_not_null(strstr(problem.detail, bad[i].word), "%s: %s",
                               text, problem.detail);
            body_destroy(body);
            free(text);
        }
    }
}

Test(json_body, records_of_too_many_cells_are_too_large)
{
    struct problem problem;
    struct http_body *body = feed(JSON_BODY_ROOT,
                                  "{\"records\":[{\"a\":1,\"b\":2,\"c\":3,"
                                  "\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8},"
                                  "{},{},{},{},{},{},{},{}]}",
                                  3, &problem);
    cr_expect_eq(problem_status(problem.type), 413);
    cr_expect_str_eq(problem.pointer, "/records/8");
    body_destroy(body);
}

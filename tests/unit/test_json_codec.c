/* SPDX-License-Identifier: MIT
 *
 * Control documents: parsing, and getters that know their place. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "http/json.h"
#include "http/json_text.h"

static json_t *parse(const char *text, struct problem *problem)
{
    *problem = (struct problem){0};
    return json_parse(text, strlen(text), problem);
}

static json_t *must_parse(const char *text, struct problem *problem)
{
    json_t *json = parse(text, problem);
    cr_assert_not_null(json, "%s: %s", text, problem->detail);
    return json;
}

Test(json_parse, gives_the_tree_that_the_text_says)
{
    static const char *const texts[] = {
        "{}",
        "{\"a\":1,\"b\":[1,2.5,true,false,null,\"x\",{}],\"c\":{\"d\":[]}}",
        "{\"\":-9223372036854775808,\"m\":9223372036854775807}",
        "{\"x\":[[[[1]]]],\"y\":\"\xc3\xa4\"}",
    };
    struct problem problem;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *json = must_parse(texts[i], &problem);
        mlp_buffer out;
        mlp_buffer_init(&out, 1000);
        json_text_write(&out, json);
        cr_expect_str_eq(out.data, texts[i]);
        mlp_buffer_free(&out);
        json_decref(json);
    }
}

Test(json_parse, escapes_mean_what_they_say)
{
    struct problem problem;
    json_t *json = must_parse("{\"\\u0061\":\"\\ud83d\\ude00\\n\"}", &problem);
    cr_assert_str_eq(json_string_value(json_object_get(json, "a")),
                     "\xf0\x9f\x98\x80\n");
    json_decref(json);
}

Test(json_parse, refuses_what_is_no_document)
{
    static const struct {
        const char *text;
        int status;
        const char *pointer;
    } cases[] = {
        {"", 400, ""},
        {"{", 400, ""},
        {"{\"a\":1,}", 400, ""},
        {"{} x", 400, ""},
        {"{\"a\":NaN}", 400, ""},
        {"{\"a\":1,\"a\":1}", 400, "/a"},
        {"{\"a\":{\"b\":[0,{\"c\":1,\"c\":2}]}}", 400, "/a/b/1/c"},
        {"{\"a/b\":{\"~\":1,\"~\":1}}", 400, "/a~1b/~0"},
        {"{\"a\":1,\"\\u0061\":1}", 400, "/a"},
        {"{\"\":1,\"\":1}", 400, "/"},
        {"{\"a\":[1,2,1e999]}", 422, "/a/2"},
        {"{\"a\":\"\\ud800\"}", 400, ""},
        {"[]", 422, ""},
        {"1", 422, ""},
        {"null", 422, ""},
    };
    struct problem problem;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_null(parse(cases[i].text, &problem));
        cr_expect_eq(problem_status(problem.type), cases[i].status, "%s",
                     cases[i].text);
        cr_expect_str_eq(problem.pointer, cases[i].pointer, "%s",
                         cases[i].text);
    }
}

static json_t *nested(size_t depth, struct problem *problem)
{
    char text[200] = "{\"a\":";
    size_t n = strlen(text);
    for (size_t i = 1; i < depth; i++)
        text[n++] = '[';
    for (size_t i = 1; i < depth; i++)
        text[n++] = ']';
    text[n++] = '}';
    text[n] = '\0';
    return parse(text, problem);
}

Test(json_parse, depth_ends_at_32)
{
    struct problem problem;
    json_t *json = nested(32, &problem);
    cr_assert_not_null(json);
    json_decref(json);
    cr_assert_null(nested(33, &problem));
    cr_assert_eq(problem_status(problem.type), 400);
    cr_assert_not_null(strstr(problem.detail, "32"));
}

Test(json_parse, number_of_values_is_bounded)
{
    size_t n = JSON_TREE_MAX_NODES + 10, length = 0;
    char *text = malloc(2 * n + 20);
    struct problem problem;
    length += (size_t)sprintf(text, "{\"a\":[0");
    for (size_t i = 1; i < n; i++) {
        text[length++] = ',';
        text[length++] = '0';
    }
    strcpy(text + length, "]}");
    cr_assert_null(parse(text, &problem));
    cr_assert_eq(problem_status(problem.type), 413);
    free(text);
}

Test(json, getters_read_what_is_there)
{
    struct problem problem;
    json_t *json = must_parse("{\"b\":true,\"i\":3.0,\"n\":7,\"t\":\"sgd\","
                              "\"o\":{\"x\":0.5},\"l\":[{\"u\":4}],"
                              "\"z\":null}",
                              &problem);
    struct json_place root = json_root(json, &problem), object, item;
    bool b = false;
    int64_t i = 0, u = 0;
    double n = 0, x = 0;
    const char *t = NULL;
    const json_t *list = NULL;

    cr_assert(json_get_bool(&root, "b", &b) && b);
    cr_assert(json_get_integer(&root, "i", 0, 10, &i) && i == 3);
    cr_assert(json_get_number(&root, "n", 0, 10, &n) && n == 7);
    cr_assert(json_get_text(&root, "t", 10, &t) && strcmp(t, "sgd") == 0);
    cr_assert(json_get_object(&root, "o", &object));
    cr_assert(json_get_number(&object, "x", 0, 1, &x) && x == 0.5);
    cr_assert(json_get_list(&root, "l", 1, 2, &list));
    cr_assert(json_item_object(&root, "l", list, 0, &item));
    cr_assert(json_get_integer(&item, "u", 1, 5, &u) && u == 4);
    cr_assert_str_eq(item.pointer, "/l/0");
    cr_assert_not(json_get_integer(&root, "z", 0, 1, &i));
    cr_assert_not(json_get_bool(&root, "absent", &b));
    cr_assert(json_has(&root, "n") && !json_has(&root, "z"));
    json_close(&root);
    json_close(&object);
    json_close(&item);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    json_decref(json);
}

static void get_bool(struct json_place *place)
{
    bool out;
    json_get_bool(place, "k", &out);
}

static void get_integer(struct json_place *place)
{
    int64_t out;
    json_get_integer(place, "k", 1, 10, &out);
}

static void get_number(struct json_place *place)
{
    double out;
    json_get_number(place, "k", 0, 1, &out);
}

static void get_text(struct json_place *place)
{
    const char *out;
    json_get_text(place, "k", 8, &out);
}

static void get_list(struct json_place *place)
{
    const json_t *out;
    json_get_list(place, "k", 1, 2, &out);
}

static void get_item(struct json_place *place)
{
    struct json_place out;
    const json_t *list = NULL;
    if (json_get_list(place, "k", 0, 9, &list))
        json_item_object(place, "k", list, 1, &out);
}

Test(json, getters_refuse_the_rest_by_name_and_place)
{
    static const struct {
        const char *value;
        void (*get)(struct json_place *place);
        const char *detail;
    } cases[] = {
        {"1", get_bool, "/o/k: expected true or false, found 1"},
        {"\"true\"", get_bool,
         "/o/k: expected true or false, found the text \"true\""},
        {"0", get_integer,
         "/o/k: expected a whole number from 1 to 10, found 0"},
        {"11", get_integer,
         "/o/k: expected a whole number from 1 to 10, found 11"},
        {"2.5", get_integer,
         "/o/k: expected a whole number from 1 to 10, found 2.5"},
        {"1e300", get_integer,
         "/o/k: expected a whole number from 1 to 10, found 1e300"},
        {"9223372036854775808", get_integer, NULL},
        {"-9223372036854775809", get_integer, NULL},
        {"true", get_integer,
         "/o/k: expected a whole number from 1 to 10, found true"},
        {"\"3\"", get_integer,
         "/o/k: expected a whole number from 1 to 10, found the text \"3\""},
        {"1.5", get_number, "/o/k: expected a number from 0 to 1, found 1.5"},
        {"[1]", get_number,
         "/o/k: expected a number from 0 to 1, found a list"},
        {"7", get_text, "/o/k: expected a text of at most 8 bytes, found 7"},
        {"\"123456789\"", get_text,
         "/o/k: expected a text of at most 8 bytes, found the text "
         "\"123456789\""},
        {"\"0123456789012345678901234567890123456789x\"", get_text,
         "/o/k: expected a text of at most 8 bytes, found a text"},
        {"{}", get_list, "/o/k: expected a list, found an object"},
        {"[]", get_list, "/o/k: expected 1 to 2 items, found 0"},
        {"[1,2,3]", get_list, "/o/k: expected 1 to 2 items, found 3"},
        {"[{},2]", get_item, "/o/k/1: expected an object, found 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        struct problem problem;
        snprintf(text, sizeof text, "{\"o\":{\"k\":%s}}", cases[i].value);
        json_t *json = must_parse(text, &problem);
        struct json_place root = json_root(json, &problem), object;
        cr_assert(json_get_object(&root, "o", &object));
        cases[i].get(&object);
        cr_expect_eq(problem_status(problem.type), 422, "%s", text);
        if (cases[i].detail != NULL)
            cr_expect_str_eq(problem.detail, cases[i].detail);
        json_decref(json);
    }
}

Test(json, nothing_is_read_behind_a_problem)
{
    struct problem problem;
    json_t *json = must_parse("{\"a\":1,\"b\":2,\"c\":3}", &problem);
    struct json_place root = json_root(json, &problem);
    int64_t b = 77;
    bool a;
    json_get_bool(&root, "a", &a);
    cr_assert_not(json_get_integer(&root, "b", 0, 9, &b));
    json_close(&root);
    cr_assert_eq(b, 77);
    cr_assert_str_eq(problem.pointer, "/a");
    json_decref(json);
}

Test(json, key_that_nobody_asked_for_is_refused_with_those_that_are_known)
{
    struct problem problem;
    json_t *json = must_parse("{\"t\":{\"epochs\":1,\"epocks/\":2}}", &problem);
    struct json_place root = json_root(json, &problem), t;
    int64_t epochs;
    const char *optimizer;
    json_get_object(&root, "t", &t);
    json_get_integer(&t, "epochs", 1, 9, &epochs);
    json_get_text(&t, "optimizer", 9, &optimizer);
    json_close(&t);
    cr_assert_eq((int)problem.type, (int)PROBLEM_UNKNOWN_KEY);
    cr_assert_str_eq(problem.pointer, "/t/epocks~1");
    cr_assert_str_eq(
        problem.detail,
        "/t/epocks~1 is not known; the keys here are: epochs, optimizer");
    json_decref(json);
}

Test(json, pointer_longer_than_its_room_is_cut)
{
    char out[8] = "/abc";
    json_pointer_append(out, sizeof out, "de~f");
    cr_assert_str_eq(out, "/abc/de");
}

/* SPDX-License-Identifier: MIT
 *
 * Queries. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "http/query.h"

static char text[1024];

static struct problem parse(const char *query, struct query *out)
{
    struct problem problem = {0};
    snprintf(text, sizeof text, "%s", query);
    query_parse(text, out, &problem);
    return problem;
}

Test(query, pairs_are_decoded_once)
{
    static const struct {
        const char *query, *key, *value;
    } cases[] = {
        {"a=1", "a", "1"},
        {"a=1&b=2", "b", "2"},
        {"&&a=1&", "a", "1"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"=x", "", "x"},
        {"a=b=c", "a", "b=c"},
        {"a=x+y", "a", "x y"},
        {"a=x%2By", "a", "x+y"},
        {"a=%2541", "a", "%41"},
        {"%61%3d=%26", "a=", "&"},
        {"a=%C3%a4", "a", "\xc3\xa4"},
        {"a=\xc3\xa4", "a", "\xc3\xa4"},
        {"a=%e2%82%ac", "a", "\xe2\x82\xac"},
        {"a=%F0%9F%98%80", "a", "\xf0\x9f\x98\x80"},
        {"a=%0A", "a", "\n"},
    };
    struct query query;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem = parse(cases[i].query, &query);
        const char *value = query_get(&query, cases[i].key);
        cr_expect_not(problem_is_set(&problem), "%s", cases[i].query);
        cr_assert_not_null(value, "%s", cases[i].query);
        cr_expect_str_eq(value, cases[i].value, "%s", cases[i].query);
    }
}

Test(query, broken_ones_are_a_400)
{
    static const char *const cases[] = {
        "a=%",         "a=%4",           "a=%4g",
        "a=%g4",       "a=%00",          "%00=1",
        "a=%ff",       "a=%c3",          "a=%c3(",
        "a=%c0%80",    "a=%ed%a0%80",    "a=%e2%82",
        "a=%80",       "a=1&a=1",        "a=1&%61=2",
        "a&a",         "a=%f5%80%80%80", "a=%f4%90%80%80",
        "a=%e0%80%80", "a=%f0%80%80%80",
    };
    struct query query;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem = parse(cases[i], &query);
        cr_expect_eq(problem_status(problem.type), 400, "%s", cases[i]);
    }
}

Test(query, none_is_no_pairs)
{
    struct query query = {.n = 7};
    struct problem problem = {0};
    query_parse(NULL, &query, &problem);
    cr_assert_eq(query.n, 0);
    cr_assert_null(query_get(&query, "a"));
}

Test(query, more_pairs_than_the_room_for_them_are_a_400)
{
    char many[1024] = "";
    struct query query;
    for (int i = 0, n = 0; i <= QUERY_PAIRS_MAX; i++)
        n += snprintf(many + n, sizeof many - (size_t)n, "&k%d=%d", i, i);
    cr_assert_eq(problem_status(parse(many, &query).type), 400);
    cr_assert_eq(query.n, QUERY_PAIRS_MAX);
}

Test(query, unknown_key_is_a_422_that_names_the_known)
{
    struct query query;
    struct problem problem = parse("wait=1&mode=x", &query);
    query_check(&query, "wait model mod", &problem);
    cr_assert_eq(problem_status(problem.type), 422);
    cr_assert_not_null(strstr(problem.detail, "mode;"));
    cr_assert_not_null(strstr(problem.detail, "wait model mod"));
}

Test(query, known_keys_pass_and_none_are_known_without_a_list)
{
    struct query query;
    struct problem problem = parse("wait=1&model=x", &query);
    query_check(&query, "model  wait", &problem);
    cr_assert_not(problem_is_set(&problem));
    query_check(&query, NULL, &problem);
    cr_assert_eq(problem_status(problem.type), 422);
}

Test(query, a_star_knows_every_key)
{
    struct query query;
    struct problem problem = parse("wait=1&anything=x", &query);
    query_check(&query, "*", &problem);
    cr_assert_not(problem_is_set(&problem));
}

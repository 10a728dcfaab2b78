/* SPDX-License-Identifier: MIT
 *
 * Paths and the route table. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "http/router.h"

static const struct http_route routes[] = {
    {.method = HTTP_GET, .pattern = "/"},
    {.method = HTTP_GET, .pattern = "/models"},
    {.method = HTTP_GET, .pattern = "/models/{model}"},
    {.method = HTTP_PUT, .pattern = "/models/{model}"},
    {.method = HTTP_DELETE, .pattern = "/models/{model}"},
    {.method = HTTP_GET, .pattern = "/models/{model}/versions/{n}"},
    {.method = HTTP_POST, .pattern = "/train"},
    {.method = HTTP_GET, .pattern = "/v1/models/{model}"},
    {.method = HTTP_GET, .pattern = "/v1/**"},
    {.method = HTTP_GET, .pattern = "/v2"},
    {.method = HTTP_GET, .pattern = "/v2/"},
    {.method = HTTP_GET, .pattern = "/slash/"},
};
enum { N_ROUTES = sizeof routes / sizeof *routes };

/* The index of the route, or minus the problem's status. */
static int lookup(const char *method,
                  const char *target,
                  struct path *path,
                  struct problem *problem)
{
    static char text[256];
    snprintf(text, sizeof text, "%s", target);
    *problem = (struct problem){0};
    path_split(text, path, problem);
    if (!problem_is_set(problem)) {
        const struct http_route *route =
            route_find(routes, N_ROUTES, method, path, problem);
        if (route != NULL)
            return (int)(route - routes);
    }
    return -problem_status(problem->type);
}

Test(router, finds_the_line_of_the_table_or_says_why_not)
{
    static const struct {
        const char *method, *target;
        int outcome;
    } cases[] = {
        {"GET", "/", 0},
        {"HEAD", "/", 0},
        {"GET", "/models", 1},
        {"GET", "/models/iris", 2},
        {"PUT", "/models/iris", 3},
        {"DELETE", "/models/i", 4},
        {"GET", "/models/iris/versions/3", 5},
        {"HEAD", "/models/a:b~c._-/versions/x", 5},
        {"POST", "/train", 6},
        {"GET", "/v2", 9},
        {"GET", "/v2/", 10},
        {"GET", "/v2/x", -404},
        {"GET", "/v2//", -400},
        {"GET", "/slash/", 11},
        {"GET", "/slash", -404},
        {"GET", "/slash/x", -404},
        {"GET", "http://host:80/models", 1},
        {"GET", "http://host/", 0},
        {"GET", "/v1/models/iris", 7},
        {"GET", "/v1/models", 8},
        {"GET", "/v1/models/iris/a/b/c", 8},
        {"GET", "/v1/", 8},
        {"GET", "/v1", -404},
        {"POST", "/v1/a/b", -405},
        {"GET", "/v1/models/iris%3Apredict", 7},
        {"GET", "/v1/models/%69ris", 7},
        {"GET", "/v1/models/iris%2Fa", -400},
        {"GET", "/v1/models/%2e%2E", -400},
        {"GET", "/v1/models/%00", -400},
        {"GET", "/v1/models/%4", -400},
        {"GET", "/v1/models/%2569ris", -400},
        {"GET", "/models/%69ris", -400},
        {"GET", "/models/", -404},
        {"GET", "/models/iris/", -404},
        {"GET", "/model", -404},
        {"GET", "/modelss", -404},
        {"GET", "/models/iris/versions", -404},
        {"GET", "/models/iris/versions/3/file", -404},
        {"GET", "/train/", -404},
        {"GET", "/train", -405},
        {"HEAD", "/train", -405},
        {"PATCH", "/train", -405},
        {"OPTIONS", "/models/iris", -405},
        {"PATCH", "/nowhere", -404},
        {"get", "/", -405},
        {"BREW", "/", -405},
        {"", "/", -405},
        {"GET", "", -400},
        {"GET", "*", -400},
        {"GET", "models", -400},
        {"GET", "//", -400},
        {"GET", "//models", -400},
        {"GET", "/models//iris", -400},
        {"GET", "/./models", -400},
        {"GET", "/models/..", -400},
        {"GET", "/models/../train", -400},
        {"GET", "/models/%2e%2e", -400},
        {"GET", "/models/%00", -400},
        {"GET", "/models/a b", -400},
        {"GET", "/models/a\tb", -400},
        {"GET", "/models/a\x7f", -400},
        {"GET", "/models/\xc3\xa4", -400},
        {"GET", "/models/a\\b", -400},
        {"GET", "/models/a#b", -400},
        {"GET", "http://host", -400},
        {"GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m", -400},
    };
    struct path path;
    struct problem problem;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(lookup(cases[i].method, cases[i].target, &path, &problem),
                     cases[i].outcome, "%s %s", cases[i].method,
                     cases[i].target);
}

Test(router, three_dots_are_a_name_like_any_other)
{
    struct path path;
    struct problem problem;
    cr_assert_eq(lookup("GET", "/models/...", &path, &problem), 2);
}

Test(router, wrong_method_names_those_that_are_right)
{
    struct path path;
    struct problem problem;
    lookup("POST", "/models/iris", &path, &problem);
    cr_assert_str_eq(problem.allow, "GET, HEAD, PUT, DELETE");
    lookup("GET", "/train", &path, &problem);
    cr_assert_str_eq(problem.allow, "POST");
}

Test(router, segments_are_found_by_the_name_in_the_pattern)
{
    struct path path;
    struct problem problem;
    int i = lookup("GET", "/models/iris/versions/3", &path, &problem);
    cr_assert_eq(i, 5);
    cr_assert_str_eq(route_segment(&routes[i], &path, "model"), "iris");
    cr_assert_str_eq(route_segment(&routes[i], &path, "n"), "3");
    cr_assert_null(route_segment(&routes[i], &path, "versions"));
    cr_assert_null(route_segment(&routes[i], &path, "mode"));
}

Test(router, below_v1_an_escaped_byte_is_what_it_means)
{
    struct path path;
    struct problem problem;
    int i = lookup("GET", "/v1/models/%69r%69s%3ax", &path, &problem);
    cr_assert_eq(i, 7);
    cr_assert_str_eq(route_segment(&routes[i], &path, "model"), "iris:x");
    cr_assert_eq(lookup("GET", "/v1/a%2db/c", &path, &problem), 8);
    cr_assert_str_eq(path.segments[1], "a-b");
    cr_assert_str_eq(path.segments[2], "c");
}

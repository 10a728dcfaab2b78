/* SPDX-License-Identifier: MIT
 *
 * Any bytes as method and request target: a route or a refusal; no segment
 * leads anywhere else, no key of the query is there twice. */
#include "check.h"

#include "http/query.h"
#include "http/router.h"

static const struct http_route routes[] = {
    {.method = HTTP_GET, .pattern = "/"},
    {.method = HTTP_POST, .pattern = "/train", .query = "model wait"},
    {.method = HTTP_GET, .pattern = "/models/{model}"},
    {.method = HTTP_PUT, .pattern = "/models/{model}"},
    {.method = HTTP_DELETE, .pattern = "/models/{model}/versions/{version}"},
    {.method = HTTP_GET, .pattern = "/models/{model}/versions/{version}/file"},
    {.method = HTTP_GET, .pattern = "/v1/models/{model}/versions/{version}"},
    {.method = HTTP_GET, .pattern = "/v1/models/{model}"},
    {.method = HTTP_POST, .pattern = "/v1/**"},
    {.method = HTTP_POST, .pattern = "/v2/repository/"},
};
enum { N_ROUTES = sizeof routes / sizeof *routes };

static void expect_refusal(const struct problem *problem)
{
    int status = problem_status(problem->type);
    CHECK(status >= 400 && status < 500);
    CHECK(problem->detail[0] != '\0');
    CHECK((status == 405) == (problem->allow[0] != '\0'));
}

static void check_path(const struct path *path)
{
    CHECK(path->n_segments <= PATH_SEGMENTS_MAX);
    for (size_t i = 0; i < path->n_segments; i++) {
        const char *segment = path->segments[i];
        CHECK(strpbrk(segment, "/\\%?#&;'\"<> \t\r\n") == NULL);
        CHECK(strcmp(segment, ".") != 0 && strcmp(segment, "..") != 0);
        CHECK(segment[0] != '\0' || i + 1 == path->n_segments);
        for (const char *c = segment; *c != '\0'; c++)
            CHECK(*c > ' ' && *c < 0x7f);
    }
}

static void check_route(const struct http_route *route, const struct path *path)
{
    const char *model = route_segment(route, path, "model");
    const char *version = route_segment(route, path, "version");
    bool has_model = strstr(route->pattern, "{model}") != NULL;
    bool has_version = strstr(route->pattern, "{version}") != NULL;
    CHECK((model != NULL) == has_model);
    CHECK((version != NULL) == has_version);
    CHECK(model == NULL || model[0] != '\0');
    CHECK(version == NULL || version[0] != '\0');
}

static void try_path(char *text, const char *method)
{
    struct problem problem = {0};
    struct path path;
    path_split(text, &path, &problem);
    if (problem_is_set(&problem)) {
        expect_refusal(&problem);
        return;
    }
    check_path(&path);
    const struct http_route *route =
        route_find(routes, N_ROUTES, method, &path, &problem);
    CHECK((route == NULL) == problem_is_set(&problem));
    if (route != NULL)
        check_route(route, &path);
    else
        expect_refusal(&problem);
}

static void try_query(char *text)
{
    struct problem problem = {0};
    struct query query;
    query_parse(text, &query, &problem);
    if (problem_is_set(&problem)) {
        expect_refusal(&problem);
        return;
    }
    CHECK(query.n <= QUERY_PAIRS_MAX);
    for (size_t i = 0; i < query.n; i++)
        CHECK(query_get(&query, query.pairs[i].key) == query.pairs[i].value);
    query_check(&query, "model wait", &problem);
    if (problem_is_set(&problem))
        expect_refusal(&problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *method = fuzz_text(data, size);
    char *target = strchr(method, ' ');
    target = target != NULL ? target : method + strlen(method);
    if (*target == ' ')
        *target++ = '\0';
    char *query = strchr(target, '?');
    if (query != NULL)
        *query++ = '\0';
    try_path(target, method);
    try_query(query);
    free(method);
    return 0;
}

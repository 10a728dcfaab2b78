/* SPDX-License-Identifier: MIT
 *
 * openapi.json and the route table, held against each other. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/openapi.h"
#include "http/route.h"

static const char *const methods[] = {
    [HTTP_GET] = "get",
    [HTTP_POST] = "post",
    [HTTP_PUT] = "put",
    [HTTP_DELETE] = "delete",
};

static const char *const scopes[] = {
    [SCOPE_ADMIN] = "admin",
    [SCOPE_TRAIN] = "train",
    [SCOPE_PREDICT] = "predict",
};

/* Routes that answer those who are lost: nobody should look for them. */
static const char *const unlisted[] = {"/v1/**", "/v2/"};

static json_t *load(void)
{
    size_t length;
    const char *bytes = openapi_bytes(&length);
    json_error_t err;
    json_t *document = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &err);
    cr_assert_not_null(document, "line %d: %s", err.line, err.text);
    return document;
}

static bool is_unlisted(const char *pattern)
{
    for (size_t i = 0; i < sizeof unlisted / sizeof *unlisted; i++)
        if (strcmp(pattern, unlisted[i]) == 0)
            return true;
    return false;
}

/* The documented path without the verb of "/v1/models/{model}:predict". */
static void without_verb(const char *path, char out[128])
{
    size_t n =
        strncmp(path, "/v1/", 4) == 0 ? strcspn(path, ":") : strlen(path);
    snprintf(out, 128, "%.*s", (int)n, path);
}

static const struct http_route *find_route(const char *path, const char *method)
{
    char pattern[128];
    without_verb(path, pattern);
    for (size_t i = 0; i < app_n_routes; i++)
        if (strcmp(app_routes[i].pattern, pattern) == 0 &&
            strcmp(methods[app_routes[i].method], method) == 0)
            return &app_routes[i];
    return NULL;
}

/* A parameter, or what its $ref leads to. */
static json_t *resolve(json_t *document, json_t *parameter)
{
    static const char prefix[] = "#/components/parameters/";
    const char *ref = json_string_value(json_object_get(parameter, "$ref"));
    if (ref == NULL)
        return parameter;
    cr_assert(strncmp(ref, prefix, strlen(prefix)) == 0, "%s", ref);
    json_t *components = json_object_get(document, "components");
    return json_object_get(json_object_get(components, "parameters"),
                           ref + strlen(prefix));
}

/* Is `word` in `list`, which has blanks between its words? */
static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

static size_t count_words(const char *list)
{
    size_t n = 0;
    for (size_t i = 0; list[i] != '\0'; i++)
        n += list[i] != ' ' && (i == 0 || list[i - 1] == ' ');
    return n;
}

static void check_parameters(json_t *document,
                             const char *path,
                             json_t *operation,
                             const struct http_route *route)
{
    size_t n_query = 0, n_path = 0, n_braces = 0, i;
    json_t *item;
    json_array_foreach(json_object_get(operation, "parameters"), i, item)
    {
        json_t *parameter = resolve(document, item);
        const char *in = json_string_value(json_object_get(parameter, "in"));
        const char *name =
            json_string_value(json_object_get(parameter, "name"));
        char braced[64];
        cr_assert(in != NULL && name != NULL, "%s", path);
        snprintf(braced, sizeof braced, "{%s}", name);
        if (strcmp(in, "query") == 0) {
            n_query++;
            cr_expect(has_word(route->query, name), "%s: no ?%s=", path, name);
        } else if (strcmp(in, "path") == 0) {
            n_path++;
            cr_expect_not_null(strstr(path, braced), "%s: %s", path, name);
        }
    }
    for (const char *at = path; (at = strchr(at, '{')) != NULL; at++)
        n_braces++;
    cr_expect_eq(n_path, n_braces, "%s", path);
    if (strcmp(route->query, "*") == 0)
        return; /* any key, and none is looked at */
    cr_expect_eq(n_query, count_words(route->query), "%s: %zu of ?%s", path,
                 n_query, route->query);
}

static void check_operation(json_t *document,
                            const char *path,
                            const char *method,
                            json_t *operation)
{
    const struct http_route *route = find_route(path, method);
    cr_expect_not_null(route, "no route %s %s", method, path);
    if (route == NULL)
        return;
    json_t *security = json_object_get(operation, "security");
    json_t *bearer = json_object_get(json_array_get(security, 0), "bearer");
    const char *scope = json_string_value(json_array_get(bearer, 0));
    cr_expect(json_is_array(security), "%s", path);
    if (route->scope == SCOPE_OPEN)
        cr_expect_eq(json_array_size(security), 0, "%s %s", method, path);
    else
        cr_expect(scope != NULL && strcmp(scope, scopes[route->scope]) == 0,
                  "%s %s: %s", method, path, scopes[route->scope]);
    bool has_body = json_object_get(operation, "requestBody") != NULL;
    cr_expect_eq(has_body, route->open_body != NULL, "%s %s", method, path);
    check_parameters(document, path, operation, route);
}

Test(openapi, each_operation_is_a_route_with_its_keys_scope_and_body)
{
    json_t *document = load();
    const char *path, *method;
    json_t *item, *operation;
    size_t n = 0;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
        {
            check_operation(document, path, method, operation);
            n++;
        }
    }
    cr_expect_geq(n, app_n_routes - 3);
    json_decref(document);
}

/* Is there an operation of this route? */
static bool is_documented(json_t *paths, const struct http_route *route)
{
    const char *path;
    json_t *item;
    json_object_foreach(paths, path, item)
    {
        char pattern[128];
        without_verb(path, pattern);
        if (strcmp(pattern, route->pattern) == 0 &&
            json_object_get(item, methods[route->method]) != NULL)
            return true;
    }
    return false;
}

Test(openapi, each_route_is_documented)
{
    json_t *document = load();
    json_t *paths = json_object_get(document, "paths");
    for (size_t i = 0; i < app_n_routes; i++)
        cr_expect_neq(is_documented(paths, &app_routes[i]),
                      is_unlisted(app_routes[i].pattern), "%s",
                      app_route_names[i]);
    json_decref(document);
}

Test(openapi, has_the_version_of_the_daemon)
{
    json_t *document = load();
    json_t *info = json_object_get(document, "info");
    cr_expect_str_eq(json_string_value(json_object_get(info, "version")),
                     MLPD_VERSION);
    json_decref(document);
}

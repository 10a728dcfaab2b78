/* SPDX-License-Identifier: MIT
 *
 * Routing: strict about the path, linear over the table. */
#include "http/router.h"

#include <stdio.h>
#include <string.h>

static const char *const method_names[] = {
    [HTTP_GET] = "GET",
    [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",
    [HTTP_DELETE] = "DELETE",
};
enum { N_METHODS = sizeof method_names / sizeof *method_names };

static bool legal_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("._~:-", c) != NULL);
}

static bool legal_segment(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!legal_byte(text[i]))
            return false;
    bool dots = (length == 1 && text[0] == '.') ||
                (length == 2 && text[0] == '.' && text[1] == '.');
    return !dots;
}

static char *skip_authority(char *text)
{
    static const char scheme[] = "http://";
    if (strncmp(text, scheme, sizeof scheme - 1) != 0)
        return text;
    text += sizeof scheme - 1;
    return text + strcspn(text, "/");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char letter = (char)(c | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* In place, %XX of what a segment may hold; the rest stays, to be refused. The
 * length that is left. */
static size_t decode(char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++, n++) {
        text[n] = text[i];
        if (text[i] != '%' || length - i < 3)
            continue;
        int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
        char c = high < 0 || low < 0 ? '\0' : (char)(high * 16 + low);
        if (!legal_byte(c))
            continue;
        text[n] = c;
        i += 2;
    }
    return n;
}

void path_split(char *text, struct path *out, struct problem *problem)
{
    out->n_segments = 0;
    text = skip_authority(text);
    bool decodes = strncmp(text, "/v1/", 4) == 0;
    if (*text == '/' && text[1] == '\0')
        return;
    while (*text == '/' && out->n_segments < PATH_SEGMENTS_MAX) {
        *text++ = '\0';
        size_t length = strcspn(text, "/");
        char *end = text + length;
        bool empty_inside = length == 0 && *end != '\0';
        if (decodes)
            length = decode(text, length);
        if (empty_inside || !legal_segment(text, length))
            break;
        out->segments[out->n_segments++] = text;
        if (text + length < end)
            text[length] = '\0';
        text = end;
        if (*text == '\0')
            return;
    }
    problem_set(problem, PROBLEM_MALFORMED, NULL,
                "the path must be segments of A-Z a-z 0-9 . _ ~ : - behind "
                "single slashes");
}

/* The segments of a pattern, one call after the other; NULL: no more. */
static const char *next_segment(const char **pattern, size_t *length)
{
    if (**pattern != '/' || (*pattern)[1] == '\0')
        return NULL;
    const char *segment = *pattern + 1;
    const char *end = segment;
    while (*end != '\0' && *end != '/')
        end++;
    *length = (size_t)(end - segment);
    *pattern = end;
    return segment;
}

static bool is_rest(const char *pattern, size_t length)
{
    return length == 2 && pattern[0] == '*' && pattern[1] == '*';
}

static bool
segment_matches(const char *pattern, size_t length, const char *segment)
{
    if (is_rest(pattern, length))
        return true;
    if (pattern[0] == '{')
        return segment[0] != '\0';
    return strncmp(pattern, segment, length) == 0 && segment[length] == '\0';
}

/* What most patterns fail at. */
static bool begins_otherwise(const char *pattern, const struct path *path)
{
    return path->n_segments > 0 && pattern[0] == '/' && pattern[1] != '{' &&
           pattern[1] != '*' && pattern[1] != path->segments[0][0];
}

static bool pattern_matches(const char *pattern, const struct path *path)
{
    size_t length;
    if (begins_otherwise(pattern, path))
        return false;
    for (size_t i = 0; i < path->n_segments; i++) {
        const char *segment = next_segment(&pattern, &length);
        if (segment == NULL && i > 0 && i + 1 == path->n_segments)
            return *pattern == '/' && path->segments[i][0] == '\0';
        if (segment == NULL ||
            !segment_matches(segment, length, path->segments[i]))
            return false;
        if (is_rest(segment, length))
            return true;
    }
    /* A pattern may end with a slash: it takes an empty segment. */
    return next_segment(&pattern, &length) == NULL &&
           (*pattern == '\0' || path->n_segments == 0);
}

/* N_METHODS: one that no route has. */
static int method_parse(const char *text)
{
    if (strcmp(text, "HEAD") == 0)
        return HTTP_GET;
    for (int i = 0; i < N_METHODS; i++)
        if (strcmp(text, method_names[i]) == 0)
            return i;
    return N_METHODS;
}

static void refuse_method(unsigned allowed, struct problem *problem)
{
    size_t n = 0;
    for (int i = 0; i < N_METHODS; i++)
        if (allowed & 1U << i)
            n += (size_t)snprintf(problem->allow + n, sizeof problem->allow - n,
                                  "%s%s%s", n > 0 ? ", " : "", method_names[i],
                                  i == HTTP_GET ? ", HEAD" : "");
    problem_set(problem, PROBLEM_METHOD_NOT_ALLOWED, NULL,
                "this resource takes %s", problem->allow);
}

const struct http_route *route_find(const struct http_route *routes,
                                    size_t n_routes,
                                    const char *method,
                                    const struct path *path,
                                    struct problem *problem)
{
    int wanted = method_parse(method);
    unsigned allowed = 0;
    for (size_t i = 0; i < n_routes; i++)
        if ((int)routes[i].method == wanted &&
            pattern_matches(routes[i].pattern, path))
            return &routes[i];
    for (size_t i = 0; i < n_routes; i++)
        if (pattern_matches(routes[i].pattern, path))
            allowed |= 1U << routes[i].method;
    if (allowed != 0)
        refuse_method(allowed, problem);
    else
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "there is no resource of this path");
    return NULL;
}

const char *route_segment(const struct http_route *route,
                          const struct path *path,
                          const char *name)
{
    const char *pattern = route->pattern;
    size_t length, n = strlen(name);
    for (size_t i = 0; i < path->n_segments; i++) {
        const char *segment = next_segment(&pattern, &length);
        if (segment != NULL && segment[0] == '{' && length == n + 2 &&
            strncmp(segment + 1, name, n) == 0)
            return path->segments[i];
    }
    return NULL;
}

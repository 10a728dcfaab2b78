/* SPDX-License-Identifier: MIT */
#include "handlers/model_lookup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/registry_alias.h"

bool model_check_name(const char *name, struct problem *problem)
{
    if (name_is_valid(name))
        return true;
    problem_set(problem, PROBLEM_INVALID, NULL,
                "'%.64s' is not a model's name: " NAME_RULE, name);
    return false;
}

bool model_parse_version(const char *text, uint32_t *out)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0')
        return false;
    uint64_t value = strtoull(text, NULL, 10);
    *out = (uint32_t)value;
    return value >= 1 && value <= UINT32_MAX;
}

bool model_parse_at(const char *text, struct model_at *out)
{
    *out = (struct model_at){0};
    if (text == NULL || strcmp(text, ALIAS_LATEST) == 0 ||
        model_parse_version(text, &out->version))
        return true;
    if (!alias_is_valid(text))
        return false;
    out->version = 0;
    out->alias = text;
    return true;
}

bool model_check_at(const char *text,
                    struct model_at *out,
                    struct problem *problem)
{
    if (model_parse_at(text, out))
        return true;
    problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                "'%.32s' is not a version: versions are whole numbers from 1, "
                "or aliases: " ALIAS_RULE,
                text);
    return false;
}

static void unknown_alias(struct app *app,
                          const char *name,
                          const char *alias,
                          struct problem *problem)
{
    struct model_alias found;
    if (registry_alias(app->registry, name, alias, &found))
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "the alias '%s' of model '%s' names version %" PRIu32
                    ", which is not there",
                    alias, name, found.version);
    else
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "model '%s' has no alias '%s'", name, alias);
}

void model_unknown(struct app *app,
                   const char *name,
                   struct model_at at,
                   struct problem *problem)
{
    uint32_t latest = registry_latest(app->registry, name);
    if (latest == 0 || (at.version == 0 && at.alias == NULL))
        problem_set(problem, PROBLEM_NOT_FOUND, NULL, "there is no model '%s'",
                    name);
    else if (at.alias != NULL)
        unknown_alias(app, name, at.alias, problem);
    else
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "model '%s' has no version %" PRIu32
                    ", the latest is %" PRIu32,
                    name, at.version, latest);
}

struct live_model *model_borrow(struct app *app,
                                const char *name,
                                struct model_at at,
                                struct problem *problem)
{
    if (!model_check_name(name, problem))
        return NULL;
    mlp_error err;
    struct live_model *model =
        at.alias != NULL
            ? registry_borrow_alias(app->registry, name, at.alias, &err)
            : registry_borrow(app->registry, name, at.version, &err);
    if (model == NULL && err.status == MLP_INVALID)
        model_unknown(app, name, at, problem);
    else if (model == NULL)
        problem_from_error(problem, NULL, &err);
    return model;
}

struct live_model *model_borrow_at(struct app *app,
                                   const char *name,
                                   const char *at,
                                   struct problem *problem)
{
    struct model_at parsed;
    if (!model_check_at(at, &parsed, problem))
        return NULL;
    return model_borrow(app, name, parsed, problem);
}

uint32_t model_find_at(struct app *app,
                       const char *name,
                       struct model_at at,
                       struct problem *problem)
{
    struct model_alias alias;
    uint32_t version = at.version;
    if (at.alias != NULL)
        version = registry_alias(app->registry, name, at.alias, &alias)
                      ? alias.version
                      : 0;
    else if (version == 0)
        version = registry_latest(app->registry, name);
    if (version == 0)
        model_unknown(app, name, at, problem);
    return version;
}

bool model_check_path(const struct http_request *request,
                      struct model_at *at,
                      struct problem *problem)
{
    *at = (struct model_at){0};
    return model_check_name(request_segment(request, "model"), problem) &&
           model_check_at(request_segment(request, "version"), at, problem);
}

void model_query_at(const struct http_request *request,
                    const char *key,
                    struct model_at *at,
                    struct problem *problem)
{
    const char *text = request_query(request, key);
    if (!model_parse_at(text, at))
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "query: %s: expected a whole number from 1 to 4294967295, "
                    "or an alias, got '%.64s'",
                    key, text);
}

void model_query_due(const struct http_request *request,
                     const char *key,
                     struct model_at *at,
                     struct problem *problem)
{
    if (request_query(request, key) == NULL)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "%s: expected a version or an alias to compare, found none",
                    key);
    else
        model_query_at(request, key, at, problem);
}

struct live_model *model_of_path(struct http_request *request,
                                 struct problem *problem)
{
    return model_borrow_at(request_app(request),
                           request_segment(request, "model"),
                           request_segment(request, "version"), problem);
}

/* SPDX-License-Identifier: MIT */
#include "handlers/model_lookup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

void model_unknown(struct app *app,
                   const char *name,
                   uint32_t version,
                   struct problem *problem)
{
    uint32_t latest = registry_latest(app->registry, name);
    if (latest == 0 || version == 0)
        problem_set(problem, PROBLEM_NOT_FOUND, NULL, "there is no model '%s'",
                    name);
    else
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "model '%s' has no version %" PRIu32
                    ", the latest is %" PRIu32,
                    name, version, latest);
}

struct live_model *model_borrow(struct app *app,
                                const char *name,
                                uint32_t version,
                                struct problem *problem)
{
    if (!model_check_name(name, problem))
        return NULL;
    mlp_error err;
    struct live_model *model =
        registry_borrow(app->registry, name, version, &err);
    if (model == NULL && err.status == MLP_INVALID)
        model_unknown(app, name, version, problem);
    else if (model == NULL)
        problem_from_error(problem, NULL, &err);
    return model;
}

struct live_model *model_borrow_at(struct app *app,
                                   const char *name,
                                   const char *at,
                                   struct problem *problem)
{
    uint32_t version = 0;
    if (at != NULL && !model_parse_version(at, &version)) {
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "'%.32s' is not a version: versions are whole numbers "
                    "from 1",
                    at);
        return NULL;
    }
    return model_borrow(app, name, version, problem);
}

bool model_check_path(const struct http_request *request,
                      uint32_t *version,
                      struct problem *problem)
{
    const char *text = request_segment(request, "version");
    *version = 0;
    if (!model_check_name(request_segment(request, "model"), problem))
        return false;
    if (text == NULL || model_parse_version(text, version))
        return true;
    problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                "'%.32s' is not a version: versions are whole numbers from 1",
                text);
    return false;
}

struct live_model *model_of_path(struct http_request *request,
                                 struct problem *problem)
{
    return model_borrow_at(request_app(request),
                           request_segment(request, "model"),
                           request_segment(request, "version"), problem);
}

/* SPDX-License-Identifier: MIT */
#include "handlers/v2_lookup.h"

#include "handlers/model_lookup.h"

struct live_model *v2_lookup(struct http_request *request,
                             struct problem *problem)
{
    const char *name = request_segment(request, "model");
    if (!name_is_valid(name)) {
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "there is no model '%.64s'", name);
        return NULL;
    }
    return model_borrow_at(request_app(request), name,
                           request_segment(request, "version"), problem);
}

bool v2_lookup_sleeps(struct http_request *request)
{
    struct app *app = request_app(request);
    const char *name = request_segment(request, "model");
    struct model_at at = {0};
    return name_is_valid(name) &&
           model_parse_at(request_segment(request, "version"), &at) &&
           registry_sleeps(app->registry, name, at.version, at.alias);
}

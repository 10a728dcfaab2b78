/* SPDX-License-Identifier: MIT */
#include "handlers/v2_lookup.h"

#include "handlers/model_lookup.h"

static struct live_model *look(struct http_request *request,
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

/* Its clients know a model that is not there by how Triton's text begins. */
struct live_model *v2_lookup(struct http_request *request,
                             struct problem *problem)
{
    struct problem why = {0};
    struct live_model *live = look(request, &why);
    if (live == NULL && why.type == PROBLEM_NOT_FOUND)
        problem_set(problem, why.type, NULL,
                    "Request for unknown model: %.300s", why.detail);
    else if (live == NULL)
        *problem = why;
    return live;
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

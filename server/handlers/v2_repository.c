/* SPDX-License-Identifier: MIT
 *
 * Triton's model repository extension: what there is, and load. A model is
 * there as long as its file is, and which ones are in memory is this server's
 * business: load reads one into it, unload is not implemented, since a model
 * that others ask for by /predict must not vanish for them. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/heavy.h"
#include "handlers/v2_lookup.h"
#include "handlers/v2_problem.h"
#include "handlers/v2_versions.h"
#include "http/json.h"

enum { VERSION_TEXT = 12 };

struct http_body *v2_repository_open_body(struct http_request *request,
                                          struct problem *problem)
{
    const struct app *app = request_app(request);
    struct http_body *body = body_memory(app->limits.control_max_bytes);
    if (body == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return body;
}

/* The body, an object; an empty one means {}. NULL with a problem. */
static json_t *read_control(struct http_request *request,
                            struct problem *problem)
{
    size_t length = 0;
    const char *bytes = body_memory_bytes(request_body(request), &length);
    if (length > 0)
        return json_parse(bytes, length, problem);
    json_t *empty = json_object();
    if (empty == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return empty;
}

/* --- index ---------------------------------------------------------------- */

static json_t *index_json(struct app *app, struct problem *problem)
{
    struct v2_versions list;
    json_t *index = json_array();
    (void)v2_versions_collect(&list, app, NULL, problem);
    for (size_t i = 0; i < list.n; i++) {
        char version[VERSION_TEXT];
        (void)snprintf(version, sizeof version, "%" PRIu32,
                       list.items[i].version);
        (void)json_array_append_new(
            index,
            json_pack("{s:s, s:s, s:s, s:s}", "name", list.items[i].name,
                      "version", version, "state", "READY", "reason", ""));
    }
    free(list.items);
    return index;
}

/* "ready": true asks for those that are ready, which all are. */
void v2_index_post(struct http_request *request)
{
    struct problem problem = {0};
    bool ready = false;
    json_t *index = NULL, *control = read_control(request, &problem);
    if (control != NULL) {
        struct json_place root = json_root(control, &problem);
        (void)json_get_bool(&root, "ready", &ready);
        json_close(&root);
    }
    if (!problem_is_set(&problem))
        index = index_json(request_app(request), &problem);
    json_decref(control);
    if (!problem_is_set(&problem)) {
        request_reply(request, reply_json(200, index));
        return;
    }
    json_decref(index);
    v2_problem_reply(request, &problem);
}

/* --- load ----------------------------------------------------------------- */

/* Parameters change a model or bring its files: there are none here. */
static void check_load(struct http_request *request, struct problem *problem)
{
    json_t *control = read_control(request, problem);
    if (control == NULL)
        return;
    struct json_place root = json_root(control, problem), parameters;
    if (json_get_object(&root, "parameters", &parameters) &&
        json_object_size(parameters.object) > 0)
        problem_set(problem, PROBLEM_UNSUPPORTED, "/parameters",
                    "a model is loaded as it is; PUT /models/NAME takes "
                    "another one");
    json_close(&root);
    json_decref(control);
}

/* Threads: pool. */
static void load(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct live_model *live = NULL;
    check_load(request, &problem);
    if (!problem_is_set(&problem))
        live = v2_lookup(request, &problem);
    if (live == NULL) {
        v2_problem_reply(request, &problem);
        return;
    }
    registry_release(app->registry, live);
    request_reply(request, reply_json(200, json_object()));
}

void v2_load_post(struct http_request *request)
{
    heavy_answer(request, load);
}

void v2_unload_post(struct http_request *request)
{
    struct problem problem = {0};
    problem_set(&problem, PROBLEM_UNSUPPORTED, NULL,
                "models are not unloaded on demand: those that nobody asks for "
                "leave the memory by themselves; DELETE /models/NAME removes "
                "one for good");
    v2_problem_reply(request, &problem);
}

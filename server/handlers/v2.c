/* SPDX-License-Identifier: MIT
 *
 * What the Open Inference Protocol tells of the server and its models: health,
 * metadata, configuration, statistics. */
#include <jansson.h>
#include <stdlib.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/health.h"
#include "handlers/v2_describe.h"
#include "handlers/v2_lookup.h"
#include "handlers/v2_problem.h"
#include "handlers/v2_versions.h"

/* Consumes json; NULL with a problem. */
static void
answer(struct http_request *request, json_t *json, struct problem *problem)
{
    if (!problem_is_set(problem)) {
        request_reply(request, reply_json(200, json));
        return;
    }
    json_decref(json);
    v2_problem_reply(request, problem);
}

/* --- the server ----------------------------------------------------------- */

void v2_server_get(struct http_request *request)
{
    json_t *extensions = json_pack(
        "[s, s, s, s, s, s]", "binary_tensor_data", "classification",
        "statistics", "model_configuration", "model_repository", "parameters");
    request_reply(
        request,
        reply_json(200, json_pack("{s:s, s:s, s:o}", "name", "mlpd", "version",
                                  MLPD_VERSION, "extensions", extensions)));
}

void v2_live_get(struct http_request *request)
{
    request_reply(request, reply_json(200, json_pack("{s:b}", "live", 1)));
}

void v2_ready_get(struct http_request *request)
{
    struct problem problem = {0};
    json_t *json = health_is_ready(request_app(request), &problem)
                       ? json_pack("{s:b}", "ready", 1)
                       : NULL;
    answer(request, json, &problem);
}

/* --- a model -------------------------------------------------------------- */

void v2_model_list(struct http_request *request)
{
    struct problem problem = {0};
    struct v2_versions list;
    json_t *models = json_array();
    (void)v2_versions_collect(&list, request_app(request), NULL, &problem);
    for (size_t i = 0; i < list.n; i++)
        if (list.items[i].latest)
            (void)json_array_append_new(models,
                                        json_string(list.items[i].name));
    free(list.items);
    answer(request, json_pack("{s:o}", "models", models), &problem);
}

void v2_model_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct v2_versions list = {0};
    json_t *json = NULL;
    struct live_model *live = v2_lookup(request, &problem);
    if (live != NULL && v2_versions_collect(&list, app, live->name, &problem))
        json = v2_describe_model(live, &list);
    free(list.items);
    if (live != NULL)
        registry_release(app->registry, live);
    answer(request, json, &problem);
}

void v2_model_ready_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    json_t *json = NULL;
    struct live_model *live = v2_lookup(request, &problem);
    if (live != NULL && health_is_ready(request_app(request), &problem))
        json = json_pack("{s:s, s:b}", "name", live->name, "ready", 1);
    if (live != NULL)
        registry_release(app->registry, live);
    answer(request, json, &problem);
}

void v2_model_config_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    json_t *json = NULL;
    struct live_model *live = v2_lookup(request, &problem);
    if (live != NULL) {
        json = v2_describe_config(live, app->limits.predict_max_rows);
        registry_release(app->registry, live);
    }
    answer(request, json, &problem);
}

/* --- statistics ----------------------------------------------------------- */

/* Of all versions, of those of one model, or of one alone (version not 0). */
static void answer_stats(struct http_request *request,
                         const char *name,
                         uint32_t version,
                         struct problem *problem)
{
    struct app *app = request_app(request);
    struct v2_versions list;
    json_t *stats = json_array();
    (void)v2_versions_collect(&list, app, name, problem);
    for (size_t i = 0; i < list.n; i++) {
        const struct v2_version *item = &list.items[i];
        if (version == 0 || item->version == version)
            (void)json_array_append_new(
                stats, v2_describe_stats(item, v2_stats_find(&app->v2_stats,
                                                             item->name,
                                                             item->version)));
    }
    free(list.items);
    answer(request, json_pack("{s:o}", "model_stats", stats), problem);
}

void v2_stats_get(struct http_request *request)
{
    struct problem problem = {0};
    answer_stats(request, NULL, 0, &problem);
}

void v2_model_stats_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct live_model *live = v2_lookup(request, &problem);
    if (live == NULL) {
        v2_problem_reply(request, &problem);
        return;
    }
    bool one = request_segment(request, "version") != NULL;
    answer_stats(request, live->name, one ? live->version : 0, &problem);
    registry_release(app->registry, live);
}

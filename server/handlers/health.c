/* SPDX-License-Identifier: MIT
 *
 * What machines ask: alive, ready, which version, how much. And / for the
 * person who opens the address without knowing what it is. */
#include <jansson.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/health.h"
#include "store/registry_follow.h"

enum { METRICS_MAX_BYTES = 8 << 20 };

/* Every route, so that the index cannot be behind the table. */
void index_get(struct http_request *request)
{
    json_t *routes = json_array();
    for (size_t i = 0; i < app_n_routes; i++)
        (void)json_array_append_new(routes, json_string(app_route_names[i]));
    request_reply(
        request,
        reply_json(200, json_pack("{s:s, s:s, s:o}", "name", "mlpd", "version",
                                  MLPD_VERSION, "routes", routes)));
}

void health_get(struct http_request *request)
{
    request_reply(request, reply_json(200, json_pack("{s:s}", "status", "ok")));
}

bool health_is_ready(struct app *app, struct problem *problem)
{
    size_t n_models = 0, n_versions;
    problem->retry_after_s = 1;
    if (atomic_load(&app->draining))
        problem_set(problem, PROBLEM_DRAINING, NULL,
                    "the server is stopping and takes no new work");
    else if (app->read_only)
        registry_count(app->registry, &n_models, &n_versions);
    if (app->read_only && n_models == 0)
        problem_set(problem, PROBLEM_NOT_READY, NULL,
                    "there is no model in the model folder yet");
    return !problem_is_set(problem);
}

/* A replica has no disk of its own that could fail. */
static enum storage_state storage_of(const struct app *app)
{
    return app->read_only ? STORAGE_OK : storage_state(app->storage);
}

/* Ready for predictions: a disk that takes nothing does not hinder them. */
void ready_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    if (!health_is_ready(app, &problem)) {
        request_fail(request, &problem);
        return;
    }
    request_reply(
        request,
        reply_json(200, json_pack("{s:s, s:s}", "status", "ready", "storage",
                                  storage_state_name(storage_of(app)))));
}

void version_get(struct http_request *request)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "name", "mlpd", "version",
                             MLPD_VERSION, "libmicrohttpd", listener_library(),
                             "jansson", JANSSON_VERSION);
    request_reply(request, reply_json(200, json));
}

void metrics_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct metrics_gauges gauges = {
        .connections = listener_connections(app->listener),
        .in_flight = listener_in_flight(app->listener),
        .model_bytes = registry_awake_bytes(app->registry),
    };
    mlp_buffer text;
    if (app->jobs != NULL)
        jobs_count(app->jobs, &gauges.jobs_queued, &gauges.jobs_running);
    registry_count(app->registry, &gauges.models, &gauges.model_versions);
    gauges.models_quarantined = registry_n_quarantined(app->registry);
    gauges.models_refused = registry_each_refused(app->registry, NULL, NULL);
    gauges.storage_writable = storage_of(app) == STORAGE_OK;
    mlp_buffer_init(&text, METRICS_MAX_BYTES);
    metrics_render(app->metrics, &gauges, &text);
    request_reply(
        request,
        reply_buffer(200, "text/plain; version=0.0.4; charset=utf-8", &text));
}

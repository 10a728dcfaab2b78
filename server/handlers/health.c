/* SPDX-License-Identifier: MIT
 *
 * What machines ask: alive, ready, which version, how much. And / for the
 * person who opens the address without knowing what it is. */
#include <jansson.h>
#include <sys/statvfs.h>
#include <time.h>

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

/* The jobs', which a replica has none of. */
static void add_jobs(const struct app *app, struct metrics_gauges *gauges)
{
    size_t n_queued, n_running;
    struct timespec now;
    int64_t since_ms = jobs_waiting_since(app->jobs);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (since_ms > 0 && now.tv_sec > since_ms / 1000)
        gauges->queue_age_s = (uint64_t)(now.tv_sec - since_ms / 1000);
    jobs_count(app->jobs, &n_queued, &n_running);
    gauges->jobs_queued = n_queued;
    gauges->jobs_running = n_running;
    gauges->jobs_memory_bytes = jobs_memory(app->jobs) + app->reading_bytes;
}

/* What other threads may write to meanwhile, and what is the loop's. */
static struct metrics_gauges gauges_of(struct app *app)
{
    struct metrics_gauges gauges = {
        .connections = listener_connections(app->listener),
        .in_flight = listener_in_flight(app->listener),
        .event_streams = atomic_load(&app->n_watchers),
        .model_bytes = registry_awake_bytes(app->registry),
        .model_max_bytes = registry_max_bytes(app->registry),
        .models_quarantined = registry_n_quarantined(app->registry),
        .models_refused = registry_each_refused(app->registry, NULL, NULL),
        .jobs_memory_max_bytes = app->limits.memory_budget_bytes,
        .storage_writable = storage_of(app) == STORAGE_OK,
        .storage_reserve_bytes = app->limits.disk_reserve_bytes,
    };
    size_t n_models, n_versions;
    struct statvfs disk;
    if (app->jobs != NULL)
        add_jobs(app, &gauges);
    registry_count(app->registry, &n_models, &n_versions);
    gauges.models = n_models;
    gauges.model_versions = n_versions;
    if (app->data_folder != NULL && statvfs(app->data_folder, &disk) == 0)
        gauges.storage_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return gauges;
}

void metrics_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct metrics_gauges gauges = gauges_of(app);
    mlp_buffer text;
    mlp_buffer_init(&text, METRICS_MAX_BYTES);
    metrics_render(app->metrics, &gauges, &text);
    request_reply(
        request,
        reply_buffer(200, "text/plain; version=0.0.4; charset=utf-8", &text));
}

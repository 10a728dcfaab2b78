/* SPDX-License-Identifier: MIT
 *
 * The counters and the text that Prometheus reads. Nothing on the way of a
 * request takes a lock; a text made meanwhile may see a request's counter
 * before its histogram. A series appears with its first request. */
#include "telemetry/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "telemetry/odd_cells.h"
#include "telemetry/process.h"

/* Upper bounds in seconds, from a small prediction to a long ?wait=. */
static const double bounds[] = {5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
                                5e-3, 1e-2, 2.5e-2, 5e-2, 0.1,  0.25,
                                0.5,  1,    2.5,    5,    10};
enum {
    N_BOUNDS = sizeof bounds / sizeof *bounds,
    CODE_MIN = 100,
    N_CODES = 500,
};

static const char *const ended_states[] = {"succeeded", "failed", "cancelled"};
enum { N_ENDED = sizeof ended_states / sizeof *ended_states };

/* The last bucket has no bound. */
struct route {
    const char *pattern;
    atomic_uint_fast64_t codes[N_CODES];
    atomic_uint_fast64_t buckets[N_BOUNDS + 1];
    atomic_uint_fast64_t nanoseconds;
};

struct metrics {
    atomic_uint_fast64_t rows_predicted;
    atomic_uint_fast64_t auth_failures;
    atomic_uint_fast64_t ended[N_ENDED];
    struct odd_cells odd_cells;
    size_t n_routes;       /* with the one for requests that match none */
    struct route routes[]; /* [n_routes] */
};

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

struct metrics *metrics_create(const char *const *routes, size_t n_routes)
{
    struct metrics *metrics;
    size_t bytes;

    if (__builtin_mul_overflow(n_routes + 1, sizeof *metrics->routes, &bytes) ||
        __builtin_add_overflow(bytes, sizeof *metrics, &bytes))
        return NULL;
    metrics = calloc(1, bytes);
    if (metrics == NULL)
        return NULL;
    metrics->n_routes = n_routes + 1;
    for (size_t i = 0; i < n_routes; i++)
        metrics->routes[i].pattern = routes[i];
    metrics->routes[n_routes].pattern = "unmatched";
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics != NULL)
        odd_cells_free(&metrics->odd_cells);
    free(metrics);
}

void metrics_request(struct metrics *metrics,
                     size_t route,
                     int status,
                     double seconds)
{
    size_t last = metrics->n_routes - 1;
    struct route *r = &metrics->routes[route < last ? route : last];
    size_t bucket = 0;
    bool known = status >= CODE_MIN && status < CODE_MIN + N_CODES;

    while (bucket < N_BOUNDS && seconds > bounds[bucket])
        bucket++;
    add(&r->codes[known ? status - CODE_MIN : N_CODES - 1], 1);
    add(&r->buckets[bucket], 1);
    if (seconds > 0)
        add(&r->nanoseconds, (uint64_t)(seconds * 1e9));
}

void metrics_rows_predicted(struct metrics *metrics, uint64_t n_rows)
{
    add(&metrics->rows_predicted, n_rows);
}

void metrics_odd_cells(struct metrics *metrics,
                       const char *model,
                       const uint64_t counts[MLP_N_ODDITIES])
{
    odd_cells_add(&metrics->odd_cells, model, counts);
}

void metrics_auth_failed(struct metrics *metrics)
{
    add(&metrics->auth_failures, 1);
}

void metrics_job_ended(struct metrics *metrics, const char *state)
{
    for (size_t i = 0; i < N_ENDED; i++)
        if (strcmp(state, ended_states[i]) == 0)
            add(&metrics->ended[i], 1);
}

/* --- the text ----------------------------------------------------------- */

static void
head(mlp_buffer *out, const char *name, const char *type, const char *help)
{
    mlp_buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                      type);
}

static void
plain_gauge(mlp_buffer *out, const char *name, const char *help, size_t value)
{
    head(out, name, "gauge", help);
    mlp_buffer_format(out, "%s %zu\n", name, value);
}

static void render_requests(const struct metrics *metrics, mlp_buffer *out)
{
    head(out, "mlpd_http_requests_total", "counter",
         "Requests answered, by route and status.");
    for (size_t i = 0; i < metrics->n_routes; i++) {
        const struct route *route = &metrics->routes[i];
        for (int code = 0; code < N_CODES; code++) {
            uint64_t n = load(&route->codes[code]);
            if (n > 0)
                mlp_buffer_format(out,
                                  "mlpd_http_requests_total{route=\"%s\","
                                  "code=\"%d\"} %" PRIu64 "\n",
                                  route->pattern, code + CODE_MIN, n);
        }
    }
}

static void render_histogram(const struct route *route, mlp_buffer *out)
{
    static const char name[] = "mlpd_http_request_duration_seconds";
    uint64_t counts[N_BOUNDS + 1], total = 0;

    for (size_t i = 0; i <= N_BOUNDS; i++)
        counts[i] = total += load(&route->buckets[i]);
    if (total == 0)
        return;
    for (size_t i = 0; i < N_BOUNDS; i++)
        mlp_buffer_format(out,
                          "%s_bucket{route=\"%s\",le=\"%g\"} %" PRIu64 "\n",
                          name, route->pattern, bounds[i], counts[i]);
    mlp_buffer_format(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n",
                      name, route->pattern, total);
    mlp_buffer_format(out, "%s_sum{route=\"%s\"} %.9f\n", name, route->pattern,
                      (double)load(&route->nanoseconds) / 1e9);
    mlp_buffer_format(out, "%s_count{route=\"%s\"} %" PRIu64 "\n", name,
                      route->pattern, total);
}

static void render_durations(const struct metrics *metrics, mlp_buffer *out)
{
    head(out, "mlpd_http_request_duration_seconds", "histogram",
         "Time to answer a request, by route.");
    for (size_t i = 0; i < metrics->n_routes; i++)
        render_histogram(&metrics->routes[i], out);
}

static void render_jobs(const struct metrics *metrics,
                        const struct metrics_gauges *gauges,
                        mlp_buffer *out)
{
    head(out, "mlpd_jobs", "gauge", "Jobs that have not ended, by state.");
    mlp_buffer_format(out, "mlpd_jobs{state=\"queued\"} %zu\n",
                      gauges->jobs_queued);
    mlp_buffer_format(out, "mlpd_jobs{state=\"running\"} %zu\n",
                      gauges->jobs_running);
    head(out, "mlpd_jobs_ended_total", "counter",
         "Jobs that ended, by how they did.");
    for (size_t i = 0; i < N_ENDED; i++)
        mlp_buffer_format(out,
                          "mlpd_jobs_ended_total{state=\"%s\"} %" PRIu64 "\n",
                          ended_states[i], load(&metrics->ended[i]));
}

static void render_odd_cells(struct metrics *metrics, mlp_buffer *out)
{
    static const struct {
        mlp_oddity kind;
        const char *name, *help;
    } series[] = {
        {MLP_ODDITY_UNSEEN_LEVEL, "mlpd_predict_unseen_levels_total",
         "Cells with a level that training had not, by model."},
        {MLP_ODDITY_OUT_OF_RANGE, "mlpd_predict_out_of_range_total",
         "Numbers outside of what training had, by model."},
        {MLP_ODDITY_IMPUTED, "mlpd_predict_imputed_total",
         "Cells that were missing, by model."},
    };
    for (size_t i = 0; i < sizeof series / sizeof *series; i++) {
        head(out, series[i].name, "counter", series[i].help);
        odd_cells_render(&metrics->odd_cells, series[i].kind, series[i].name,
                         out);
    }
}

static void render_process(mlp_buffer *out)
{
    struct process_usage usage;

    if (!process_usage_read(&usage))
        return;
    plain_gauge(out, "process_resident_memory_bytes",
                "Resident memory in bytes.", usage.resident_bytes);
    plain_gauge(out, "process_open_fds", "Open file descriptors.",
                usage.open_fds);
    plain_gauge(out, "process_max_fds", "Most file descriptors that may be.",
                usage.max_fds);
    head(out, "process_cpu_seconds_total", "counter",
         "User and system CPU time in seconds.");
    mlp_buffer_format(out, "process_cpu_seconds_total %.2f\n",
                      usage.cpu_seconds);
    head(out, "process_start_time_seconds", "gauge",
         "Start of the process, seconds since 1970.");
    mlp_buffer_format(out, "process_start_time_seconds %.2f\n",
                      usage.start_time_s);
}

void metrics_render(struct metrics *metrics,
                    const struct metrics_gauges *gauges,
                    mlp_buffer *out)
{
    head(out, "mlpd_build_info", "gauge", "Which mlpd this is; always 1.");
    mlp_buffer_text(out, "mlpd_build_info{version=\"" MLPD_VERSION "\"} 1\n");
    render_requests(metrics, out);
    render_durations(metrics, out);
    plain_gauge(out, "mlpd_http_connections", "Open HTTP connections.",
                gauges->connections);
    plain_gauge(out, "mlpd_http_requests_in_flight",
                "Requests that are not answered yet.", gauges->in_flight);
    head(out, "mlpd_rows_predicted_total", "counter", "Rows predicted.");
    mlp_buffer_format(out, "mlpd_rows_predicted_total %" PRIu64 "\n",
                      load(&metrics->rows_predicted));
    render_odd_cells(metrics, out);
    head(out, "mlpd_auth_failures_total", "counter",
         "Requests refused for their key, or for want of one.");
    mlp_buffer_format(out, "mlpd_auth_failures_total %" PRIu64 "\n",
                      load(&metrics->auth_failures));
    render_jobs(metrics, gauges, out);
    plain_gauge(out, "mlpd_models", "Models that answer.", gauges->models);
    plain_gauge(out, "mlpd_model_versions", "Versions of all models.",
                gauges->model_versions);
    plain_gauge(out, "mlpd_models_memory_bytes", "Models in memory, bytes.",
                gauges->model_bytes);
    head(out, "mlpd_models_quarantined_total", "counter",
         "Model files that were not what was stored, and moved away.");
    mlp_buffer_format(out, "mlpd_models_quarantined_total %zu\n",
                      gauges->models_quarantined);
    plain_gauge(out, "mlpd_models_refused",
                "Files in the model folder that are no models, or not yet.",
                gauges->models_refused);
    plain_gauge(out, "mlpd_storage_writable",
                "1, or 0 while the data folder takes no writes.",
                gauges->storage_writable);
    render_process(out);
}

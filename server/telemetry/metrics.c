/* SPDX-License-Identifier: MIT
 *
 * The counters and the text that Prometheus reads. Nothing on the way of a
 * request takes a lock; a text made meanwhile may see a request's counter
 * before its histogram. A series appears with its first request. */
#include "telemetry/metrics.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "telemetry/histogram.h"
#include "telemetry/model_traffic.h"
#include "telemetry/odd_cells.h"
#include "telemetry/process.h"

/* From a small prediction to a long ?wait=. */
static const struct histogram_bounds request_bounds = {
    17,
    {5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1,
     0.25, 0.5, 1, 2.5, 5, 10}};
/* From a handful of rows to a night. */
static const struct histogram_bounds job_bounds = {
    14,
    {0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400}};
enum { CODE_MIN = 100, N_CODES = 500 };

static const char *const ended_states[] = {"succeeded", "failed", "cancelled"};
enum { N_ENDED = sizeof ended_states / sizeof *ended_states };

struct route {
    const char *pattern;
    atomic_uint_fast64_t codes[N_CODES];
    struct histogram durations;
};

struct metrics {
    atomic_uint_fast64_t rows_predicted;
    atomic_uint_fast64_t auth_failures;
    atomic_uint_fast64_t ended[N_ENDED];
    struct histogram job_durations[N_ENDED];
    atomic_uint_fast64_t epochs, samples;
    struct odd_cells odd_cells;
    struct model_traffic traffic;
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
    void *memory;
    size_t bytes;

    if (__builtin_mul_overflow(n_routes + 1, sizeof *metrics->routes, &bytes) ||
        __builtin_add_overflow(bytes, sizeof *metrics, &bytes))
        return NULL;
    /* The traffic has cache lines of its own. */
    if (posix_memalign(&memory, alignof(struct metrics), bytes) != 0)
        return NULL;
    metrics = memset(memory, 0, bytes);
    metrics->n_routes = n_routes + 1;
    for (size_t i = 0; i < n_routes; i++)
        metrics->routes[i].pattern = routes[i];
    metrics->routes[n_routes].pattern = "unmatched";
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    odd_cells_free(&metrics->odd_cells);
    model_traffic_free(&metrics->traffic);
    free(metrics);
}

void metrics_request(struct metrics *metrics,
                     size_t route,
                     int status,
                     double seconds)
{
    size_t last = metrics->n_routes - 1;
    struct route *r = &metrics->routes[route < last ? route : last];
    bool known = status >= CODE_MIN && status < CODE_MIN + N_CODES;

    add(&r->codes[known ? status - CODE_MIN : N_CODES - 1], 1);
    histogram_add(&r->durations, &request_bounds, seconds);
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

void metrics_predicted(struct metrics *metrics,
                       const char *model,
                       uint32_t version,
                       uint64_t n_rows)
{
    add(&metrics->rows_predicted, n_rows);
    model_traffic_answered(&metrics->traffic, model, version, n_rows);
}

void metrics_predict_failed(struct metrics *metrics,
                            const char *model,
                            uint32_t version)
{
    model_traffic_refused(&metrics->traffic, model, version);
}

void metrics_job_ended(struct metrics *metrics,
                       const char *state,
                       bool has_run,
                       double seconds)
{
    for (size_t i = 0; i < N_ENDED; i++)
        if (strcmp(state, ended_states[i]) == 0) {
            add(&metrics->ended[i], 1);
            if (has_run)
                histogram_add(&metrics->job_durations[i], &job_bounds, seconds);
        }
}

void metrics_trained(struct metrics *metrics, uint64_t n_samples)
{
    add(&metrics->epochs, 1);
    add(&metrics->samples, n_samples);
}

/* --- the text ----------------------------------------------------------- */

static void
head(mlp_buffer *out, const char *name, const char *type, const char *help)
{
    mlp_buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                      type);
}

static void plain(mlp_buffer *out,
                  const char *name,
                  const char *type,
                  const char *help,
                  uint64_t value)
{
    head(out, name, type, help);
    mlp_buffer_format(out, "%s %" PRIu64 "\n", name, value);
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

static void render_durations(const struct metrics *metrics, mlp_buffer *out)
{
    static const char name[] = "mlpd_http_request_duration_seconds";

    head(out, name, "histogram",
         "Time to answer a request, or to begin with a stream, by route.");
    for (size_t i = 0; i < metrics->n_routes; i++)
        histogram_render(&metrics->routes[i].durations, &request_bounds, name,
                         "route", metrics->routes[i].pattern, out);
}

static void render_jobs(const struct metrics *metrics,
                        const struct metrics_gauges *gauges,
                        mlp_buffer *out)
{
    head(out, "mlpd_jobs", "gauge", "Jobs that have not ended, by state.");
    mlp_buffer_format(out, "mlpd_jobs{state=\"queued\"} %" PRIu64 "\n",
                      gauges->jobs_queued);
    mlp_buffer_format(out, "mlpd_jobs{state=\"running\"} %" PRIu64 "\n",
                      gauges->jobs_running);
    head(out, "mlpd_jobs_ended_total", "counter",
         "Jobs that ended, by how they did.");
    for (size_t i = 0; i < N_ENDED; i++)
        mlp_buffer_format(out,
                          "mlpd_jobs_ended_total{state=\"%s\"} %" PRIu64 "\n",
                          ended_states[i], load(&metrics->ended[i]));
    head(out, "mlpd_job_duration_seconds", "histogram",
         "Time from a job's last start to its end, by how it ended.");
    for (size_t i = 0; i < N_ENDED; i++)
        histogram_render(&metrics->job_durations[i], &job_bounds,
                         "mlpd_job_duration_seconds", "state", ended_states[i],
                         out);
    plain(out, "mlpd_trained_epochs_total", "counter",
          "Epochs of training that were done.", load(&metrics->epochs));
    plain(out, "mlpd_trained_samples_total", "counter",
          "Rows that were learned from, once for each epoch.",
          load(&metrics->samples));
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

/* What stands alone. */
static const struct gauge {
    const char *name, *type, *help;
    size_t offset; /* in struct metrics_gauges */
} plain_gauges[] = {
#define GAUGE(field, name, help)                                               \
    {                                                                          \
        name, "gauge", help, offsetof(struct metrics_gauges, field)            \
    }
#define COUNTER(field, name, help)                                             \
    {                                                                          \
        name, "counter", help, offsetof(struct metrics_gauges, field)          \
    }
    GAUGE(connections, "mlpd_http_connections", "Open HTTP connections."),
    GAUGE(in_flight,
          "mlpd_http_requests_in_flight",
          "Requests that are not answered yet, open streams among them."),
    GAUGE(event_streams,
          "mlpd_event_streams",
          "Clients that watch a job by its events."),
    GAUGE(queue_age_s,
          "mlpd_jobs_queue_age_seconds",
          "How long the oldest job that waits has waited; 0: none waits."),
    GAUGE(jobs_memory_bytes,
          "mlpd_jobs_memory_bytes",
          "Memory that running jobs and readings are taken to need, bytes."),
    GAUGE(jobs_memory_max_bytes,
          "mlpd_jobs_memory_max_bytes",
          "Memory that they may have, bytes; 0: no limit."),
    GAUGE(models, "mlpd_models", "Models that answer."),
    GAUGE(model_versions, "mlpd_model_versions", "Versions of all models."),
    GAUGE(model_bytes, "mlpd_models_memory_bytes", "Models in memory, bytes."),
    GAUGE(model_max_bytes,
          "mlpd_models_memory_max_bytes",
          "Models that may be in memory, bytes; 0: no limit."),
    COUNTER(models_quarantined,
            "mlpd_models_quarantined_total",
            "Model files that were not what was stored, and moved away."),
    GAUGE(models_refused,
          "mlpd_models_refused",
          "Files in the model folder that are no models, or not yet."),
    GAUGE(storage_writable,
          "mlpd_storage_writable",
          "1, or 0 while the data folder takes no writes."),
    GAUGE(storage_free_bytes,
          "mlpd_storage_free_bytes",
          "Free in the data folder's file system, bytes."),
    GAUGE(storage_reserve_bytes,
          "mlpd_storage_reserve_bytes",
          "Bytes that must stay free for writes to be taken."),
#undef GAUGE
#undef COUNTER
};

static void render_gauges(const struct metrics_gauges *gauges, mlp_buffer *out)
{
    for (size_t i = 0; i < sizeof plain_gauges / sizeof *plain_gauges; i++) {
        const struct gauge *gauge = &plain_gauges[i];
        const void *at = (const char *)gauges + gauge->offset;
        plain(out, gauge->name, gauge->type, gauge->help,
              *(const uint64_t *)at);
    }
}

static void render_process(mlp_buffer *out)
{
    struct process_usage usage;

    if (!process_usage_read(&usage))
        return;
    plain(out, "process_resident_memory_bytes", "gauge",
          "Resident memory in bytes.", usage.resident_bytes);
    plain(out, "process_virtual_memory_bytes", "gauge",
          "Virtual memory in bytes.", usage.virtual_bytes);
    plain(out, "process_threads", "gauge", "Threads.", usage.threads);
    plain(out, "process_open_fds", "gauge", "Open file descriptors.",
          usage.open_fds);
    plain(out, "process_max_fds", "gauge", "Most file descriptors that may be.",
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
    plain(out, "mlpd_rows_predicted_total", "counter",
          "Rows predicted, by any model.", load(&metrics->rows_predicted));
    model_traffic_render(&metrics->traffic, out);
    render_odd_cells(metrics, out);
    plain(out, "mlpd_auth_failures_total", "counter",
          "Requests refused for their key, or for want of one.",
          load(&metrics->auth_failures));
    render_jobs(metrics, gauges, out);
    render_gauges(gauges, out);
    render_process(out);
}

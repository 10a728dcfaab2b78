/* SPDX-License-Identifier: MIT
 *
 * What Prometheus reads. Counters are atomics that any thread bumps; gauges
 * that others own are asked for when the text is made. */
#ifndef MLPD_METRICS_H
#define MLPD_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/rows.h"

struct metrics;

/* Gauges as they stand now, filled in by whoever asks for the text. */
struct metrics_gauges {
    size_t jobs_queued, jobs_running;
    size_t models, model_versions;
    size_t models_quarantined; /* since the start */
    size_t models_refused;     /* files of a model folder, now */
    size_t storage_writable;   /* 0 or 1 */
    size_t connections;
    size_t in_flight;   /* requests that are not answered yet */
    size_t model_bytes; /* of the models in memory */
};

/* One series of requests per route; routes[i] is its pattern.
 * Owner: caller; metrics_destroy(). NULL: out of memory. */
struct metrics *metrics_create(const char *const *routes, size_t n_routes);
void metrics_destroy(struct metrics *metrics);

/* route >= n_routes: no route matched.  Threads: any. */
void metrics_request(struct metrics *metrics,
                     size_t route,
                     int status,
                     double seconds);
void metrics_rows_predicted(struct metrics *metrics, uint64_t n_rows);
/* Cells of predictions by `model` that were odd; see odd_cells.h.
 * Threads: any. */
void metrics_odd_cells(struct metrics *metrics,
                       const char *model,
                       const uint64_t counts[MLP_N_ODDITIES]);
/* A request that was refused for its key, or for want of one.
 * Threads: any. */
void metrics_auth_failed(struct metrics *metrics);
/* state: "succeeded", "failed", "cancelled".  Threads: any. */
void metrics_job_ended(struct metrics *metrics, const char *state);

/* Append the exposition text (format 0.0.4).  Threads: any. */
void metrics_render(struct metrics *metrics,
                    const struct metrics_gauges *gauges,
                    mlp_buffer *out);

#endif

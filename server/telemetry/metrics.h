/* SPDX-License-Identifier: MIT
 *
 * What Prometheus reads. Counters are atomics that any thread bumps; gauges
 * that others own are asked for when the text is made. */
#ifndef MLPD_METRICS_H
#define MLPD_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/rows.h"

struct metrics;

/* Gauges as they stand now, filled in by whoever asks for the text. */
struct metrics_gauges {
    uint64_t jobs_queued, jobs_running, queue_age_s;
    uint64_t jobs_memory_bytes, jobs_memory_max_bytes;
    uint64_t models, model_versions;
    uint64_t model_bytes, model_max_bytes; /* of the models in memory */
    uint64_t models_quarantined;           /* since the start */
    uint64_t models_refused;               /* files of a model folder, now */
    uint64_t storage_writable;             /* 0 or 1 */
    uint64_t storage_free_bytes, storage_reserve_bytes;
    uint64_t connections;
    uint64_t in_flight; /* requests that are not answered yet */
    uint64_t event_streams;
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
/* One answer of a version, about so many rows.  Threads: any. */
void metrics_predicted(struct metrics *metrics,
                       const char *model,
                       uint32_t version,
                       uint64_t n_rows);
/* A question to a version that is there which got no answer.  Threads: any. */
void metrics_predict_failed(struct metrics *metrics,
                            const char *model,
                            uint32_t version);
/* Cells of predictions by `model` that were odd; see odd_cells.h.
 * Threads: any. */
void metrics_odd_cells(struct metrics *metrics,
                       const char *model,
                       const uint64_t counts[MLP_N_ODDITIES]);
/* A request that was refused for its key, or for want of one.
 * Threads: any. */
void metrics_auth_failed(struct metrics *metrics);
/* state: "succeeded", "failed", "cancelled"; seconds since its start, if it
 * has run.  Threads: any. */
void metrics_job_ended(struct metrics *metrics,
                       const char *state,
                       bool has_run,
                       double seconds);
/* An epoch of n_samples rows is done.  Threads: any. */
void metrics_trained(struct metrics *metrics, uint64_t n_samples);

/* Append the exposition text (format 0.0.4).  Threads: any. */
void metrics_render(struct metrics *metrics,
                    const struct metrics_gauges *gauges,
                    mlp_buffer *out);

#endif

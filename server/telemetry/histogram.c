/* SPDX-License-Identifier: MIT
 *
 * Counted bucket by bucket, shown cumulative. */
#include "telemetry/histogram.h"

#include <inttypes.h>
#include <stdint.h>

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void histogram_add(struct histogram *histogram,
                   const struct histogram_bounds *bounds,
                   double seconds)
{
    size_t bucket = 0;

    while (bucket < bounds->n && seconds > bounds->seconds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&histogram->buckets[bucket], 1,
                              memory_order_relaxed);
    if (seconds > 0)
        atomic_fetch_add_explicit(&histogram->nanoseconds,
                                  (uint64_t)(seconds * 1e9),
                                  memory_order_relaxed);
}

void histogram_render(const struct histogram *histogram,
                      const struct histogram_bounds *bounds,
                      const char *name,
                      const char *key,
                      const char *value,
                      mlp_buffer *out)
{
    uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1], total = 0;

    for (size_t i = 0; i <= bounds->n; i++)
        counts[i] = total += load(&histogram->buckets[i]);
    if (total == 0)
        return;
    for (size_t i = 0; i < bounds->n; i++)
        mlp_buffer_format(out, "%s_bucket{%s=\"%s\",le=\"%g\"} %" PRIu64 "\n",
                          name, key, value, bounds->seconds[i], counts[i]);
    mlp_buffer_format(out, "%s_bucket{%s=\"%s\",le=\"+Inf\"} %" PRIu64 "\n",
                      name, key, value, total);
    mlp_buffer_format(out, "%s_sum{%s=\"%s\"} %.9f\n", name, key, value,
                      (double)load(&histogram->nanoseconds) / 1e9);
    mlp_buffer_format(out, "%s_count{%s=\"%s\"} %" PRIu64 "\n", name, key,
                      value, total);
}

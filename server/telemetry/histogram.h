/* SPDX-License-Identifier: MIT
 *
 * How often something took how long. */
#ifndef MLPD_HISTOGRAM_H
#define MLPD_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>

#include "mlp/buffer.h"

enum { HISTOGRAM_BOUNDS_MAX = 17 };

/* Upper bounds in seconds, ascending. */
struct histogram_bounds {
    size_t n;
    double seconds[HISTOGRAM_BOUNDS_MAX];
};

/* All zero it is empty. The bucket behind the last bound has none. */
struct histogram {
    atomic_uint_fast64_t buckets[HISTOGRAM_BOUNDS_MAX + 1];
    atomic_uint_fast64_t nanoseconds;
};

/* Threads: any, without a lock. */
void histogram_add(struct histogram *histogram,
                   const struct histogram_bounds *bounds,
                   double seconds);

/* Its series, without their head; none while it is empty. The label is
 * key="value".  Threads: any. */
void histogram_render(const struct histogram *histogram,
                      const struct histogram_bounds *bounds,
                      const char *name,
                      const char *key,
                      const char *value,
                      mlp_buffer *out);

#endif

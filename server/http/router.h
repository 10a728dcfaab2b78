/* SPDX-License-Identifier: MIT
 *
 * From a path and a method to a line of the route table. The path is taken as
 * it was sent: nothing is decoded, so that what is checked is what is used.
 * Below /v1/ alone, whose clients write %3A for ':', an escaped byte that a
 * segment may hold is that byte, before anything is checked. */
#ifndef MLPD_ROUTER_H
#define MLPD_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "http/problem.h"
#include "http/route.h"

enum { PATH_SEGMENTS_MAX = 12 };

struct path {
    size_t n_segments;
    const char *segments[PATH_SEGMENTS_MAX];
};

/* Cut a path into its segments, in place. They hold [A-Za-z0-9._~:-] alone,
 * none is "." or ".."; anything else is a 400. A scheme and a host before the
 * path (RFC 9112, 3.2.2) are skipped. */
void path_split(char *text, struct path *out, struct problem *problem);

/* The route, or NULL with a 404 or a 405 that has `allow`. A method
 * that nobody knows is one that the resource does not take. */
const struct http_route *route_find(const struct http_route *routes,
                                    size_t n_routes,
                                    const char *method,
                                    const struct path *path,
                                    struct problem *problem);

/* The segment that the pattern calls {name}, or NULL. */
const char *route_segment(const struct http_route *route,
                          const struct path *path,
                          const char *name);

#endif

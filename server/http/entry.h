/* SPDX-License-Identifier: MIT
 *
 * May this request come in? Asked when its headers are read and its route is
 * found, before anything of the body. Health routes are open to all: who looks
 * after a daemon need not have a key, nor know its name. */
#ifndef MLPD_ENTRY_H
#define MLPD_ENTRY_H

struct http_request;
struct peer;
struct service;

/* Refuse it by request->problem, in this order: 503 beyond the limit of
 * connections; 421 a host that we are not; 403 another site's page; 401 no
 * good key, 429 too many of these; 403 a key of too small a scope. A request
 * without a route needs a key as well: who has none learns nothing.
 * Threads: http. */
void entry_check(struct http_request *request,
                 const struct peer *peer,
                 struct service *service,
                 const char *method);

struct MHD_Response;
/* What a browser wants to be told, when request->allow_origin is set. */
void entry_add_headers(const struct http_request *request,
                       struct MHD_Response *response);

#endif

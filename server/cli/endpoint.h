/* SPDX-License-Identifier: MIT
 *
 * Where a daemon is, and a connection to it: TCP or a Unix socket. */
#ifndef MLPD_ENDPOINT_H
#define MLPD_ENDPOINT_H

#include <stdbool.h>

#include "mlp/status.h"

enum { ENDPOINT_HOST_MAX = 256, ENDPOINT_PORT_MAX = 8 };

struct endpoint {
    char host[ENDPOINT_HOST_MAX]; /* or the path of a Unix socket */
    char port[ENDPOINT_PORT_MAX]; /* "": a Unix socket */
    bool tls;
};

/* "http://host:port", "https://[v6]:port" or "unix:/path". Without a port it
 * is 80, or 443.  Errors: MLP_INVALID */
mlp_status
endpoint_parse(const char *url, struct endpoint *out, mlp_error *err);

/* "host:port" or "[v6]:port".  Errors: MLP_INVALID */
mlp_status
endpoint_parse_address(const char *text, struct endpoint *out, mlp_error *err);

/* Connect; reads and writes then fail when nothing moves for `timeout_s`.
 * Errors: MLP_IO.  Owner: caller; close(*fd). */
mlp_status endpoint_connect(const struct endpoint *endpoint,
                            unsigned timeout_s,
                            int *fd,
                            mlp_error *err);

#endif

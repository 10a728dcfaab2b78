/* SPDX-License-Identifier: MIT
 *
 * Is the daemon alive? For a container's HEALTHCHECK, where there is no curl.
 * Speaks just enough HTTP over a plain socket; of TLS its first word. */
#ifndef MLPD_HEALTHCHECK_H
#define MLPD_HEALTHCHECK_H

#include "mlp/status.h"
#include "options.h"

/* GET /healthz, or a handshake of TLS, within 3 seconds at options->url, or
 * where options->listen says; a wildcard address is asked through loopback, and
 * port 0 is looked up in options->port_file. Errors:  MLP_INVALID (the
 * address), MLP_IO (no answer, or not 200). */
mlp_status healthcheck(const struct options *options, mlp_error *err);

#endif

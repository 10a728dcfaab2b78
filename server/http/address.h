/* SPDX-License-Identifier: MIT
 *
 * From "127.0.0.1:8080" to a listening socket. Literal addresses and localhost
 * only: nothing is looked up. */
#ifndef MLPD_ADDRESS_H
#define MLPD_ADDRESS_H

#include <stdint.h>

#include "mlp/status.h"

struct address {
    int fd; /* listening, not blocking, closed on exec */
    uint16_t port;
    char url[80]; /* "http://[::1]:8080" */
};

/* Errors: MLP_INVALID (the text), MLP_IO (in use, not ours, …). */
mlp_status
address_listen(const char *text, struct address *out, mlp_error *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * From "127.0.0.1:8080" or "unix:/path" to a listening socket. Literal
 * addresses and localhost only: nothing is looked up. */
#ifndef MLPD_ADDRESS_H
#define MLPD_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "mlp/status.h"

struct address {
    int fd;        /* listening, not blocking, closed on exec */
    uint16_t port; /* 0: a Unix socket */
    int lock_fd;   /* its own; -1: none */
    char url[128]; /* "http://[::1]:8080", "unix:/path" */
};

/* Is it the text of an address? Nothing is opened.
 * Errors: MLP_INVALID (says what was expected). */
mlp_status address_check(const char *text, mlp_error *err);

/* `mode` is for the file of a Unix socket; 0: 0600. `tls` is for the url.
 * Errors: MLP_INVALID (the text), MLP_IO (in use, not ours, …).
 * Owner:  caller; address_close(). */
mlp_status address_listen(const char *text,
                          unsigned mode,
                          bool tls,
                          struct address *out,
                          mlp_error *err);
void address_close(struct address *address);

/* Can none but this machine reach it? True as well for what is no address. */
bool address_is_local(const char *text);

#endif

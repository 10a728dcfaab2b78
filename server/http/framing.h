/* SPDX-License-Identifier: MIT
 *
 * Is it clear where the request ends? libmicrohttpd 0.9.75 takes requests that
 * two readers may cut in two ways; such a one is refused and its connection
 * closed, so that its tail never runs as a request of its own. */
#ifndef MLPD_FRAMING_H
#define MLPD_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "http/problem.h"

struct MHD_Connection;

struct framing {
    bool chunked;
    bool has_length;
    uint64_t length; /* 0 without one */
    bool continues;  /* Expect: 100-continue: no byte of the body is sent yet */
};

/* A 400 with Transfer-Encoding and Content-Length together, either or Host
 * twice, HTTP/1.1 without Host, a length that is no number, an encoding other
 * than chunked or in HTTP/1.0, a header name with anything but token
 * characters, a value with control bytes. */
void framing_read(struct MHD_Connection *connection,
                  const char *version,
                  struct framing *out,
                  struct problem *problem);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Is it clear where the request ends? libmicrohttpd 0.9.75 takes requests that
 * two readers may cut in two ways; such a one is refused and its connection
 * closed, so that its tail never runs as a request of its own. */
#ifndef MLPD_FRAMING_H
#define MLPD_FRAMING_H

#include "http/head.h"

struct MHD_Connection;

/* Walk over the connection's head; a 400 as head.h says. */
void framing_read(struct MHD_Connection *connection,
                  const struct request_line *line,
                  struct framing *out,
                  struct problem *problem);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Content codings of answers: which one a client takes, and packing with it. */
#ifndef MLPD_CODING_H
#define MLPD_CODING_H

#include "mlp/buffer.h"
#include "mlp/status.h"

enum http_coding { CODING_IDENTITY, CODING_GZIP, CODING_DEFLATE };

/* "gzip", "deflate"; NULL: nothing is to be said.  Threads: any. */
const char *coding_name(enum http_coding coding);

/* The one that an Accept-Encoding header (NULL: there is none) likes best, gzip
 * before deflate.  Threads: any. */
enum http_coding coding_accepted(const char *header);

/* Put the packed bytes in place of the buffer's, under its ceiling. An error of
 * the buffer stays there and is no failure here.
 * Errors:  MLP_NOMEM.  Threads: any. */
MLP_NODISCARD mlp_status coding_pack(enum http_coding coding,
                                     mlp_buffer *bytes,
                                     mlp_error *err);

#endif

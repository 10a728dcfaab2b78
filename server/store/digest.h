/* SPDX-License-Identifier: MIT
 *
 * SHA-256 of what comes in pieces. */
#ifndef MLPD_DIGEST_H
#define MLPD_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/status.h"
#include "store/blob.h"

struct digest;

/* NULL: no memory. Owner: caller; digest_destroy().  Threads: any, one at a
 * time. */
struct digest *digest_create(void);
void digest_destroy(struct digest *digest); /* accepts NULL */
void digest_add(struct digest *digest, const void *bytes, size_t n);
/* The same as a sink, which never fails. */
mlp_sink digest_sink(struct digest *digest);
/* Of all so far; it begins anew. */
void digest_take(struct digest *digest, char sha256[BLOB_SHA256_TEXT]);

/* Of a file from its start, whose position stays; size may be NULL. Errors:
 * MLP_IO, MLP_NOMEM.  Threads: any (it waits for the disk). */
mlp_status digest_of_file(int fd,
                          char sha256[BLOB_SHA256_TEXT],
                          uint64_t *size,
                          mlp_error *err);

#endif

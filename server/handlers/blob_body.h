/* SPDX-License-Identifier: MIT
 *
 * A body that goes into a file as it arrives, never into memory: uploads. */
#ifndef MLPD_BLOB_BODY_H
#define MLPD_BLOB_BODY_H

#include <stdint.h>

#include "handlers/app.h"
#include "http/body.h"
#include "store/blob.h"

/* Begin a blob in `folder` (copied) for the body of `request`. More than
 * max_bytes is a 413, a disk without room for it a 507. NULL with a problem.
 * Threads: http. */
struct http_body *blob_body_create(const struct http_request *request,
                                   const char *folder,
                                   uint64_t max_bytes,
                                   struct problem *problem);

/* The blob, which is the caller's from now on and must end before the body
 * does; NULL when it was taken already.  Threads: any. */
struct blob *blob_body_take(struct http_body *body);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Writing a file so that it is whole or not there: a temporary name, write,
 * fdatasync, rename without replacing, fsync of the folder. It is hashed on
 * the way. A failed sync is never tried again: the file is given up. */
#ifndef MLPD_BLOB_H
#define MLPD_BLOB_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mlp/buffer.h"
#include "mlp/status.h"

enum { BLOB_SHA256_TEXT = 65 }; /* 64 hex digits and a NUL */

struct blob;

/* Begin a file in `folder` (a path that must outlive it), as tmp-….
 * Errors:  MLP_FULL, MLP_IO, MLP_NOMEM
 * Owner:   caller; ends with blob_commit() or blob_abort().
 * Threads: any, one at a time. */
mlp_status blob_create(const char *folder, struct blob **out, mlp_error *err);
mlp_status
blob_write(struct blob *blob, const void *bytes, size_t n, mlp_error *err);
mlp_sink blob_sink(struct blob *blob);
uint64_t blob_size(const struct blob *blob);
/* The hash of what was written so far; writing may go on. */
void blob_digest(const struct blob *blob, char sha256[BLOB_SHA256_TEXT]);

/* Everything written is on stable storage when this returns MLP_OK; sha256 gets
 * the hash as text. Nothing can be written afterwards. Threads: http or pool
 * (it waits for the disk). */
mlp_status
blob_sync(struct blob *blob, char sha256[BLOB_SHA256_TEXT], mlp_error *err);

/* Read it back from the start, before or after the sync: a stream over its own
 * descriptor, fclose() it. NULL on error. */
FILE *blob_open(struct blob *blob, mlp_error *err);

/* Give a synced blob its name in its folder. An existing file is never
 * replaced: MLP_INVALID, and the blob is still there. Ends the blob on MLP_OK.
 * Threads: any. */
mlp_status blob_commit(struct blob *blob, const char *name, mlp_error *err);
/* The same without the folder's sync: for many at once, which one
 * blob_sync_folder() then makes durable.  Threads: any. */
mlp_status blob_name(struct blob *blob, const char *name, mlp_error *err);
/* Errors: MLP_FULL, MLP_IO.  Threads: any (it waits for the disk). */
mlp_status blob_sync_folder(const char *folder, mlp_error *err);
/* Accepts NULL. */
void blob_abort(struct blob *blob);

/* Remove left-over tmp-… files of a daemon that was killed. */
void blob_sweep(const char *folder);
void blob_sweep_descriptor(int folder_fd);
/* mkdir, with its parent synced; an existing folder is fine. */
mlp_status blob_make_folder(const char *path, mlp_error *err);
/* Read a whole regular file of at most max_bytes, never through a symbolic
 * link; a NUL follows the bytes; free() it. MLP_LIMIT if longer. */
mlp_status blob_read_file(const char *path,
                          size_t max_bytes,
                          char **out,
                          size_t *length,
                          mlp_error *err);
/* The same from the start of an open descriptor, which stays open. */
mlp_status blob_read_descriptor(int fd,
                                size_t max_bytes,
                                char **out,
                                size_t *length,
                                mlp_error *err);
void blob_sha256(const void *bytes, size_t n, char sha256[BLOB_SHA256_TEXT]);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The keys that a running daemon holds: read at the start, read again when it
 * is told to. Once there were keys there are keys: a file that has vanished or
 * got unreadable leaves the last good ones in force. */
#ifndef MLPD_KEYRING_H
#define MLPD_KEYRING_H

#include <stdbool.h>

#include "mlp/status.h"
#include "store/keys.h"

struct keyring;

/* required: the file must be there; else its absence means that nobody needs a
 * key. `path` must outlive the ring.
 * Errors: those of keys_load().  Owner: caller; keyring_close(). */
mlp_status keyring_open(const char *path,
                        bool required,
                        struct keyring **out,
                        mlp_error *err);
void keyring_close(struct keyring *ring); /* accepts NULL */

/* Read the file again. On an error the old keys stay.  Threads: loop. */
mlp_status keyring_reload(struct keyring *ring, mlp_error *err);

/* Does one need a key?  Threads: any. */
bool keyring_is_locked(struct keyring *ring);
size_t keyring_count(struct keyring *ring);
/* The key that a token opens, now; false when it opens nothing. Its hash is
 * left out.  Threads: any. */
bool keyring_find(struct keyring *ring, const char *token, struct key *out);

#endif

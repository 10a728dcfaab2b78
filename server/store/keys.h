/* SPDX-License-Identifier: MIT
 *
 * The keys that open the daemon, and their file: one line a key,
 *
 *     ID SHA256 SCOPE CREATED EXPIRES|never [NAME]
 *
 * blank lines and those that begin with # aside. It holds hashes, so that who
 * reads it cannot come in; who writes it can, so others must not. A line that
 * is not understood refuses the whole file: a key that was meant to be revoked
 * must not live on by a slip of the pen. */
#ifndef MLPD_KEYS_H
#define MLPD_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"
#include "mlp/status.h"
#include "store/secret.h"

/* Each holds the ones behind it. */
enum key_scope { KEY_ADMIN, KEY_TRAIN, KEY_PREDICT };

enum { KEY_NAME_MAX_BYTES = 64, KEYS_MAX = 1000, KEY_TIME_BYTES = 21 };

struct key {
    char id[SECRET_ID_BYTES];
    char hash[SECRET_HASH_BYTES];
    enum key_scope scope;
    int64_t created; /* seconds since 1970 */
    int64_t expires; /* 0: never */
    char name[KEY_NAME_MAX_BYTES + 1];
};

/* Zeroed: none. */
struct keys {
    struct key *items;
    size_t n;
};
void keys_free(struct keys *keys);

const char *key_scope_name(enum key_scope scope);
bool key_scope_parse(const char *text, enum key_scope *out);
/* "2026-11-23T19:18:34Z" */
void key_time_format(int64_t time, char out[KEY_TIME_BYTES]);
/* 1 to KEY_NAME_MAX_BYTES printable characters of ASCII, no blank first. */
bool key_name_is_valid(const char *name);

/* Errors: MLP_FORMAT with the line, MLP_NOMEM.  *out is empty on error. */
mlp_status
keys_parse(const char *text, size_t length, struct keys *out, mlp_error *err);
void keys_format(const struct keys *keys, mlp_buffer *out);

/* Read the file. Refused when others may read or write it, or its group may
 * write it (the group may read it: Kubernetes mounts secrets that way).
 * Errors: MLP_IO, MLP_INVALID (its mode), MLP_FORMAT, MLP_LIMIT, MLP_NOMEM. */
mlp_status keys_load(const char *path, struct keys *out, mlp_error *err);
/* Replace the file, mode 0600; whole or not at all. Root leaves it to the old
 * file's owner, or to the folder's. */
mlp_status keys_save(const char *path, const struct keys *keys, mlp_error *err);

/* From a load to the save behind it, nobody else changes the file: close *out
 * to let go.  Errors: MLP_IO, MLP_INVALID. */
mlp_status keys_lock(const char *path, int *out, mlp_error *err);

/* Add one; token is for its holder and is to be wiped. The rest of *key is
 * filled in. Errors: MLP_LIMIT, MLP_IO, MLP_NOMEM. */
mlp_status keys_add(struct keys *keys,
                    struct key *key,
                    char token[SECRET_TOKEN_BYTES],
                    mlp_error *err);
/* False when there is none of this id. */
bool keys_remove(struct keys *keys, const char *id);

/* The key that a token opens, or NULL: malformed, unknown, wrong, expired. An
 * unknown id takes as long as a known one.  Threads: any. */
const struct key *
keys_find(const struct keys *keys, const char *token, int64_t now);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A key as its holder writes it: mlpd_ID_SECRET, where ID is public and SECRET
 * is 32 random bytes. What is kept is the hash of the secret alone: against
 * 256 random bits nothing slower is needed. It knows no file. */
#ifndef MLPD_SECRET_H
#define MLPD_SECRET_H

#include <stdbool.h>

#include "mlp/status.h"

/* With their NUL. */
enum {
    SECRET_ID_BYTES = 13,    /* 12 hexadecimal digits */
    SECRET_TEXT_BYTES = 44,  /* 43 of A-Z a-z 0-9 - _ */
    SECRET_HASH_BYTES = 65,  /* 64 hexadecimal digits */
    SECRET_TOKEN_BYTES = 62, /* mlpd_, the id, _, the secret */
};

/* Draw an id and a secret. The token is for the holder's eyes: wipe it.
 * Errors: MLP_IO (no randomness).  Threads: any. */
mlp_status secret_create(char id[SECRET_ID_BYTES],
                         char hash[SECRET_HASH_BYTES],
                         char token[SECRET_TOKEN_BYTES],
                         mlp_error *err);

/* The id, and the hash of the secret. False when it is no token at all. */
bool secret_parse(const char *token,
                  char id[SECRET_ID_BYTES],
                  char hash[SECRET_HASH_BYTES]);

bool secret_is_id(const char *text);
bool secret_is_hash(const char *text);

/* In a time that does not depend on where they differ. */
bool secret_equal(const char a[SECRET_HASH_BYTES],
                  const char b[SECRET_HASH_BYTES]);

#endif

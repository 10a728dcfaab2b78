/* SPDX-License-Identifier: MIT
 *
 * Tokens: made, cut up, hashed, compared. */
#include "store/secret.h"

#include <errno.h>
#include <nettle/base64.h>
#include <nettle/memops.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "store/blob.h"

#define PREFIX "mlpd_"

enum {
    PREFIX_LENGTH = sizeof PREFIX - 1,
    ID_LENGTH = SECRET_ID_BYTES - 1,
    TEXT_LENGTH = SECRET_TEXT_BYTES - 1,
    HASH_LENGTH = SECRET_HASH_BYTES - 1,
    RANDOM_BYTES = 32,
};
_Static_assert((int)SECRET_HASH_BYTES == (int)BLOB_SHA256_TEXT,
               "a hash is a SHA-256");
_Static_assert(SECRET_TOKEN_BYTES ==
                   PREFIX_LENGTH + ID_LENGTH + 1 + TEXT_LENGTH + 1,
               "a token is its parts");

static const char hex_digits[] = "0123456789abcdef";
static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-_";

static bool consists_of(const char *text, const char *bytes, size_t n)
{
    return strlen(text) == n && strspn(text, bytes) == n;
}

bool secret_is_id(const char *text)
{
    return consists_of(text, hex_digits, ID_LENGTH);
}

bool secret_is_hash(const char *text)
{
    return consists_of(text, hex_digits, HASH_LENGTH);
}

static void write_id(const unsigned char *bytes, char id[SECRET_ID_BYTES])
{
    for (size_t i = 0; i < ID_LENGTH / 2; i++) {
        id[2 * i] = hex_digits[bytes[i] >> 4];
        id[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
    id[ID_LENGTH] = '\0';
}

/* 43 digits for 32 bytes; the padding behind them is cut off. */
static void write_text(const unsigned char *bytes, char *out)
{
    char
        digits[BASE64_ENCODE_LENGTH(RANDOM_BYTES) + BASE64_ENCODE_FINAL_LENGTH];
    struct base64_encode_ctx context;
    base64url_encode_init(&context);
    size_t n = base64_encode_update(&context, digits, RANDOM_BYTES, bytes);
    base64_encode_final(&context, digits + n);
    memcpy(out, digits, TEXT_LENGTH);
    out[TEXT_LENGTH] = '\0';
    explicit_bzero(digits, sizeof digits);
}

mlp_status secret_create(char id[SECRET_ID_BYTES],
                         char hash[SECRET_HASH_BYTES],
                         char token[SECRET_TOKEN_BYTES],
                         mlp_error *err)
{
    unsigned char random[RANDOM_BYTES + ID_LENGTH / 2];
    char *text = token + PREFIX_LENGTH + ID_LENGTH + 1;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return mlp_fail(err, MLP_IO, "no randomness for a key: %s",
                        strerror(errno));
    write_id(random + RANDOM_BYTES, id);
    (void)snprintf(token, SECRET_TOKEN_BYTES, PREFIX "%s_", id);
    write_text(random, text);
    blob_sha256(text, TEXT_LENGTH, hash);
    explicit_bzero(random, sizeof random);
    return MLP_OK;
}

bool secret_parse(const char *token,
                  char id[SECRET_ID_BYTES],
                  char hash[SECRET_HASH_BYTES])
{
    if (strnlen(token, SECRET_TOKEN_BYTES) != SECRET_TOKEN_BYTES - 1 ||
        memcmp(token, PREFIX, PREFIX_LENGTH) != 0)
        return false;
    const char *text = token + PREFIX_LENGTH + ID_LENGTH + 1;
    memcpy(id, token + PREFIX_LENGTH, ID_LENGTH);
    id[ID_LENGTH] = '\0';
    if (!secret_is_id(id) || text[-1] != '_' ||
        !consists_of(text, base64url, TEXT_LENGTH))
        return false;
    blob_sha256(text, TEXT_LENGTH, hash);
    return true;
}

bool secret_equal(const char a[SECRET_HASH_BYTES],
                  const char b[SECRET_HASH_BYTES])
{
    return memeql_sec(a, b, HASH_LENGTH) != 0;
}

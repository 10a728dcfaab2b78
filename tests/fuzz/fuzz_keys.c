/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a key file, and as a token: refused, or written again and read
 * as the same keys; no token opens that was not made. */
#include "check.h"

#include "store/blob.h"
#include "store/keys.h"

static mlp_buffer format(const struct keys *keys)
{
    mlp_buffer text;
    mlp_buffer_init(&text, SIZE_MAX - 1);
    keys_format(keys, &text);
    CHECK(text.status == MLP_OK);
    return text;
}

static void check_key(const struct key *key)
{
    CHECK(secret_is_id(key->id) && secret_is_hash(key->hash));
    CHECK(key_scope_name(key->scope) != NULL);
    CHECK(key->created > 0 && key->expires >= 0);
    CHECK(key->name[0] == '\0' || key_name_is_valid(key->name));
}

static void check_round_trip(const struct keys *keys)
{
    struct keys again;
    mlp_buffer text = format(keys);
    CHECK(keys_parse(text.data, text.length, &again, NULL) == MLP_OK);
    mlp_buffer second = format(&again);
    CHECK(again.n == keys->n && text.length == second.length);
    CHECK(memcmp(text.data, second.data, text.length) == 0);
    mlp_buffer_free(&text);
    mlp_buffer_free(&second);
    keys_free(&again);
}

/* mlpd_ID_SECRET: what opens carries the key's own id, and a secret of the hash
 * that is on file, which may stand beside any id. */
static void check_token(const struct keys *keys, const char *token)
{
    const struct key *key = keys_find(keys, token, 0);
    char hash[SECRET_HASH_BYTES];
    if (key == NULL)
        return;
    CHECK(strlen(token) == SECRET_TOKEN_BYTES - 1);
    CHECK(strncmp(token + 5, key->id, strlen(key->id)) == 0);
    blob_sha256(token + SECRET_TOKEN_BYTES - SECRET_TEXT_BYTES,
                SECRET_TEXT_BYTES - 1, hash);
    CHECK(strcmp(hash, key->hash) == 0);
}

static void check_keys(const struct keys *keys, const char *token)
{
    for (size_t i = 0; i < keys->n; i++)
        check_key(&keys->items[i]);
    CHECK(keys->n <= KEYS_MAX);
    check_token(keys, token);
    check_round_trip(keys);
}

/* A token in the first line, if it begins like one; a key file behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keys keys;
    mlp_error err;
    char *text = fuzz_text(data, size), *file = text;
    char *end = memchr(text, '\n', size);
    if (strncmp(text, "mlpd_", 5) == 0 && end != NULL) {
        *end = '\0';
        file = end + 1;
    }
    if (keys_parse(file, size - (size_t)(file - text), &keys, &err) == MLP_OK)
        check_keys(&keys, text);
    else
        CHECK(err.text[0] != '\0' && keys.n == 0 && keys.items == NULL);
    keys_free(&keys);
    free(text);
    return 0;
}

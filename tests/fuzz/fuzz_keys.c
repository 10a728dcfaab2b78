/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a key file, and as a token: refused, or written again and read
 * as the same keys; no token opens that was not made. */
#include "check.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keys keys;
    mlp_error err;
    char *text = fuzz_text(data, size);
    if (keys_parse(text, size, &keys, &err) != MLP_OK) {
        CHECK(err.text[0] != '\0' && keys.n == 0 && keys.items == NULL);
    } else {
        for (size_t i = 0; i < keys.n; i++)
            check_key(&keys.items[i]);
        CHECK(keys.n <= KEYS_MAX);
        CHECK(keys_find(&keys, text, 0) == NULL);
        check_round_trip(&keys);
    }
    keys_free(&keys);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Keys in memory, and which of them a token is. keys_file.c has their text. */
#include "store/keys.h"

#include <stdlib.h>
#include <string.h>

void keys_free(struct keys *keys)
{
    free(keys->items);
    *keys = (struct keys){0};
}

static struct key *find_id(const struct keys *keys, const char *id)
{
    for (size_t i = 0; i < keys->n; i++)
        if (strcmp(keys->items[i].id, id) == 0)
            return &keys->items[i];
    return NULL;
}

mlp_status keys_add(struct keys *keys,
                    struct key *key,
                    char token[SECRET_TOKEN_BYTES],
                    mlp_error *err)
{
    if (keys->n >= KEYS_MAX)
        return mlp_fail(err, MLP_LIMIT, "there are %zu keys, at most %d",
                        keys->n, KEYS_MAX);
    struct key *items =
        realloc(keys->items, (keys->n + 1) * sizeof *keys->items);
    if (items == NULL)
        return mlp_fail(err, MLP_NOMEM, "keys: out of memory");
    keys->items = items;
    do {
        mlp_status status = secret_create(key->id, key->hash, token, err);
        if (status != MLP_OK)
            return status;
    } while (find_id(keys, key->id) != NULL);
    items[keys->n++] = *key;
    return MLP_OK;
}

bool keys_remove(struct keys *keys, const char *id)
{
    struct key *key = find_id(keys, id);
    if (key == NULL)
        return false;
    size_t i = (size_t)(key - keys->items);
    keys->n--;
    memmove(key, key + 1, (keys->n - i) * sizeof *key);
    return true;
}

const struct key *
keys_find(const struct keys *keys, const char *token, int64_t now)
{
    /* No hash is this: what is compared with it is never equal. */
    static const char nobody[SECRET_HASH_BYTES] = "-";
    char id[SECRET_ID_BYTES], hash[SECRET_HASH_BYTES];
    if (!secret_parse(token, id, hash))
        return NULL;
    const struct key *key = find_id(keys, id);
    bool equal = secret_equal(hash, key != NULL ? key->hash : nobody);
    bool alive = key != NULL && (key->expires == 0 || now < key->expires);
    return equal && alive ? key : NULL;
}

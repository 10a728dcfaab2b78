/* SPDX-License-Identifier: MIT
 *
 * One set of keys behind a lock; readers meet each other freely. */
#include "store/keyring.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct keyring {
    const char *path;
    pthread_rwlock_t lock; /* guards what follows; a leaf */
    struct keys keys;
    bool locked;
};

mlp_status keyring_open(const char *path,
                        bool required,
                        struct keyring **out,
                        mlp_error *err)
{
    struct keyring *ring = calloc(1, sizeof *ring);
    *out = NULL;
    if (ring == NULL)
        return mlp_fail(err, MLP_NOMEM, "keys: out of memory");
    ring->path = path;
    ring->locked = required;
    pthread_rwlock_init(&ring->lock, NULL);
    mlp_status status = keyring_reload(ring, err);
    if (status == MLP_OK)
        *out = ring;
    else
        keyring_close(ring);
    return status;
}

void keyring_close(struct keyring *ring)
{
    if (ring == NULL)
        return;
    keys_free(&ring->keys);
    pthread_rwlock_destroy(&ring->lock);
    free(ring);
}

mlp_status keyring_reload(struct keyring *ring, mlp_error *err)
{
    struct keys fresh, old;
    if (!ring->locked && access(ring->path, F_OK) != 0 && errno == ENOENT)
        return MLP_OK;
    mlp_status status = keys_load(ring->path, &fresh, err);
    if (status != MLP_OK)
        return status;
    pthread_rwlock_wrlock(&ring->lock);
    old = ring->keys;
    ring->keys = fresh;
    ring->locked = true;
    pthread_rwlock_unlock(&ring->lock);
    keys_free(&old);
    return MLP_OK;
}

bool keyring_is_locked(struct keyring *ring)
{
    pthread_rwlock_rdlock(&ring->lock);
    bool locked = ring->locked;
    pthread_rwlock_unlock(&ring->lock);
    return locked;
}

size_t keyring_count(struct keyring *ring)
{
    pthread_rwlock_rdlock(&ring->lock);
    size_t n = ring->keys.n;
    pthread_rwlock_unlock(&ring->lock);
    return n;
}

bool keyring_find(struct keyring *ring, const char *token, struct key *out)
{
    pthread_rwlock_rdlock(&ring->lock);
    const struct key *key = keys_find(&ring->keys, token, time(NULL));
    if (key != NULL)
        *out = *key;
    pthread_rwlock_unlock(&ring->lock);
    if (key != NULL)
        memset(out->hash, 0, sizeof out->hash);
    return key != NULL;
}

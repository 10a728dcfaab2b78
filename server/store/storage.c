/* SPDX-License-Identifier: MIT */
#include "store/storage.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>

#include "store/blob.h"
#include "telemetry/log.h"

/* More than the smallest change takes, so that a disk that has room for this
 * has room for that. */
enum { PROBE_BYTES = 64 * 1024 };

struct storage {
    const char *data_folder;
    uint64_t reserve_bytes;
    struct catalog *catalog; /* the loop thread's */
    atomic_int state;        /* enum storage_state */
};

const char *storage_state_name(enum storage_state state)
{
    static const char *const names[] = {[STORAGE_OK] = "ok",
                                        [STORAGE_FULL] = "full",
                                        [STORAGE_FAILED] = "failed"};
    return names[state];
}

mlp_status storage_create(const char *data_folder,
                          uint64_t reserve_bytes,
                          struct catalog *catalog,
                          struct storage **out,
                          mlp_error *err)
{
    struct storage *storage = calloc(1, sizeof *storage);

    *out = storage;
    if (storage == NULL)
        return mlp_fail(err, MLP_NOMEM, "storage: out of memory");
    storage->data_folder = data_folder;
    storage->reserve_bytes =
        reserve_bytes > 2 * PROBE_BYTES ? reserve_bytes : 2 * PROBE_BYTES;
    storage->catalog = catalog;
    atomic_init(&storage->state, STORAGE_OK);
    blob_sweep(data_folder); /* a probe that a kill interrupted */
    return MLP_OK;
}

void storage_destroy(struct storage *storage)
{
    free(storage);
}

enum storage_state storage_state(const struct storage *storage)
{
    return (enum storage_state)atomic_load(&storage->state);
}

static enum storage_state state_of(mlp_status status)
{
    return status == MLP_FULL ? STORAGE_FULL
           : status == MLP_IO ? STORAGE_FAILED
                              : STORAGE_OK;
}

static void
set_state(struct storage *storage, enum storage_state state, const char *reason)
{
    enum storage_state before =
        (enum storage_state)atomic_exchange(&storage->state, state);

    if (before != state)
        log_event(state == STORAGE_OK ? LOG_INFO : LOG_ERROR, "storage",
                  LOG_TEXT_FIELD("state", storage_state_name(state)),
                  LOG_TEXT_FIELD("reason", reason));
}

void storage_note(struct storage *storage, mlp_status status)
{
    if (state_of(status) != STORAGE_OK)
        set_state(storage, state_of(status), mlp_status_text(status));
}

static mlp_status write_file(const struct storage *storage, mlp_error *err)
{
    char *bytes = calloc(1, PROBE_BYTES);
    char sha256[BLOB_SHA256_TEXT];
    struct blob *blob = NULL;
    mlp_status status =
        bytes != NULL ? blob_create(storage->data_folder, &blob, err)
                      : mlp_fail(err, MLP_NOMEM, "storage: out of memory");

    if (status == MLP_OK)
        status = blob_write(blob, bytes, PROBE_BYTES, err);
    if (status == MLP_OK)
        status = blob_sync(blob, sha256, err);
    blob_abort(blob);
    free(bytes);
    return status;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Not known counts as room enough: a write will tell. */
static bool has_room(const struct storage *storage)
{
    struct statvfs info;
    uint64_t bytes;

    if (statvfs(storage->data_folder, &info) != 0 ||
        __builtin_mul_overflow((uint64_t)info.f_bavail, (uint64_t)info.f_frsize,
                               &bytes))
        return true;
    return bytes >= storage->reserve_bytes;
}

bool storage_check(struct storage *storage)
{
    mlp_error err = {.text = ""};

    storage_note(storage, catalog_write_status(storage->catalog));
    if (!has_room(storage)) {
        set_state(storage, STORAGE_FULL, "there is too little space left");
        return false;
    }
    if (storage_state(storage) == STORAGE_OK)
        return false;
    mlp_status status = write_file(storage, &err);
    if (status == MLP_OK)
        status = catalog_probe(storage->catalog, now_ms(), &err);
    if (status == MLP_NOMEM)
        return false;
    set_state(storage, state_of(status), err.text);
    return status == MLP_OK;
}

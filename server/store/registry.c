/* SPDX-License-Identifier: MIT
 *
 * Who holds which version. The registry holds the snapshot of every version
 * that is awake, a borrower the one that it borrowed, and the last to let go
 * frees it. A snapshot never changes once it is there.
 *
 *   asleep --wake--> awake --registry_publish of a newer one--> asleep
 *
 * A version that somebody borrowed by its number stays awake. */
#include "store/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/model_files.h"
#include "store/registry_list.h"
#include "store/snapshot.h"
#include "telemetry/log.h"

struct registry {
    char *folder; /* DATA/models */
    int folder_fd;
    /* One reads a file at a time. Taken before `lock`, never after. */
    pthread_mutex_t waking;
    pthread_mutex_t lock; /* a leaf: guards the list and all in it */
    struct model_list list;
};

/* --- borrowing ------------------------------------------------------------ */

/* The snapshot, held; or NULL, and *asleep is the number of the version that
 * must be woken for it, 0 if there is none. */
static struct snapshot *hold(struct registry *registry,
                             const char *name,
                             uint32_t number,
                             uint32_t *asleep)
{
    struct snapshot *snapshot = NULL;

    *asleep = 0;
    pthread_mutex_lock(&registry->lock);
    struct version *version =
        version_find(model_find(&registry->list, name), number);
    if (version != NULL) {
        version->asked_for = version->asked_for || number != 0;
        if (version->snapshot != NULL)
            snapshot = snapshot_hold(version->snapshot);
        else
            *asleep = version->live.version;
    }
    pthread_mutex_unlock(&registry->lock);
    return snapshot;
}

/* Into the list, unless it was removed meanwhile or is not what it was. */
static mlp_status
enlist(struct registry *registry, struct snapshot *snapshot, mlp_error *err)
{
    const struct live_model *live = &snapshot->live;
    mlp_status status = MLP_OK;

    pthread_mutex_lock(&registry->lock);
    struct version *version =
        version_find(model_find(&registry->list, live->name), live->version);
    if (version == NULL) {
        status = mlp_fail(err, MLP_CANCELLED, "removed");
    } else if (version->live.sha256[0] != '\0' &&
               strcmp(version->live.sha256, live->sha256) != 0) {
        status = mlp_fail(err, MLP_FORMAT, "its bytes have changed on disk");
    } else {
        version->snapshot = snapshot_hold(snapshot);
        version->live = *live;
    }
    pthread_mutex_unlock(&registry->lock);
    return status;
}

/* A version whose file is bad: off the list until the next start. */
static void refuse(struct registry *registry,
                   const char *name,
                   uint32_t number,
                   const char *reason)
{
    pthread_mutex_lock(&registry->lock);
    struct model *model = model_find(&registry->list, name);
    struct version *version = version_find(model, number);
    if (version != NULL)
        version_remove(model, version);
    pthread_mutex_unlock(&registry->lock);
    if (version != NULL)
        log_event(LOG_ERROR, "model_refused", LOG_TEXT_FIELD("model", name),
                  LOG_INT("version", number), LOG_TEXT_FIELD("reason", reason));
}

/* Read a version, list its snapshot and hold it. */
static mlp_status load(struct registry *registry,
                       const char *name,
                       uint32_t number,
                       struct snapshot **out,
                       mlp_error *err)
{
    struct model_facts facts;
    mlp_model *model;
    mlp_status status =
        model_file_read(registry->folder_fd, name, number, &facts, &model, err);

    if (status != MLP_OK)
        return status;
    struct live_model live = live_model_of(name, number, &facts);
    struct snapshot *snapshot = snapshot_create(&live, model);
    if (snapshot == NULL) {
        mlp_model_destroy(model);
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    }
    status = enlist(registry, snapshot, err);
    if (status == MLP_OK)
        *out = snapshot;
    else
        snapshot_release(snapshot);
    return status;
}

/* Bring a version into memory and hold it. One that proves bad is gone; no
 * memory leaves it for a better time. */
static mlp_status wake(struct registry *registry,
                       const char *name,
                       uint32_t number,
                       struct snapshot **out)
{
    mlp_error err = {.text = ""};
    mlp_status status = MLP_OK;
    uint32_t asleep;

    pthread_mutex_lock(&registry->waking);
    *out = hold(registry, name, number, &asleep);
    if (asleep != 0)
        status = load(registry, name, number, out, &err);
    else if (*out == NULL)
        status = MLP_CANCELLED; /* removed meanwhile */
    pthread_mutex_unlock(&registry->waking);
    if (status == MLP_NOMEM)
        log_event(LOG_ERROR, "model_not_loaded", LOG_TEXT_FIELD("model", name),
                  LOG_INT("version", number),
                  LOG_TEXT_FIELD("reason", err.text));
    else if (status != MLP_OK)
        refuse(registry, name, number, err.text);
    return status;
}

struct live_model *
registry_borrow(struct registry *registry, const char *name, uint32_t version)
{
    uint32_t asleep;
    struct snapshot *snapshot = hold(registry, name, version, &asleep);

    if (asleep != 0)
        wake(registry, name, asleep, &snapshot);
    return snapshot ? &snapshot->live : NULL;
}

void registry_release(struct registry *registry, struct live_model *model)
{
    (void)registry;
    snapshot_release((struct snapshot *)model);
}

/* See that the latest version is awake: a bad one makes the next the latest. */
static mlp_status wake_latest(struct registry *registry, const char *name)
{
    mlp_status status;
    uint32_t asleep;

    do {
        struct snapshot *snapshot = hold(registry, name, 0, &asleep);
        status = asleep ? wake(registry, name, asleep, &snapshot) : MLP_OK;
        snapshot_release(snapshot);
    } while (status != MLP_OK && status != MLP_NOMEM);
    return status;
}

/* --- opening -------------------------------------------------------------- */

struct listing {
    struct registry *registry;
    bool lost; /* no memory */
};

/* Nobody else knows the registry yet: no lock. */
static void list_file(void *context,
                      const char *name,
                      uint32_t number,
                      const struct model_facts *facts)
{
    struct listing *listing = context;
    struct model *model = model_with_room(&listing->registry->list, name);

    if (model == NULL) {
        listing->lost = true;
        return;
    }
    struct live_model live = live_model_of(name, number, facts);
    if (facts != NULL)
        version_insert(model, &live);
    else if (number > model->highest)
        model->highest = number;
}

static mlp_status
open_folder(struct registry *registry, const char *data_folder, mlp_error *err)
{
    mlp_status status;

    if (asprintf(&registry->folder, "%s/models", data_folder) < 0) {
        registry->folder = NULL;
        return mlp_fail(err, MLP_NOMEM, "models: out of memory");
    }
    status = blob_make_folder(registry->folder, err);
    if (status != MLP_OK)
        return status;
    registry->folder_fd =
        open(registry->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (registry->folder_fd < 0)
        return mlp_fail(err, MLP_IO, "open folder %s: %s", registry->folder,
                        strerror(errno));
    return MLP_OK;
}

static mlp_status load_latest(struct registry *registry, mlp_error *err)
{
    struct listing listing = {registry, false};
    mlp_status status =
        model_files_scan(registry->folder_fd, list_file, &listing, err);

    if (status == MLP_OK && listing.lost)
        status = MLP_NOMEM;
    for (size_t i = 0; i < registry->list.n && status == MLP_OK; i++)
        status = wake_latest(registry, registry->list.models[i]->name);
    if (status == MLP_NOMEM)
        return mlp_fail(err, MLP_NOMEM, "models: out of memory");
    return status;
}

mlp_status
registry_create(const char *data_folder, struct registry **out, mlp_error *err)
{
    struct registry *registry = calloc(1, sizeof *registry);
    mlp_status status;

    *out = NULL;
    if (registry == NULL)
        return mlp_fail(err, MLP_NOMEM, "models: out of memory");
    registry->folder_fd = -1;
    pthread_mutex_init(&registry->waking, NULL);
    pthread_mutex_init(&registry->lock, NULL);
    status = open_folder(registry, data_folder, err);
    if (status == MLP_OK)
        status = load_latest(registry, err);
    if (status != MLP_OK) {
        registry_destroy(registry);
        return status;
    }
    *out = registry;
    return MLP_OK;
}

void registry_destroy(struct registry *registry)
{
    if (registry == NULL)
        return;
    for (size_t m = 0; m < registry->list.n; m++) {
        const struct model *model = registry->list.models[m];
        for (size_t i = 0; i < model->n; i++)
            snapshot_release(model->versions[i].snapshot);
    }
    model_list_free(&registry->list);
    if (registry->folder_fd >= 0)
        close(registry->folder_fd);
    pthread_mutex_destroy(&registry->lock);
    pthread_mutex_destroy(&registry->waking);
    free(registry->folder);
    free(registry);
}

/* --- looking -------------------------------------------------------------- */

uint32_t registry_highest(struct registry *registry, const char *name)
{
    pthread_mutex_lock(&registry->lock);
    const struct model *model = model_find(&registry->list, name);
    uint32_t highest = model ? model->highest : 0;
    pthread_mutex_unlock(&registry->lock);
    return highest;
}

void registry_each(struct registry *registry,
                   void (*each)(void *context,
                                const struct live_model *model,
                                bool latest),
                   void *context)
{
    pthread_mutex_lock(&registry->lock);
    for (size_t m = 0; m < registry->list.n; m++) {
        const struct model *model = registry->list.models[m];
        for (size_t i = 0; i < model->n; i++)
            each(context, &model->versions[i].live, i == model->n - 1);
    }
    pthread_mutex_unlock(&registry->lock);
}

int registry_open_file(struct registry *registry,
                       const struct live_model *model)
{
    int fd;

    if (model_file_open(registry->folder_fd, model->name, model->version, &fd,
                        NULL) != MLP_OK)
        return -1;
    return fd;
}

void registry_count(struct registry *registry,
                    size_t *n_models,
                    size_t *n_versions)
{
    pthread_mutex_lock(&registry->lock);
    model_list_count(&registry->list, n_models, n_versions);
    pthread_mutex_unlock(&registry->lock);
}

/* --- changing ------------------------------------------------------------- */

mlp_status registry_folder(struct registry *registry,
                           const char *name,
                           char **path,
                           mlp_error *err)
{
    mlp_status status;

    *path = NULL;
    if (!name_is_valid(name))
        return mlp_fail(err, MLP_INVALID, "model name: expected %s", NAME_RULE);
    if (asprintf(path, "%s/%s", registry->folder, name) < 0) {
        *path = NULL;
        return mlp_fail(err, MLP_NOMEM, "model %s: out of memory", name);
    }
    status = blob_make_folder(*path, err);
    if (status != MLP_OK) {
        free(*path);
        *path = NULL;
    }
    return status;
}

/* Everything that can fail before the file gets its name. */
static mlp_status make_room(struct registry *registry,
                            const char *name,
                            uint32_t number,
                            mlp_error *err)
{
    pthread_mutex_lock(&registry->lock);
    const struct model *model = model_with_room(&registry->list, name);
    bool taken = version_find(model, number) != NULL;
    pthread_mutex_unlock(&registry->lock);
    if (model == NULL)
        return mlp_fail(err, MLP_NOMEM, "model %s: out of memory", name);
    if (taken || number == 0)
        return mlp_fail(err, MLP_INVALID, "model %s: version %" PRIu32 " %s",
                        name, number, taken ? "exists" : "is none");
    return MLP_OK;
}

/* The list's from now on. The latest so far may sleep, unless it is asked for
 * by its number. */
static void list_snapshot(struct registry *registry, struct snapshot *snapshot)
{
    struct snapshot *released = NULL;

    pthread_mutex_lock(&registry->lock);
    struct model *model = model_find(&registry->list, snapshot->live.name);
    struct version *latest = version_find(model, 0);
    if (latest != NULL && latest->live.version < snapshot->live.version &&
        !latest->asked_for) {
        released = latest->snapshot;
        latest->snapshot = NULL;
        latest->live.model = NULL;
    }
    version_insert(model, &snapshot->live)->snapshot = snapshot;
    pthread_mutex_unlock(&registry->lock);
    snapshot_release(released);
}

mlp_status registry_publish(struct registry *registry,
                            const char *name,
                            uint32_t version,
                            struct blob *blob,
                            const char *sha256,
                            mlp_model *model,
                            mlp_error *err)
{
    struct model_facts facts = {.size = blob_size(blob)};
    char file_name[MODEL_FILE_NAME];
    mlp_status status = make_room(registry, name, version, err);

    if (status != MLP_OK)
        return status;
    struct live_model live = live_model_of(name, version, NULL);
    struct snapshot *snapshot = snapshot_create(&live, model);
    if (snapshot == NULL)
        return mlp_fail(err, MLP_NOMEM, "model %s: out of memory", name);
    model_file_name(version, file_name);
    status = blob_commit(blob, file_name, err);
    if (status != MLP_OK) {
        free(snapshot); /* the model stays the caller's */
        return status;
    }
    /* The time as the next start will show it; it is only unknown when somebody
     * took the file away at once. */
    model_file_stat(registry->folder_fd, name, version, &facts, NULL);
    snprintf(facts.sha256, sizeof facts.sha256, "%s", sha256);
    snapshot->live = live_model_of(name, version, &facts);
    snapshot->live.model = model;
    list_snapshot(registry, snapshot);
    return MLP_OK;
}

/* Versions that are off the list: out of memory and off the disk. */
static void
discard(struct registry *registry, const struct version *versions, size_t n)
{
    mlp_error err;

    for (size_t i = 0; i < n; i++) {
        const struct live_model *live = &versions[i].live;
        snapshot_release(versions[i].snapshot);
        if (model_file_remove(registry->folder_fd, live->name, live->version,
                              &err) != MLP_OK)
            log_event(LOG_ERROR, "model_not_removed",
                      LOG_TEXT_FIELD("model", live->name),
                      LOG_INT("version", live->version),
                      LOG_TEXT_FIELD("reason", err.text));
    }
}

static bool remove_all(struct registry *registry, const char *name)
{
    struct version *versions = NULL;
    size_t n = 0;

    pthread_mutex_lock(&registry->lock);
    struct model *model = model_find(&registry->list, name);
    if (model != NULL) {
        versions = model->versions;
        n = model->n;
        model->versions = NULL;
        model->n = model->capacity = 0;
    }
    pthread_mutex_unlock(&registry->lock);
    discard(registry, versions, n);
    free(versions);
    return n > 0;
}

static bool
remove_one(struct registry *registry, const char *name, uint32_t number)
{
    struct version removed;

    pthread_mutex_lock(&registry->lock);
    struct model *model = model_find(&registry->list, name);
    struct version *version = version_find(model, number);
    if (version != NULL) {
        removed = *version;
        version_remove(model, version);
    }
    pthread_mutex_unlock(&registry->lock);
    if (version == NULL)
        return false;
    discard(registry, &removed, 1);
    /* No memory for it now: whoever borrows it first tries again. */
    wake_latest(registry, name);
    return true;
}

bool registry_remove(struct registry *registry,
                     const char *name,
                     uint32_t version)
{
    return version == 0 ? remove_all(registry, name)
                        : remove_one(registry, name, version);
}

/* SPDX-License-Identifier: MIT
 *
 * Who holds which version. The registry holds the snapshot of every version
 * that is awake, a borrower the one that it borrowed, and the last to let go
 * frees it. A snapshot never changes once it is there.
 *
 *   asleep --wake--> awake --registry_publish of a newer one--> asleep
 *
 * A version that somebody borrowed by its number, or that an alias names, stays
 * awake. */
#include "store/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/digest.h"
#include "store/model_files.h"
#include "store/registry_inner.h"
#include "store/snapshot.h"
#include "telemetry/log.h"

/* --- borrowing ------------------------------------------------------------ */

/* What is asked for: a number (0: the latest), or in its place an alias. */
struct wanted {
    uint32_t number;
    const char *alias; /* NULL: the number */
};

/* The lock is held. */
static struct version *find(const struct registry *registry,
                            const char *name,
                            const struct wanted *wanted)
{
    const struct model *model = model_find(&registry->list, name);
    const struct model_alias *alias;

    if (wanted->alias == NULL)
        return version_find(model, wanted->number);
    alias = alias_find(model, wanted->alias);
    return alias != NULL && alias->version != 0
               ? version_find(model, alias->version)
               : NULL;
}

/* Of the version that was used last nothing is written. */
static void note_use(struct registry *registry,
                     struct version *version,
                     const struct wanted *wanted)
{
    if (wanted->number != 0 && !atomic_load(&version->asked_for))
        atomic_store(&version->asked_for, true);
    if (version->used == 0 ||
        atomic_load(&version->used) != atomic_load(&registry->clock))
        atomic_store(&version->used, atomic_fetch_add(&registry->clock, 1) + 1);
}

/* The snapshot, held; or NULL, and *asleep is the number of the version that
 * must be woken for it, 0 if there is none. */
static struct snapshot *hold(struct registry *registry,
                             const char *name,
                             const struct wanted *wanted,
                             uint32_t *asleep)
{
    struct snapshot *snapshot = NULL;

    *asleep = 0;
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    struct version *version = find(registry, name, wanted);
    if (version != NULL) {
        note_use(registry, version, wanted);
        if (version->snapshot != NULL)
            snapshot = snapshot_hold(version->snapshot);
        else
            *asleep = version->live.version;
    }
    shared_lock_read_end(held);
    return snapshot;
}

/* What its bytes must hash to, "" when nobody knows. */
static void known_sha256(struct registry *registry,
                         const char *name,
                         uint32_t number,
                         char out[BLOB_SHA256_TEXT])
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    const struct version *version =
        version_find(model_find(&registry->list, name), number);
    if (version != NULL)
        memcpy(out, version->live.sha256, BLOB_SHA256_TEXT);
    else
        out[0] = '\0';
    shared_lock_read_end(held);
}

/* The version that was borrowed longest ago of those in memory, `but` apart. */
static struct version *longest_unused(const struct registry *registry,
                                      const struct version *but)
{
    struct version *found = NULL;

    for (size_t m = 0; m < registry->list.n; m++) {
        const struct model *model = registry->list.models[m];
        for (size_t i = 0; i < model->n; i++) {
            struct version *version = &model->versions[i];
            if (version != but && version->snapshot != NULL &&
                (found == NULL || version->used < found->used))
                found = version;
        }
    }
    return found;
}

/* It frees a few models at a time, rarely. */
void registry_make_room(struct registry *registry, const struct version *but)
{
    while (registry->max_bytes != 0 &&
           atomic_load(&registry->awake_bytes) > registry->max_bytes) {
        struct version *version = longest_unused(registry, but);
        if (version == NULL)
            return;
        snapshot_release(version->snapshot);
        version->snapshot = NULL;
        version->live.model = NULL;
    }
}

/* Into the list, unless it was removed meanwhile. */
static mlp_status
enlist(struct registry *registry, struct snapshot *snapshot, mlp_error *err)
{
    const struct live_model *live = &snapshot->live;
    mlp_status status = MLP_OK;

    shared_lock_change(&registry->lock);
    struct version *version =
        version_find(model_find(&registry->list, live->name), live->version);
    if (version == NULL) {
        status = mlp_fail(err, MLP_CANCELLED, "removed");
    } else {
        version->snapshot = snapshot_hold(snapshot);
        version->live = *live;
        registry_make_room(registry, version);
    }
    shared_lock_change_end(&registry->lock);
    return status;
}

static void
quarantine(struct registry *registry, const char *name, uint32_t number)
{
    mlp_error err;

    atomic_fetch_add(&registry->n_quarantined, 1);
    if (model_file_quarantine(registry->data_fd, registry->folder_fd, name,
                              number, &err) == MLP_OK)
        log_event(LOG_ERROR, "model_quarantined", LOG_TEXT_FIELD("model", name),
                  LOG_INT("version", number));
    else
        log_event(LOG_ERROR, "model_not_quarantined",
                  LOG_TEXT_FIELD("model", name), LOG_INT("version", number),
                  LOG_TEXT_FIELD("reason", err.text));
}

void registry_refuse(struct registry *registry,
                     const char *name,
                     uint32_t number,
                     bool corrupt,
                     const char *reason)
{
    struct snapshot *released = NULL;

    shared_lock_change(&registry->lock);
    struct model *model = model_find(&registry->list, name);
    struct version *version = version_find(model, number);
    if (version != NULL) {
        released = version->snapshot;
        version_remove(model, version);
    }
    shared_lock_change_end(&registry->lock);
    snapshot_release(released);
    if (version == NULL)
        return;
    log_event(LOG_ERROR, "model_refused", LOG_TEXT_FIELD("model", name),
              LOG_INT("version", number), LOG_TEXT_FIELD("reason", reason));
    if (corrupt && registry->follower == NULL)
        quarantine(registry, name, number);
}

/* Read a version, list its snapshot and hold it. */
static mlp_status load(struct registry *registry,
                       const char *name,
                       uint32_t number,
                       struct snapshot **out,
                       bool *corrupt,
                       mlp_error *err)
{
    char sha256[BLOB_SHA256_TEXT];
    struct model_facts facts;
    mlp_model *model;

    known_sha256(registry, name, number, sha256);
    mlp_status status = registry->follower != NULL
                            ? registry_follow_read(registry, name, number,
                                                   sha256, &facts, &model, err)
                            : model_file_read(registry->folder_fd, name, number,
                                              sha256, &facts, &model, err);
    *corrupt = sha256[0] != '\0' && facts.sha256[0] != '\0' &&
               strcmp(sha256, facts.sha256) != 0;
    if (status != MLP_OK)
        return status;
    struct live_model live = live_model_of(name, number, &facts);
    live.task = mlp_task_name(mlp_model_task(model));
    struct snapshot *snapshot =
        snapshot_create(&live, model, &registry->awake_bytes);
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

/* Nothing is wrong with the file itself. */
static bool passes(mlp_status status)
{
    return status == MLP_NOMEM || status == MLP_IO;
}

/* Bring a version into memory and hold it. One that proves bad is gone; no
 * memory, or a disk that fails, leaves it for a better time. */
static mlp_status wake(struct registry *registry,
                       const char *name,
                       uint32_t number,
                       struct snapshot **out,
                       mlp_error *err)
{
    mlp_status status = MLP_OK;
    bool corrupt = false;
    uint32_t asleep;

    pthread_mutex_lock(&registry->waking);
    *out = hold(registry, name, &(struct wanted){number, NULL}, &asleep);
    if (asleep != 0)
        status = load(registry, name, number, out, &corrupt, err);
    else if (*out == NULL)
        status = mlp_fail(err, MLP_CANCELLED, "removed meanwhile");
    if (status != MLP_OK && !passes(status))
        registry_refuse(registry, name, number, corrupt, err->text);
    pthread_mutex_unlock(&registry->waking);
    if (passes(status))
        log_event(LOG_ERROR, "model_not_loaded", LOG_TEXT_FIELD("model", name),
                  LOG_INT("version", number),
                  LOG_TEXT_FIELD("reason", err->text));
    return status;
}

static struct live_model *borrow(struct registry *registry,
                                 const char *name,
                                 const struct wanted *wanted,
                                 mlp_error *err)
{
    mlp_error inner = {.status = MLP_OK};
    struct snapshot *snapshot;
    uint32_t asleep;

    /* A latest one that proves bad leaves its place to the next; an alias may
     * have moved while the version that it named was read. */
    do {
        inner.status = MLP_OK;
        snapshot = hold(registry, name, wanted, &asleep);
        if (asleep != 0)
            (void)wake(registry, name, asleep, &snapshot, &inner);
    } while (wanted->number == 0 && snapshot == NULL && asleep != 0 &&
             !passes(inner.status));
    if (snapshot != NULL)
        return &snapshot->live;
    if (passes(inner.status))
        (void)mlp_fail(err, inner.status, "%s", inner.text);
    else
        (void)mlp_fail(err, MLP_INVALID, "there is no such model");
    return NULL;
}

struct live_model *registry_borrow(struct registry *registry,
                                   const char *name,
                                   uint32_t version,
                                   mlp_error *err)
{
    return borrow(registry, name, &(struct wanted){version, NULL}, err);
}

struct live_model *registry_borrow_alias(struct registry *registry,
                                         const char *name,
                                         const char *alias,
                                         mlp_error *err)
{
    return borrow(registry, name, &(struct wanted){0, alias}, err);
}

bool registry_sleeps(struct registry *registry,
                     const char *name,
                     uint32_t version,
                     const char *alias)
{
    const struct wanted wanted = {version, alias};

    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    const struct version *found = find(registry, name, &wanted);
    bool sleeps = found != NULL && found->snapshot == NULL;
    shared_lock_read_end(held);
    return sleeps;
}

void registry_release(struct registry *registry, struct live_model *model)
{
    (void)registry;
    snapshot_release((struct snapshot *)model);
}

mlp_status registry_wake_latest(struct registry *registry, const char *name)
{
    mlp_status status;
    mlp_error err;
    uint32_t asleep;

    do {
        struct snapshot *snapshot =
            hold(registry, name, &(struct wanted){0, NULL}, &asleep);
        status =
            asleep ? wake(registry, name, asleep, &snapshot, &err) : MLP_OK;
        snapshot_release(snapshot);
    } while (status != MLP_OK && !passes(status));
    return status;
}

/* --- looking -------------------------------------------------------------- */

mlp_status registry_open_file(struct registry *registry,
                              const struct live_model *model,
                              int *out,
                              mlp_error *err)
{
    char sha256[BLOB_SHA256_TEXT];
    mlp_status status = model_file_open(registry->folder_fd, model->name,
                                        model->version, out, err);

    if (status != MLP_OK)
        return status;
    status = digest_of_file(*out, sha256, NULL, err);
    if (status == MLP_OK && strcmp(sha256, model->sha256) != 0) {
        status = mlp_fail(err, MLP_INVALID,
                          "its bytes are not those that were stored");
        registry_refuse(registry, model->name, model->version, true,
                        "its bytes are not those that were stored");
    }
    if (status != MLP_OK) {
        close(*out);
        *out = -1;
    }
    return status;
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
    shared_lock_change(&registry->lock);
    const struct model *model = model_with_room(&registry->list, name);
    bool taken = version_find(model, number) != NULL;
    shared_lock_change_end(&registry->lock);
    if (model == NULL)
        return mlp_fail(err, MLP_NOMEM, "model %s: out of memory", name);
    if (taken || number == 0)
        return mlp_fail(err, MLP_INVALID, "model %s: version %" PRIu32 " %s",
                        name, number, taken ? "exists" : "is none");
    return MLP_OK;
}

/* The list's from now on. The latest so far may sleep, unless it is asked for
 * by its number or an alias. */
static void list_snapshot(struct registry *registry, struct snapshot *snapshot)
{
    struct snapshot *released = NULL;

    shared_lock_change(&registry->lock);
    struct model *model = model_find(&registry->list, snapshot->live.name);
    struct version *latest = version_find(model, 0);
    if (latest != NULL && latest->live.version < snapshot->live.version &&
        !latest->asked_for && alias_of(model, latest->live.version) == NULL) {
        released = latest->snapshot;
        latest->snapshot = NULL;
        latest->live.model = NULL;
    }
    struct version *version = version_insert(model, &snapshot->live);
    version->snapshot = snapshot;
    version->used = ++registry->clock;
    registry_make_room(registry, version);
    shared_lock_change_end(&registry->lock);
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
    live.size = facts.size;
    struct snapshot *snapshot =
        snapshot_create(&live, model, &registry->awake_bytes);
    if (snapshot == NULL)
        return mlp_fail(err, MLP_NOMEM, "model %s: out of memory", name);
    model_file_name(version, file_name);
    status = blob_commit(blob, file_name, err);
    if (status != MLP_OK) {
        snapshot->model = NULL; /* it stays the caller's */
        snapshot_release(snapshot);
        return status;
    }
    /* The time as the next start will show it; it is only unknown when somebody
     * took the file away at once. */
    model_file_stat(registry->folder_fd, name, version, &facts, NULL);
    snprintf(facts.sha256, sizeof facts.sha256, "%s", sha256);
    snapshot->live = live_model_of(name, version, &facts);
    snapshot->live.model = model;
    snapshot->live.task = mlp_task_name(mlp_model_task(model));
    list_snapshot(registry, snapshot);
    return MLP_OK;
}

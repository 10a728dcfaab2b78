/* SPDX-License-Identifier: MIT
 *
 * What was seen at the last look is kept beside the list: a file whose stamp is
 * as it was is not read again. */
#include "store/registry_follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/model_folder.h"
#include "store/registry_inner.h"
#include "store/snapshot.h"
#include "telemetry/log.h"

struct seen {
    struct model_folder_file file;
    char reason[256]; /* why it is refused; "": it is served */
    bool again;       /* it could not be read: no matter what its stamp says */
};

struct follower {
    const char *folder, *model_name;
    struct seen *seen; /* under the registry's lock; n_seen, too */
    size_t n_seen;
};

/* --- one version ---------------------------------------------------------- */

static mlp_status read_path(const struct follower *follower,
                            const char *path,
                            const char *sha256,
                            struct model_facts *facts,
                            mlp_model **out,
                            mlp_error *err)
{
    int fd;
    mlp_status status = model_folder_open(follower->folder, path, &fd, err);

    *out = NULL;
    *facts = (struct model_facts){.size = 0};
    if (status != MLP_OK)
        return status;
    status = model_file_read_descriptor(fd, sha256, facts, out, err);
    close(fd);
    return status;
}

mlp_status registry_follow_read(struct registry *registry,
                                const char *name,
                                uint32_t number,
                                const char *sha256,
                                struct model_facts *facts,
                                mlp_model **out,
                                mlp_error *err)
{
    const struct follower *follower = registry->follower;
    char path[MODEL_FOLDER_PATH] = "";

    *out = NULL;
    *facts = (struct model_facts){.size = 0};
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    for (size_t i = 0; i < follower->n_seen && path[0] == '\0'; i++) {
        const struct model_folder_file *file = &follower->seen[i].file;
        if (file->trouble == NULL && file->version == number &&
            strcmp(file->name, name) == 0)
            snprintf(path, sizeof path, "%s", file->path);
    }
    shared_lock_read_end(held);
    if (path[0] == '\0')
        return mlp_fail(err, MLP_IO, "its file is gone");
    return read_path(follower, path, sha256, facts, out, err);
}

/* Its place in the list is there already, if it has one. */
static mlp_status
put(struct registry *registry, struct snapshot *snapshot, mlp_error *err)
{
    const struct live_model *live = &snapshot->live;
    struct snapshot *released = NULL;

    shared_lock_change(&registry->lock);
    struct model *model = model_with_room(&registry->list, live->name);
    if (model != NULL) {
        struct version *version = version_find(model, live->version);
        if (version == NULL)
            version = version_insert(model, live);
        released = version->snapshot;
        version->snapshot = snapshot;
        version->live = *live;
        version->used = ++registry->clock;
        registry_make_room(registry, version);
    }
    shared_lock_change_end(&registry->lock);
    snapshot_release(released);
    if (model == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    return MLP_OK;
}

static mlp_status take_model(struct registry *registry,
                             const struct model_folder_file *file,
                             mlp_model *model,
                             const struct model_facts *facts,
                             mlp_error *err)
{
    struct live_model live = live_model_of(file->name, file->version, facts);
    struct snapshot *snapshot;

    live.task = mlp_task_name(mlp_model_task(model));
    snapshot = snapshot_create(&live, model, &registry->awake_bytes);
    if (snapshot == NULL) {
        mlp_model_destroy(model);
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    }
    mlp_status status = put(registry, snapshot, err);
    if (status != MLP_OK)
        snapshot_release(snapshot);
    else
        log_event(LOG_INFO, "model_found", LOG_TEXT_FIELD("model", live.name),
                  LOG_INT("version", live.version),
                  LOG_TEXT_FIELD("file", file->path),
                  LOG_TEXT_FIELD("sha256", live.sha256));
    return status;
}

/* A file that is new, or not as it was. Nobody wakes a version meanwhile: he
 * would hold the new bytes against the old hash. */
static void take(struct registry *registry, struct seen *seen)
{
    const struct model_folder_file *file = &seen->file;
    mlp_error err = {.text = ""};
    struct model_facts facts;
    mlp_model *model;
    mlp_status status;

    if (file->trouble != NULL) {
        snprintf(seen->reason, sizeof seen->reason, "%s", file->trouble);
    } else {
        pthread_mutex_lock(&registry->waking);
        status =
            read_path(registry->follower, file->path, "", &facts, &model, &err);
        if (status == MLP_OK)
            status = take_model(registry, file, model, &facts, &err);
        pthread_mutex_unlock(&registry->waking);
        seen->again = status == MLP_NOMEM || status == MLP_IO;
        if (status != MLP_OK)
            snprintf(seen->reason, sizeof seen->reason, "%s", err.text);
    }
    if (seen->reason[0] != '\0')
        log_event(LOG_ERROR, "model_refused",
                  LOG_TEXT_FIELD("file", file->path),
                  LOG_TEXT_FIELD("reason", seen->reason));
}

/* --- the folder against the list ------------------------------------------ */

/* Field by field: there are gaps between them. */
static bool is_as_it_was(const struct model_folder_file *a,
                         const struct model_folder_file *b)
{
    return strcmp(a->path, b->path) == 0 && strcmp(a->name, b->name) == 0 &&
           a->version == b->version && a->trouble == b->trouble &&
           a->stamp.device == b->stamp.device &&
           a->stamp.inode == b->stamp.inode && a->stamp.size == b->stamp.size &&
           a->stamp.changed_ns == b->stamp.changed_ns;
}

/* Only registry_follow() changes what was seen: it may look without a lock. */
static const struct seen *find_seen(const struct follower *follower,
                                    const struct model_folder_file *file)
{
    for (size_t i = 0; i < follower->n_seen; i++)
        if (!follower->seen[i].again &&
            is_as_it_was(&follower->seen[i].file, file))
            return &follower->seen[i];
    return NULL;
}

static bool
is_there(const struct seen *seen, size_t n, const struct live_model *live)
{
    for (size_t i = 0; i < n; i++)
        if (seen[i].file.trouble == NULL &&
            seen[i].file.version == live->version &&
            strcmp(seen[i].file.name, live->name) == 0)
            return true;
    return false;
}

/* The lock is held; a model that goes is freed under it, which is rare. */
static void drop_gone(struct registry *registry, struct model *model)
{
    const struct follower *follower = registry->follower;

    for (size_t i = model->n; i-- > 0;) {
        struct version *version = &model->versions[i];
        if (is_there(follower->seen, follower->n_seen, &version->live))
            continue;
        log_event(LOG_INFO, "model_gone", LOG_TEXT_FIELD("model", model->name),
                  LOG_INT("version", version->live.version));
        snapshot_release(version->snapshot);
        version_remove(model, version);
    }
}

/* What was seen now takes the place of what was seen before. */
static void
exchange_seen(struct registry *registry, struct seen *seen, size_t n)
{
    struct follower *follower = registry->follower;

    shared_lock_change(&registry->lock);
    struct seen *before = follower->seen;
    follower->seen = seen;
    follower->n_seen = n;
    for (size_t i = 0; i < registry->list.n; i++)
        drop_gone(registry, registry->list.models[i]);
    shared_lock_change_end(&registry->lock);
    free(before);
}

mlp_status registry_follow(struct registry *registry, mlp_error *err)
{
    const struct follower *follower = registry->follower;
    struct model_folder_file *files;
    size_t n;
    mlp_status status = model_folder_list(
        follower->folder, follower->model_name, &files, &n, err);

    if (status != MLP_OK)
        return status;
    struct seen *seen = calloc(n + 1, sizeof *seen);
    if (seen == NULL) {
        free(files);
        return mlp_fail(err, MLP_NOMEM, "model folder: out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        const struct seen *before = find_seen(follower, &files[i]);
        if (before != NULL) {
            seen[i] = *before;
            continue;
        }
        seen[i].file = files[i];
        take(registry, &seen[i]);
    }
    free(files);
    exchange_seen(registry, seen, n);
    return MLP_OK;
}

/* --- outside -------------------------------------------------------------- */

size_t registry_each_refused(struct registry *registry,
                             void (*each)(void *context,
                                          const char *file,
                                          const char *reason),
                             void *context)
{
    const struct follower *follower = registry->follower;
    size_t n = 0;

    if (follower == NULL)
        return 0;
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    for (size_t i = 0; i < follower->n_seen; i++) {
        const struct seen *seen = &follower->seen[i];
        if (seen->reason[0] == '\0')
            continue;
        n++;
        if (each != NULL)
            each(context, seen->file.path, seen->reason);
    }
    shared_lock_read_end(held);
    return n;
}

mlp_status registry_create_follower(const char *folder,
                                    const char *model_name,
                                    uint64_t max_bytes,
                                    struct registry **out,
                                    mlp_error *err)
{
    struct registry *registry = registry_empty(max_bytes);

    *out = NULL;
    if (registry != NULL)
        registry->follower = calloc(1, sizeof *registry->follower);
    if (registry == NULL || registry->follower == NULL) {
        registry_destroy(registry);
        return mlp_fail(err, MLP_NOMEM, "models: out of memory");
    }
    registry->follower->folder = folder;
    registry->follower->model_name = model_name;
    *out = registry;
    return MLP_OK;
}

void registry_follow_end(struct registry *registry)
{
    if (registry->follower != NULL)
        free(registry->follower->seen);
    free(registry->follower);
}

/* SPDX-License-Identifier: MIT
 *
 * The registry's start: what the folder holds, held against what the catalog
 * says of it, and the latest of each model loaded. Nobody else knows the
 * registry yet: no lock. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/catalog_audit.h"
#include "store/model_files.h"
#include "store/registry_inner.h"
#include "store/snapshot.h"
#include "telemetry/log.h"

/* --- the folder ----------------------------------------------------------- */

struct listing {
    struct registry *registry;
    bool lost; /* no memory */
};

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

static mlp_status open_folder(const char *path, int *out, mlp_error *err)
{
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0)
        return mlp_fail(err, MLP_IO, "open folder %s: %s", path,
                        strerror(errno));
    return MLP_OK;
}

static mlp_status
open_folders(struct registry *registry, const char *data_folder, mlp_error *err)
{
    mlp_status status;

    if (asprintf(&registry->folder, "%s/models", data_folder) < 0) {
        registry->folder = NULL;
        return mlp_fail(err, MLP_NOMEM, "models: out of memory");
    }
    status = blob_make_folder(registry->folder, err);
    if (status == MLP_OK)
        status = open_folder(data_folder, &registry->data_fd, err);
    if (status == MLP_OK)
        status = open_folder(registry->folder, &registry->folder_fd, err);
    return status;
}

static mlp_status list_folder(struct registry *registry, mlp_error *err)
{
    struct listing listing = {registry, false};
    mlp_status status =
        model_files_scan(registry->folder_fd, list_file, &listing, err);

    if (status == MLP_OK && listing.lost)
        return mlp_fail(err, MLP_NOMEM, "models: out of memory");
    return status;
}

/* --- the catalog ---------------------------------------------------------- */

/* A row that is to go: there is no such file, or there should be none. */
struct stale {
    char name[NAME_MAX_BYTES + 1];
    uint32_t version;
    bool removed;
};

struct matching {
    struct registry *registry;
    struct stale *stale;
    size_t n, capacity;
    bool lost; /* no memory */
};

static void add_stale(struct matching *matching,
                      const struct catalog_model_file *file)
{
    if (matching->n == matching->capacity) {
        size_t capacity = 2 * matching->capacity + 16;
        struct stale *stale =
            reallocarray(matching->stale, capacity, sizeof *stale);
        matching->lost = stale == NULL;
        if (matching->lost)
            return;
        matching->stale = stale;
        matching->capacity = capacity;
    }
    struct stale *stale = &matching->stale[matching->n++];
    *stale = (struct stale){.version = file->version, .removed = file->removed};
    snprintf(stale->name, sizeof stale->name, "%s", file->model);
}

static void match(void *context, const struct catalog_model_file *file)
{
    struct matching *matching = context;
    struct model *model = model_find(&matching->registry->list, file->model);
    struct version *version =
        file->version != 0 ? version_find(model, file->version) : NULL;

    if (version != NULL && !file->removed) {
        snprintf(version->live.sha256, sizeof version->live.sha256, "%s",
                 file->sha256);
        return;
    }
    if (version != NULL)
        version_remove(model, version);
    if (!matching->lost)
        add_stale(matching, file);
}

/* An unlink that a kill came before is done now; a file that somebody took away
 * is forgotten. What cannot be stored now is tried at the next start. */
static void clean_up(struct registry *registry, const struct stale *stale)
{
    mlp_error err;
    mlp_status status = MLP_OK;

    if (stale->removed)
        status = model_file_remove(registry->folder_fd, stale->name,
                                   stale->version, &err);
    else
        log_event(LOG_WARN, "model_file_missing",
                  LOG_TEXT_FIELD("model", stale->name),
                  LOG_INT("version", stale->version));
    if (status == MLP_OK)
        status = (stale->removed ? catalog_forget_model_file
                                 : catalog_lose_model_file)(
            registry->catalog, stale->name, stale->version, &err);
    if (status != MLP_OK)
        log_event(LOG_WARN, "model_not_forgotten",
                  LOG_TEXT_FIELD("model", stale->name),
                  LOG_INT("version", stale->version),
                  LOG_TEXT_FIELD("reason", err.text));
}

static mlp_status match_catalog(struct registry *registry, mlp_error *err)
{
    struct matching matching = {.registry = registry};
    mlp_status status =
        catalog_each_model_file(registry->catalog, match, &matching, err);

    if (status == MLP_OK && matching.lost)
        status = mlp_fail(err, MLP_NOMEM, "models: out of memory");
    for (size_t i = 0; i < matching.n && status == MLP_OK; i++)
        clean_up(registry, &matching.stale[i]);
    free(matching.stale);
    return status;
}

/* --- files that nobody has seen ------------------------------------------- */

static mlp_status put_found(struct catalog *catalog,
                            const struct catalog_model_file *file,
                            mlp_error *err)
{
    const struct catalog_audit audit = {.model = file->model,
                                        .version = file->version};
    mlp_status status = catalog_begin(catalog, err);

    if (status != MLP_OK)
        return status;
    status = catalog_put_model_file(catalog, file, err);
    if (status == MLP_OK)
        status = catalog_put_audit(catalog, AUDIT_FOUND, NULL, &audit, err);
    return catalog_end(catalog, status, err);
}

/* A file that was dropped in: from now on it has to stay as it is. */
static mlp_status record(struct registry *registry,
                         const struct model *owner,
                         struct version *version)
{
    struct live_model *live = &version->live;
    struct model_facts facts;
    mlp_model *model;
    mlp_error err;
    mlp_status status =
        model_file_read(registry->folder_fd, live->name, live->version, "",
                        &facts, &model, &err);

    if (status != MLP_OK) {
        if (status != MLP_NOMEM)
            registry_refuse(registry, owner->name, live->version, false,
                            err.text);
        return status;
    }
    mlp_model_destroy(model);
    *live = live_model_of(live->name, live->version, &facts);
    const struct catalog_model_file row = {.model = live->name,
                                           .version = live->version,
                                           .sha256 = live->sha256,
                                           .size = live->size};
    if (put_found(registry->catalog, &row, &err) != MLP_OK)
        log_event(LOG_WARN, "model_not_recorded",
                  LOG_TEXT_FIELD("model", live->name),
                  LOG_INT("version", live->version),
                  LOG_TEXT_FIELD("reason", err.text));
    return MLP_OK;
}

/* One that is refused leaves its place to the next. */
static mlp_status record_new(struct registry *registry, struct model *model)
{
    for (size_t i = 0; i < model->n;) {
        mlp_status status = model->versions[i].live.sha256[0] == '\0'
                                ? record(registry, model, &model->versions[i])
                                : MLP_OK;
        if (status == MLP_NOMEM)
            return status;
        i += status == MLP_OK;
    }
    return MLP_OK;
}

/* One that has to make others go is read when somebody asks for it. */
static bool has_room(const struct registry *registry, const struct model *model)
{
    const struct version *latest = version_find(model, 0);
    uint64_t awake = registry_awake_bytes(registry);

    return registry->max_bytes == 0 || latest == NULL ||
           (awake <= registry->max_bytes &&
            latest->live.size <= registry->max_bytes - awake);
}

static mlp_status load_latest(struct registry *registry, mlp_error *err)
{
    mlp_status status = MLP_OK;

    for (size_t i = 0; i < registry->list.n && status == MLP_OK; i++) {
        struct model *model = registry->list.models[i];
        status = record_new(registry, model);
        if (status == MLP_OK && has_room(registry, model))
            status = registry_wake_latest(registry, model->name);
        if (status == MLP_IO)
            status = MLP_OK; /* whoever borrows it tries again */
    }
    if (status != MLP_OK)
        return mlp_fail(err, status, "models: out of memory");
    return MLP_OK;
}

/* --- outside -------------------------------------------------------------- */

struct registry *registry_empty(uint64_t max_bytes)
{
    struct registry *registry = calloc(1, sizeof *registry);

    if (registry == NULL)
        return NULL;
    registry->data_fd = registry->folder_fd = -1;
    registry->max_bytes = max_bytes;
    pthread_mutex_init(&registry->waking, NULL);
    shared_lock_init(&registry->lock);
    return registry;
}

mlp_status registry_create(const char *data_folder,
                           struct catalog *catalog,
                           uint64_t max_bytes,
                           struct registry **out,
                           mlp_error *err)
{
    struct registry *registry = registry_empty(max_bytes);
    mlp_status status;

    *out = NULL;
    if (registry == NULL)
        return mlp_fail(err, MLP_NOMEM, "models: out of memory");
    registry->catalog = catalog;
    status = open_folders(registry, data_folder, err);
    if (status == MLP_OK)
        status = list_folder(registry, err);
    if (status == MLP_OK)
        status = match_catalog(registry, err);
    if (status == MLP_OK)
        status = load_latest(registry, err);
    if (status == MLP_OK)
        status = registry_load_aliases(registry, err);
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
    registry_follow_end(registry);
    if (registry->folder_fd >= 0)
        close(registry->folder_fd);
    if (registry->data_fd >= 0)
        close(registry->data_fd);
    shared_lock_destroy(&registry->lock);
    pthread_mutex_destroy(&registry->waking);
    free(registry->folder);
    free(registry);
}

/* SPDX-License-Identifier: MIT
 *
 * Removal: first the catalog's word, which is the commit point, then the list,
 * then the file; with it the aliases that name it. A daemon that dies in
 * between unlinks at its next start. */
#include "store/registry.h"

#include <stdlib.h>

#include "store/catalog_audit.h"
#include "store/model_files.h"
#include "store/registry_inner.h"
#include "store/snapshot.h"
#include "telemetry/log.h"

static mlp_status store_one(struct registry *registry,
                            const char *name,
                            uint32_t number,
                            const struct audit_author *author,
                            mlp_error *err)
{
    const struct catalog_audit audit = {.model = name, .version = number};
    mlp_status status =
        registry_store_orphans(registry, name, number, author, err);

    if (status == MLP_OK)
        status =
            catalog_remove_model_file(registry->catalog, name, number, err);
    if (status == MLP_OK)
        status = catalog_put_audit(registry->catalog, AUDIT_DELETE, author,
                                   &audit, err);
    return status;
}

/* From here on the next start unlinks them if this one does not get to it. */
static mlp_status store_removal(struct registry *registry,
                                const char *name,
                                const uint32_t *numbers,
                                size_t n,
                                const struct audit_author *author,
                                mlp_error *err)
{
    mlp_status status = catalog_begin(registry->catalog, err);

    if (status != MLP_OK)
        return status;
    for (size_t i = 0; i < n && status == MLP_OK; i++)
        status = store_one(registry, name, numbers[i], author, err);
    return catalog_end(registry->catalog, status, err);
}

static void
take_off(struct registry *registry, const char *name, uint32_t number)
{
    struct snapshot *released = NULL;

    shared_lock_change(&registry->lock);
    struct model *model = model_find(&registry->list, name);
    struct version *version = version_find(model, number);
    if (version != NULL) {
        released = version->snapshot;
        version_remove(model, version);
    }
    registry_take_orphans(model, number);
    shared_lock_change_end(&registry->lock);
    snapshot_release(released);
}

static void discard(struct registry *registry,
                    const char *name,
                    const uint32_t *numbers,
                    size_t n)
{
    mlp_error err;
    mlp_status status = MLP_OK;

    for (size_t i = 0; i < n && status == MLP_OK; i++)
        status = model_file_remove(registry->folder_fd, name, numbers[i], &err);
    if (status == MLP_OK)
        status = catalog_begin(registry->catalog, &err);
    if (status == MLP_OK) {
        for (size_t i = 0; i < n && status == MLP_OK; i++)
            status = catalog_forget_model_file(registry->catalog, name,
                                               numbers[i], &err);
        status = catalog_end(registry->catalog, status, &err);
    }
    if (status != MLP_OK)
        log_event(LOG_ERROR, "model_not_removed", LOG_TEXT_FIELD("model", name),
                  LOG_TEXT_FIELD("reason", err.text));
}

/* The version, or all of them, in an array of the caller's. NULL: no memory. */
static uint32_t *numbers_of(struct registry *registry,
                            const char *name,
                            uint32_t number,
                            size_t *n)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    const struct model *model = model_find(&registry->list, name);
    size_t n_all = model != NULL ? model->n : 0;
    uint32_t *numbers = malloc((n_all + 1) * sizeof *numbers);
    *n = 0;
    for (size_t i = 0; i < n_all && numbers != NULL; i++)
        if (number == 0 || model->versions[i].live.version == number)
            numbers[(*n)++] = model->versions[i].live.version;
    shared_lock_read_end(held);
    return numbers;
}

static mlp_status remove_numbers(struct registry *registry,
                                 const char *name,
                                 const uint32_t *numbers,
                                 size_t n,
                                 const struct audit_author *author,
                                 mlp_error *err)
{
    mlp_status status = store_removal(registry, name, numbers, n, author, err);

    if (status != MLP_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        take_off(registry, name, numbers[i]);
    discard(registry, name, numbers, n);
    /* No memory for it now: whoever borrows it first tries again. */
    (void)registry_wake_latest(registry, name);
    return MLP_OK;
}

mlp_status registry_remove(struct registry *registry,
                           const char *name,
                           uint32_t version,
                           const struct audit_author *author,
                           mlp_error *err)
{
    mlp_status status;
    size_t n;
    uint32_t *numbers = numbers_of(registry, name, version, &n);

    if (numbers == NULL)
        status = mlp_fail(err, MLP_NOMEM, "model %s: out of memory", name);
    else if (n == 0)
        status = mlp_fail(err, MLP_INVALID, "there is no such model");
    else
        status = remove_numbers(registry, name, numbers, n, author, err);
    free(numbers);
    return status;
}

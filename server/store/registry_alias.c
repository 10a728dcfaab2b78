/* SPDX-License-Identifier: MIT
 *
 * A move is first the catalog's, which is the commit point, then the list's.
 * Aliases change on the loop thread alone, as do versions, so that what was
 * found there holds until the commit. */
#include "store/registry_alias.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/catalog_aliases.h"
#include "store/registry_inner.h"
#include "store/snapshot.h"
#include "telemetry/log.h"

/* --- looking -------------------------------------------------------------- */

bool registry_alias(struct registry *registry,
                    const char *model,
                    const char *alias,
                    struct model_alias *out)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    const struct model_alias *found =
        alias_find(model_find(&registry->list, model), alias);
    if (found != NULL)
        *out = *found;
    shared_lock_read_end(held);
    return found != NULL;
}

bool registry_alias_of(struct registry *registry,
                       const char *model,
                       uint32_t version,
                       struct model_alias *out)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    const struct model_alias *found =
        alias_of(model_find(&registry->list, model), version);
    if (found != NULL)
        *out = *found;
    shared_lock_read_end(held);
    return found != NULL;
}

void registry_each_alias(struct registry *registry,
                         const char *model,
                         void (*each)(void *context,
                                      const char *model,
                                      const struct model_alias *alias),
                         void *context)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    for (size_t m = 0; m < registry->list.n; m++) {
        const struct model *of = registry->list.models[m];
        if (model != NULL && strcmp(of->name, model) != 0)
            continue;
        for (size_t i = 0; i < of->n_aliases; i++)
            each(context, of->name, &of->aliases[i]);
    }
    shared_lock_read_end(held);
}

/* --- moving --------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Everything that can fail before the commit; *was is as it is. */
static mlp_status prepare(struct registry *registry,
                          const struct alias_move *move,
                          struct model_alias *was,
                          mlp_error *err)
{
    *was = (struct model_alias){.version = 0};
    shared_lock_change(&registry->lock);
    struct model *model = model_find(&registry->list, move->model);
    bool there =
        move->version != 0 && version_find(model, move->version) != NULL;
    const struct model_alias *found = alias_find(model, move->alias);
    bool full = there && found == NULL && model->n_aliases >= ALIASES_MAX;
    if (found != NULL)
        *was = *found;
    else if (there && !full)
        model = model_with_alias_room(&registry->list, move->model);
    shared_lock_change_end(&registry->lock);
    if (!there)
        return mlp_fail(err, MLP_INVALID, "there is no such version");
    if (full)
        return mlp_fail(err, MLP_LIMIT, "model %s has %d aliases already",
                        move->model, (int)ALIASES_MAX);
    if (model == NULL)
        return mlp_fail(err, MLP_NOMEM, "alias: out of memory");
    return MLP_OK;
}

static mlp_status store_move(struct registry *registry,
                             const struct alias_move *move,
                             const struct model_alias *alias,
                             uint32_t from,
                             const struct audit_author *author,
                             mlp_error *err)
{
    const struct catalog_alias row = {.model = move->model,
                                      .alias = alias->name,
                                      .version = alias->version,
                                      .previous = alias->previous,
                                      .changed_ms = alias->changed_ms};
    const struct catalog_audit audit = {.model = move->model,
                                        .version = alias->version,
                                        .alias = alias->name,
                                        .from = from,
                                        .detail = move->detail};
    mlp_status status = catalog_begin(registry->catalog, err);

    if (status != MLP_OK)
        return status;
    status = catalog_put_alias(registry->catalog, &row, err);
    if (status == MLP_OK)
        status = catalog_put_audit(registry->catalog, move->action, author,
                                   &audit, err);
    return catalog_end(registry->catalog, status, err);
}

/* What nobody will ask for any more may sleep, or memory would grow with every
 * move. The lock is held; the snapshot is the caller's to release. */
static struct snapshot *put_to_sleep(struct model *model, uint32_t number)
{
    struct version *version = number != 0 ? version_find(model, number) : NULL;

    if (version == NULL || version->asked_for ||
        version == version_find(model, 0) || alias_of(model, number) != NULL)
        return NULL;
    struct snapshot *released = version->snapshot;
    version->snapshot = NULL;
    version->live.model = NULL;
    return released;
}

mlp_status registry_move_alias(struct registry *registry,
                               const struct alias_move *move,
                               const struct audit_author *author,
                               struct model_alias *out,
                               struct model_alias *was,
                               mlp_error *err)
{
    mlp_status status = prepare(registry, move, was, err);

    *out = *was;
    if (status != MLP_OK || was->version == move->version)
        return status;
    *out = (struct model_alias){.version = move->version,
                                .previous = was->version,
                                .changed_ms = now_ms()};
    (void)snprintf(out->name, sizeof out->name, "%s", move->alias);
    status = store_move(registry, move, out, was->version, author, err);
    if (status != MLP_OK)
        return status;
    shared_lock_change(&registry->lock);
    struct model *model = model_find(&registry->list, move->model);
    alias_insert(model, out);
    struct snapshot *released = put_to_sleep(model, was->version);
    shared_lock_change_end(&registry->lock);
    snapshot_release(released);
    return MLP_OK;
}

static mlp_status store_drop(struct registry *registry,
                             const char *model,
                             const struct model_alias *alias,
                             const struct audit_author *author,
                             mlp_error *err)
{
    const struct catalog_audit audit = {
        .model = model, .alias = alias->name, .from = alias->version};
    mlp_status status =
        catalog_delete_alias(registry->catalog, model, alias->name, err);

    return status == MLP_OK
               ? catalog_put_audit(registry->catalog, AUDIT_ALIAS_DELETE,
                                   author, &audit, err)
               : status;
}

mlp_status registry_drop_alias(struct registry *registry,
                               const char *model,
                               const char *alias,
                               const struct audit_author *author,
                               mlp_error *err)
{
    struct model_alias was;

    if (!registry_alias(registry, model, alias, &was))
        return mlp_fail(err, MLP_INVALID, "there is no such alias");
    mlp_status status = catalog_begin(registry->catalog, err);
    if (status != MLP_OK)
        return status;
    status = store_drop(registry, model, &was, author, err);
    status = catalog_end(registry->catalog, status, err);
    if (status != MLP_OK)
        return status;
    shared_lock_change(&registry->lock);
    struct model *of = model_find(&registry->list, model);
    alias_remove(of, alias_find(of, alias));
    struct snapshot *released = put_to_sleep(of, was.version);
    shared_lock_change_end(&registry->lock);
    snapshot_release(released);
    return MLP_OK;
}

/* --- with its version ----------------------------------------------------- */

mlp_status registry_store_orphans(struct registry *registry,
                                  const char *name,
                                  uint32_t number,
                                  const struct audit_author *author,
                                  mlp_error *err)
{
    /* The loop alone changes aliases, so that it may read them unlocked. */
    const struct model *model = model_find(&registry->list, name);
    mlp_status status = MLP_OK;

    for (size_t i = 0; i < model->n_aliases && status == MLP_OK; i++)
        if (model->aliases[i].version == number)
            status =
                store_drop(registry, name, &model->aliases[i], author, err);
    return status;
}

void registry_take_orphans(struct model *model, uint32_t number)
{
    for (size_t i = model->n_aliases; i-- > 0;)
        if (model->aliases[i].version == number)
            alias_remove(model, &model->aliases[i]);
}

/* --- the start ------------------------------------------------------------ */

struct loading {
    struct registry *registry;
    bool lost; /* no memory */
};

static void load_alias(void *context, const struct catalog_alias *row)
{
    struct loading *loading = context;
    struct model_list *list = &loading->registry->list;
    struct model_alias alias = {.version = row->version,
                                .previous = row->previous,
                                .changed_ms = row->changed_ms};

    (void)snprintf(alias.name, sizeof alias.name, "%s", row->alias);
    struct model *model = model_with_alias_room(list, row->model);
    if (model == NULL) {
        loading->lost = true;
        return;
    }
    alias_insert(model, &alias);
    if (alias.version == 0 || version_find(model, alias.version) == NULL)
        log_event(LOG_ERROR, "alias_of_nothing",
                  LOG_TEXT_FIELD("model", row->model),
                  LOG_TEXT_FIELD("alias", row->alias),
                  LOG_INT("version", row->version));
}

mlp_status registry_load_aliases(struct registry *registry, mlp_error *err)
{
    struct loading loading = {registry, false};
    mlp_status status =
        catalog_each_alias(registry->catalog, load_alias, &loading, err);

    if (status == MLP_OK && loading.lost)
        status = mlp_fail(err, MLP_NOMEM, "models: out of memory");
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * Looking at what the registry has. Nothing here changes, wakes or lends
 * anything. */
#include "store/registry_inner.h"

uint32_t registry_highest(struct registry *registry, const char *name)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    const struct model *model = model_find(&registry->list, name);
    uint32_t highest = model ? model->highest : 0;
    shared_lock_read_end(held);
    return highest;
}

uint32_t registry_latest(struct registry *registry, const char *name)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    const struct version *latest =
        version_find(model_find(&registry->list, name), 0);
    uint32_t number = latest ? latest->live.version : 0;
    shared_lock_read_end(held);
    return number;
}

bool registry_has(struct registry *registry, const char *name, uint32_t version)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    bool has = version != 0 &&
               version_find(model_find(&registry->list, name), version) != NULL;
    shared_lock_read_end(held);
    return has;
}

void registry_each(struct registry *registry,
                   void (*each)(void *context,
                                const struct live_model *model,
                                bool latest),
                   void *context)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    for (size_t m = 0; m < registry->list.n; m++) {
        const struct model *model = registry->list.models[m];
        for (size_t i = 0; i < model->n; i++)
            each(context, &model->versions[i].live, i == model->n - 1);
    }
    shared_lock_read_end(held);
}

void registry_count(struct registry *registry,
                    size_t *n_models,
                    size_t *n_versions)
{
    pthread_mutex_t *held = shared_lock_read(&registry->lock);
    model_list_count(&registry->list, n_models, n_versions);
    shared_lock_read_end(held);
}

uint64_t registry_awake_bytes(const struct registry *registry)
{
    return atomic_load(&registry->awake_bytes);
}

uint64_t registry_max_bytes(const struct registry *registry)
{
    return registry->max_bytes;
}

size_t registry_n_quarantined(const struct registry *registry)
{
    return atomic_load(&registry->n_quarantined);
}

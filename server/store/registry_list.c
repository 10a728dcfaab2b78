/* SPDX-License-Identifier: MIT
 *
 * Sorted arrays, looked up by bisection. */
#include "store/registry_list.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 4 };

void model_list_free(struct model_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->models[i]->versions);
        free(list->models[i]->aliases);
        free(list->models[i]);
    }
    free(list->models);
    *list = (struct model_list){NULL, 0, 0};
}

void model_list_count(const struct model_list *list,
                      size_t *n_models,
                      size_t *n_versions)
{
    *n_models = *n_versions = 0;
    for (size_t i = 0; i < list->n; i++) {
        *n_models += list->models[i]->n > 0;
        *n_versions += list->models[i]->n;
    }
}

/* Where `name` is, or belongs. */
static size_t model_place(const struct model_list *list, const char *name)
{
    size_t low = 0, high = list->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(list->models[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct model *model_find(const struct model_list *list, const char *name)
{
    size_t i = model_place(list, name);

    if (i == list->n || strcmp(list->models[i]->name, name) != 0)
        return NULL;
    return list->models[i];
}

/* Where `number` is, or belongs. */
static size_t version_place(const struct model *model, uint32_t number)
{
    size_t low = 0, high = model->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (model->versions[middle].live.version < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct version *version_find(const struct model *model, uint32_t number)
{
    if (model == NULL || model->n == 0)
        return NULL;
    if (number == 0)
        return &model->versions[model->n - 1];
    size_t i = version_place(model, number);
    if (i == model->n || model->versions[i].live.version != number)
        return NULL;
    return &model->versions[i];
}

/* items with room for one more of them; NULL: no memory, and items stay. */
static void *with_room(void *items, size_t n, size_t *capacity, size_t size)
{
    size_t wanted = n ? 2 * n : FIRST_CAPACITY;

    if (n < *capacity)
        return items;
    void *grown = reallocarray(items, wanted, size);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static struct model *model_insert(struct model_list *list, const char *name)
{
    size_t i = model_place(list, name);
    struct model **models = with_room(list->models, list->n, &list->capacity,
                                      sizeof(struct model *));

    if (models == NULL)
        return NULL;
    list->models = models;
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL)
        return NULL;
    snprintf(model->name, sizeof model->name, "%s", name);
    memmove(models + i + 1, models + i, (list->n - i) * sizeof(struct model *));
    models[i] = model;
    list->n++;
    return model;
}

struct model *model_with_room(struct model_list *list, const char *name)
{
    struct model *model = model_find(list, name);

    if (model == NULL)
        model = model_insert(list, name);
    if (model == NULL)
        return NULL;
    struct version *versions = with_room(model->versions, model->n,
                                         &model->capacity, sizeof *versions);
    if (versions == NULL)
        return NULL;
    model->versions = versions;
    return model;
}

struct version *version_insert(struct model *model,
                               const struct live_model *live)
{
    size_t i = version_place(model, live->version);

    assert(model->n < model->capacity);
    memmove(model->versions + i + 1, model->versions + i,
            (model->n - i) * sizeof *model->versions);
    model->versions[i] = (struct version){.live = *live};
    model->n++;
    if (live->version > model->highest)
        model->highest = live->version;
    return &model->versions[i];
}

void version_remove(struct model *model, struct version *version)
{
    size_t i = (size_t)(version - model->versions);

    assert(i < model->n);
    model->n--;
    memmove(version, version + 1, (model->n - i) * sizeof *version);
}

/* --- aliases -------------------------------------------------------------- */

/* Where `name` is, or belongs: there are few. */
static size_t alias_place(const struct model *model, const char *name)
{
    size_t i = 0;

    while (i < model->n_aliases && strcmp(model->aliases[i].name, name) < 0)
        i++;
    return i;
}

struct model_alias *alias_find(const struct model *model, const char *name)
{
    if (model == NULL)
        return NULL;
    size_t i = alias_place(model, name);
    if (i == model->n_aliases || strcmp(model->aliases[i].name, name) != 0)
        return NULL;
    return &model->aliases[i];
}

const struct model_alias *alias_of(const struct model *model, uint32_t version)
{
    for (size_t i = 0; model != NULL && i < model->n_aliases; i++)
        if (model->aliases[i].version == version)
            return &model->aliases[i];
    return NULL;
}

struct model *model_with_alias_room(struct model_list *list, const char *name)
{
    struct model *model = model_find(list, name);

    if (model == NULL)
        model = model_insert(list, name);
    if (model == NULL)
        return NULL;
    struct model_alias *aliases =
        with_room(model->aliases, model->n_aliases, &model->aliases_capacity,
                  sizeof *aliases);
    if (aliases == NULL)
        return NULL;
    model->aliases = aliases;
    return model;
}

void alias_insert(struct model *model, const struct model_alias *alias)
{
    struct model_alias *found = alias_find(model, alias->name);

    if (found != NULL) {
        *found = *alias;
        return;
    }
    size_t i = alias_place(model, alias->name);
    assert(model->n_aliases < model->aliases_capacity);
    memmove(model->aliases + i + 1, model->aliases + i,
            (model->n_aliases - i) * sizeof *model->aliases);
    model->aliases[i] = *alias;
    model->n_aliases++;
}

void alias_remove(struct model *model, struct model_alias *alias)
{
    size_t i = (size_t)(alias - model->aliases);

    assert(i < model->n_aliases);
    model->n_aliases--;
    memmove(alias, alias + 1, (model->n_aliases - i) * sizeof *alias);
}

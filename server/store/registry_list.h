/* SPDX-License-Identifier: MIT
 *
 * The registry's sorted lists: models by name, each with its versions by
 * number. Inner header of the registry, which locks around every call. */
#ifndef MLPD_REGISTRY_LIST_H
#define MLPD_REGISTRY_LIST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/live_model.h"

struct snapshot;

struct version {
    struct live_model live; /* model NULL: asleep; sha256 "" until first read */
    /* Set by who only reads the list. */
    atomic_bool asked_for;     /* somebody borrowed it by its number */
    atomic_uint_fast64_t used; /* the registry's clock when last borrowed */
    struct snapshot *snapshot; /* held by the list; NULL: asleep */
};

struct model {
    char name[NAME_MAX_BYTES + 1];
    struct version *versions; /* ascending; may move with any change */
    size_t n, capacity;
    uint32_t highest; /* of any file that was ever seen, refused ones, too */
    struct model_alias *aliases; /* by name; may move with any change */
    size_t n_aliases, aliases_capacity;
};

/* All zero is an empty one. */
struct model_list {
    struct model **models; /* by name; a model is never taken off */
    size_t n, capacity;
};

/* Frees models and versions, not snapshots. */
void model_list_free(struct model_list *list);

/* Models that have a version, and versions. */
void model_list_count(const struct model_list *list,
                      size_t *n_models,
                      size_t *n_versions);

/* NULL when there is none. */
struct model *model_find(const struct model_list *list, const char *name);
/* number 0: the latest. */
struct version *version_find(const struct model *model, uint32_t number);

/* The model, made if new, with room for one more version. NULL: no memory. */
struct model *model_with_room(struct model_list *list, const char *name);
/* There is room, and no version of that number. Asleep at first. */
struct version *version_insert(struct model *model,
                               const struct live_model *live);
void version_remove(struct model *model, struct version *version);

/* NULL when there is none. */
struct model_alias *alias_find(const struct model *model, const char *name);
/* The first that names that version, or NULL. */
const struct model_alias *alias_of(const struct model *model, uint32_t version);
/* The model, made if new, with room for one more alias. NULL: no memory. */
struct model *model_with_alias_room(struct model_list *list, const char *name);
/* Where it is already it is replaced; there is room otherwise. */
void alias_insert(struct model *model, const struct model_alias *alias);
void alias_remove(struct model *model, struct model_alias *alias);

#endif

/* SPDX-License-Identifier: MIT */
#include "handlers/v2_versions.h"

#include <stdlib.h>
#include <string.h>

static void
add_version(void *context, const struct live_model *model, bool latest)
{
    struct v2_versions *list = context;
    if (list->failed ||
        (list->only != NULL && strcmp(list->only, model->name) != 0))
        return;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity * 2 + 16;
        struct v2_version *items =
            reallocarray(list->items, capacity, sizeof *items);
        list->failed = items == NULL;
        if (list->failed)
            return;
        list->items = items;
        list->capacity = capacity;
    }
    struct v2_version *item = &list->items[list->n++];
    memcpy(item->name, model->name, sizeof item->name);
    item->version = model->version;
    item->latest = latest;
}

bool v2_versions_collect(struct v2_versions *list,
                         struct app *app,
                         const char *only,
                         struct problem *problem)
{
    *list = (struct v2_versions){.only = only};
    registry_each(app->registry, add_version, list);
    if (!list->failed)
        return true;
    free(list->items);
    *list = (struct v2_versions){0};
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return false;
}

/* SPDX-License-Identifier: MIT
 *
 * Aliases in the catalog held against the files that they name. An alias whose
 * version is not there answers nobody: --repair deletes it, and says so in the
 * audit trail. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck_inner.h"
#include "store/catalog_aliases.h"
#include "store/catalog_audit.h"
#include "store/model_files.h"

enum { PROBLEM_BYTES = 192 };

struct named {
    char model[NAME_MAX_BYTES + 1], alias[ALIAS_MAX_BYTES + 1];
    uint32_t version;
};

struct aliases {
    struct fsck *fsck;
    struct named *items;
    size_t n, capacity;
};

static void add_alias(void *context, const struct catalog_alias *row)
{
    struct aliases *list = context;

    if (list->n == list->capacity) {
        size_t capacity = 2 * list->capacity + 16;
        struct named *items =
            reallocarray(list->items, capacity, sizeof *items);
        if (items == NULL) {
            list->fsck->no_memory = true;
            return;
        }
        list->items = items;
        list->capacity = capacity;
    }
    struct named *item = &list->items[list->n++];
    *item = (struct named){.version = row->version};
    (void)snprintf(item->model, sizeof item->model, "%s", row->model);
    (void)snprintf(item->alias, sizeof item->alias, "%s", row->alias);
}

static bool is_there(const struct named *alias, int models_fd)
{
    struct model_facts facts;
    mlp_error err;

    return alias->version != 0 && models_fd >= 0 &&
           model_file_stat(models_fd, alias->model, alias->version, &facts,
                           &err) == MLP_OK;
}

static mlp_status drop(const struct fsck *fsck, const struct named *alias)
{
    const struct catalog_audit row = {.model = alias->model,
                                      .alias = alias->alias,
                                      .from = alias->version,
                                      .detail = "fsck: it named no version"};
    mlp_error err;
    mlp_status status = catalog_begin(fsck->catalog, &err);

    if (status != MLP_OK)
        return status;
    status =
        catalog_delete_alias(fsck->catalog, alias->model, alias->alias, &err);
    if (status == MLP_OK)
        status = catalog_put_audit(fsck->catalog, AUDIT_ALIAS_DELETE, NULL,
                                   &row, &err);
    return catalog_end(fsck->catalog, status, &err);
}

static void report(struct fsck *fsck, const struct named *alias)
{
    char problem[PROBLEM_BYTES];
    mlp_status status = MLP_OK;

    if (fsck_repairs(fsck))
        status = drop(fsck, alias);
    (void)snprintf(problem, sizeof problem,
                   "the alias '%s' of model '%s' names version %" PRIu32
                   ", which is not there",
                   alias->alias, alias->model, alias->version);
    fsck_found(fsck, "mlpd.db", problem, fsck_repairs(fsck) ? "deleted" : NULL,
               status);
}

void fsck_aliases(struct fsck *fsck)
{
    struct aliases list = {.fsck = fsck};
    mlp_error err = {.text = ""};

    if (fsck->catalog == NULL)
        return;
    if (catalog_each_alias(fsck->catalog, add_alias, &list, &err) != MLP_OK)
        fsck_found(fsck, "mlpd.db", err.text, NULL, MLP_IO);
    int fd = openat(fsck->data_fd, "models",
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    for (size_t i = 0; i < list.n; i++)
        if (!is_there(&list.items[i], fd))
            report(fsck, &list.items[i]);
    if (fd >= 0)
        close(fd);
    free(list.items);
}

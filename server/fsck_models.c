/* SPDX-License-Identifier: MIT
 *
 * Model files held against their rows in the catalog. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fsck_inner.h"
#include "store/catalog_audit.h"
#include "store/model_files.h"
#include "store/quarantine.h"

enum { PATH_BYTES = 256 };

struct row {
    char model[NAME_MAX_BYTES + 1];
    uint32_t version;
    char sha256[BLOB_SHA256_TEXT];
    bool removed;
    bool expected; /* there must be a file */
};

struct walk {
    struct fsck *fsck;
    struct row *rows;
    size_t n, capacity;
    int models_fd;
    const char *model; /* whose folder is walked */
};

/* --- rows ----------------------------------------------------------------- */

static void add_row(void *context, const struct catalog_model_file *file)
{
    struct walk *walk = context;

    if (walk->n == walk->capacity) {
        size_t capacity = 2 * walk->capacity + 64;
        struct row *rows = reallocarray(walk->rows, capacity, sizeof *rows);
        if (rows == NULL) {
            walk->fsck->no_memory = true;
            return;
        }
        walk->rows = rows;
        walk->capacity = capacity;
    }
    struct row *row = &walk->rows[walk->n++];
    *row = (struct row){.version = file->version,
                        .removed = file->removed,
                        .expected = !file->removed};
    (void)snprintf(row->model, sizeof row->model, "%s", file->model);
    (void)snprintf(row->sha256, sizeof row->sha256, "%s", file->sha256);
}

static struct row *
find_row(const struct walk *walk, const char *model, uint32_t version)
{
    for (size_t i = 0; i < walk->n; i++)
        if (walk->rows[i].version == version &&
            strcmp(walk->rows[i].model, model) == 0)
            return &walk->rows[i];
    return NULL;
}

/* A job that was killed has taken a version, and not yet named its file. */
static void note_job(void *context, const struct catalog_job *job)
{
    struct walk *walk = context;
    bool open =
        strcmp(job->state, "queued") == 0 || strcmp(job->state, "running") == 0;
    struct row *row = open && job->reserved != 0
                          ? find_row(walk, job->model, job->reserved)
                          : NULL;

    if (row != NULL)
        row->expected = false;
}

static void read_rows(struct walk *walk)
{
    struct catalog *catalog = walk->fsck->catalog;
    mlp_error err = {.text = ""};

    if (catalog == NULL)
        return;
    if (catalog_each_model_file(catalog, add_row, walk, &err) != MLP_OK ||
        catalog_each_job(catalog, note_job, walk, &err) != MLP_OK)
        fsck_found(walk->fsck, "mlpd.db", err.text, NULL, MLP_IO);
}

/* --- files ---------------------------------------------------------------- */

static mlp_status
forget(const struct walk *walk, const char *model, uint32_t version)
{
    return catalog_lose_model_file(walk->fsck->catalog, model, version, NULL);
}

static void take_away(struct walk *walk,
                      const struct fsck_place *place,
                      uint32_t version,
                      const char *reason)
{
    char label[QUARANTINE_NAME];

    (void)snprintf(label, sizeof label, "%.64s-%.64s", walk->model,
                   place->name);
    fsck_corrupt(walk->fsck, place, label, reason);
    if (fsck_repairs(walk->fsck))
        (void)forget(walk, walk->model, version);
}

/* One that nobody had recorded is from now on. */
static void record(const struct walk *walk,
                   uint32_t version,
                   const struct model_facts *facts)
{
    const struct catalog_model_file file = {.model = walk->model,
                                            .version = version,
                                            .sha256 = facts->sha256,
                                            .size = facts->size};
    mlp_error err;

    if (fsck_repairs(walk->fsck) &&
        catalog_put_model_file(walk->fsck->catalog, &file, &err) != MLP_OK)
        fsck_found(walk->fsck, "mlpd.db", err.text, NULL, MLP_IO);
}

static void
check_file(struct walk *walk, const struct fsck_place *place, uint32_t version)
{
    struct row *row = find_row(walk, walk->model, version);
    struct model_facts facts;
    mlp_model *model;
    mlp_error err;

    if (row != NULL && row->removed) {
        fsck_orphan(walk->fsck, place);
        return;
    }
    mlp_status status =
        model_file_read(walk->models_fd, walk->model, version,
                        row != NULL ? row->sha256 : "", &facts, &model, &err);
    mlp_model_destroy(model);
    if (row != NULL)
        row->expected = false;
    if (status != MLP_OK)
        take_away(walk, place, version, err.text);
    else if (row == NULL)
        record(walk, version, &facts);
}

static void look_at_file(void *context, const struct fsck_place *place)
{
    struct walk *walk = context;
    uint32_t version;

    if (fsck_is_temporary(place->name))
        fsck_orphan(walk->fsck, place);
    else if (model_file_parse(place->name, &version))
        check_file(walk, place, version);
}

static void look_at_model(void *context, const struct fsck_place *place)
{
    struct walk *walk = context;
    char folder[PATH_BYTES];

    if (!name_is_valid(place->name))
        return; /* not ours: the daemon leaves it alone, too */
    (void)snprintf(folder, sizeof folder, "%s/%s", place->folder, place->name);
    walk->models_fd = place->folder_fd;
    walk->model = place->name;
    fsck_walk(walk->fsck, folder, look_at_file, walk);
}

static void report_missing(struct walk *walk)
{
    for (size_t i = 0; i < walk->n; i++) {
        const struct row *row = &walk->rows[i];
        char path[PATH_BYTES];
        mlp_status status = MLP_OK;
        if (!row->expected)
            continue;
        if (fsck_repairs(walk->fsck))
            status = forget(walk, row->model, row->version);
        (void)snprintf(path, sizeof path, "models/%s/%" PRIu32 ".safetensors",
                       row->model, row->version);
        fsck_found(walk->fsck, path, "it is missing",
                   fsck_repairs(walk->fsck) ? "forgotten" : NULL, status);
    }
}

void fsck_models(struct fsck *fsck)
{
    struct walk walk = {.fsck = fsck};

    read_rows(&walk);
    fsck_walk(fsck, "models", look_at_model, &walk);
    report_missing(&walk);
    free(walk.rows);
}

/* SPDX-License-Identifier: MIT
 *
 * Names made and read, and the folder walked. */
#include "training/checkpoints.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telemetry/log.h"

enum { GENERATIONS_KEPT = 2, NAME_TEXT = 128 };

/* --- names ---------------------------------------------------------------- */

static void write_name(const struct checkpoint *checkpoint, char out[NAME_TEXT])
{
    (void)snprintf(out, NAME_TEXT, "%" PRId64 "-%" PRIu64 "-%s.ckpt",
                   checkpoint->job, checkpoint->generation, checkpoint->sha256);
}

/* A name is one of ours if it is what we would write. */
static bool read_name(const char *name, struct checkpoint *out)
{
    char again[NAME_TEXT];
    char *end;

    out->job = strtoll(name, &end, 10);
    if (*end != '-')
        return false;
    out->generation = strtoull(end + 1, &end, 10);
    if (*end != '-' || strlen(end + 1) < BLOB_SHA256_TEXT - 1)
        return false;
    memcpy(out->sha256, end + 1, BLOB_SHA256_TEXT - 1);
    out->sha256[BLOB_SHA256_TEXT - 1] = '\0';
    write_name(out, again);
    return strspn(out->sha256, "0123456789abcdef") == BLOB_SHA256_TEXT - 1 &&
           strcmp(name, again) == 0;
}

static char *path_of(const char *folder, const struct checkpoint *checkpoint)
{
    char name[NAME_TEXT];
    char *path;

    write_name(checkpoint, name);
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* --- the folder ----------------------------------------------------------- */

static void each(const char *folder,
                 void (*function)(void *context, const struct checkpoint *),
                 void *context)
{
    DIR *stream = opendir(folder);
    struct checkpoint found;

    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (read_name(entry->d_name, &found))
            function(context, &found);
    closedir(stream);
}

struct list {
    int64_t job;
    struct checkpoint *items; /* [CHECKPOINTS_MAX], newest first */
    size_t n;
};

static void insert(void *context, const struct checkpoint *found)
{
    struct list *list = context;
    size_t at = 0;

    if (found->job != list->job)
        return;
    while (at < list->n && list->items[at].generation > found->generation)
        at++;
    if (at == CHECKPOINTS_MAX)
        return;
    if (list->n < CHECKPOINTS_MAX)
        list->n++;
    memmove(list->items + at + 1, list->items + at,
            (list->n - at - 1) * sizeof *list->items);
    list->items[at] = *found;
}

size_t checkpoints_of(const char *folder,
                      int64_t job,
                      struct checkpoint out[CHECKPOINTS_MAX])
{
    struct list list = {.job = job, .items = out};

    each(folder, insert, &list);
    return list.n;
}

mlp_status checkpoints_read(const char *folder,
                            const struct checkpoint *checkpoint,
                            char **out,
                            size_t *length,
                            mlp_error *err)
{
    char sha256[BLOB_SHA256_TEXT];
    char *path = path_of(folder, checkpoint);

    *out = NULL;
    if (path == NULL)
        return mlp_fail(err, MLP_NOMEM, "checkpoint: out of memory");
    mlp_status status = blob_read_file(path, SIZE_MAX - 1, out, length, err);
    free(path);
    if (status != MLP_OK)
        return status;
    blob_sha256(*out, *length, sha256);
    if (strcmp(sha256, checkpoint->sha256) == 0)
        return MLP_OK;
    free(*out);
    *out = NULL;
    return mlp_fail(err, MLP_FORMAT,
                    "checkpoint: its %zu bytes are not those of its sha256",
                    *length);
}

/* --- changes -------------------------------------------------------------- */

void checkpoints_remove(const char *folder, const struct checkpoint *checkpoint)
{
    char *path = path_of(folder, checkpoint);

    if (path != NULL && unlink(path) != 0 && errno != ENOENT)
        log_event(LOG_WARN, "checkpoint_not_removed",
                  LOG_INT("job", checkpoint->job),
                  LOG_INT("generation", checkpoint->generation),
                  LOG_TEXT_FIELD("reason", strerror(errno)));
    free(path);
}

struct prune {
    const char *folder;
    int64_t job;
    uint64_t below;
};

static void prune_one(void *context, const struct checkpoint *found)
{
    const struct prune *prune = context;

    if (found->job == prune->job && found->generation < prune->below)
        checkpoints_remove(prune->folder, found);
}

void checkpoints_remove_all(const char *folder, int64_t job)
{
    struct prune prune = {folder, job, UINT64_MAX};

    each(folder, prune_one, &prune);
}

static void remove_old(const char *folder, int64_t job)
{
    struct checkpoint list[CHECKPOINTS_MAX];
    struct prune prune = {.folder = folder, .job = job};

    if (checkpoints_of(folder, job, list) < GENERATIONS_KEPT)
        return;
    prune.below = list[GENERATIONS_KEPT - 1].generation;
    each(folder, prune_one, &prune);
}

mlp_status checkpoints_commit(const char *folder,
                              int64_t job,
                              uint64_t generation,
                              struct blob *blob,
                              mlp_error *err)
{
    struct checkpoint checkpoint = {.job = job, .generation = generation};
    char name[NAME_TEXT];
    mlp_status status = blob_sync(blob, checkpoint.sha256, err);

    if (status == MLP_OK) {
        write_name(&checkpoint, name);
        status = blob_commit(blob, name, err);
    }
    if (status == MLP_OK)
        remove_old(folder, job);
    else
        blob_abort(blob);
    return status;
}

struct sweep {
    const char *folder;
    bool (*is_wanted)(void *context, int64_t job);
    void *context;
};

static void sweep_one(void *context, const struct checkpoint *found)
{
    const struct sweep *sweep = context;

    if (!sweep->is_wanted(sweep->context, found->job))
        checkpoints_remove(sweep->folder, found);
}

void checkpoints_sweep(const char *folder,
                       bool (*is_wanted)(void *context, int64_t job),
                       void *context)
{
    struct sweep sweep = {folder, is_wanted, context};

    each(folder, sweep_one, &sweep);
    blob_sweep(folder);
}

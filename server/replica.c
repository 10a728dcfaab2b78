/* SPDX-License-Identifier: MIT
 *
 * When to look at the model folder: at the start; when the kernel says that it
 * has changed, a moment later, since changes come in swarms; and every few
 * seconds, since on network file systems the kernel says nothing. The look
 * itself is the pool's.
 *
 *   IDLE --on_change--> SOON --on_soon--> LOOKING --on_looked--> IDLE or SOON
 */
#include "replica.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/loop.h"
#include "store/names.h"
#include "store/registry_follow.h"
#include "telemetry/log.h"

enum {
    SOON_MS = 200,
    EVERY_MS = 10000,
    WATCHES_MAX = 64, /* folders; those beyond are seen every EVERY_MS */
    PATH_BYTES = 4096,
};

/* All of it is the loop's, but err and status while the pool looks. */
struct replica {
    struct loop *loop;
    struct registry *registry;
    const char *folder;
    bool soon, looking, changed; /* changed: while it was looked at */
    mlp_status status;           /* of the last look */
    mlp_error err;
    struct loop_watch *watches[WATCHES_MAX];
    size_t n_watches;
};

static void come_soon(void *argument);

/* --- watching ------------------------------------------------------------- */

static void watch(struct replica *replica, const char *path)
{
    mlp_error err;
    /* A file, or none any more; or the kernel has no watch left. */
    if (replica->n_watches < WATCHES_MAX &&
        loop_watch_start(replica->loop, path, come_soon, replica,
                         &replica->watches[replica->n_watches], &err) == MLP_OK)
        replica->n_watches++;
}

/* Anew before each look: folders, and links to them, come and go. */
static void watch_all(struct replica *replica)
{
    char path[PATH_BYTES];
    struct dirent *entry;
    while (replica->n_watches > 0)
        loop_watch_stop(replica->watches[--replica->n_watches]);
    watch(replica, replica->folder);
    DIR *stream = opendir(replica->folder);
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        int n = snprintf(path, sizeof path, "%s/%s", replica->folder,
                         entry->d_name);
        if (entry->d_name[0] != '.' && entry->d_type != DT_REG && n > 0 &&
            (size_t)n < sizeof path)
            watch(replica, path);
    }
    if (stream != NULL)
        closedir(stream);
}

/* --- looking -------------------------------------------------------------- */

static void look(void *argument) /* Threads: pool */
{
    struct replica *replica = argument;
    replica->status = registry_follow(replica->registry, &replica->err);
}

static void on_looked(void *argument)
{
    struct replica *replica = argument;
    replica->looking = false;
    if (replica->status != MLP_OK)
        log_event(LOG_ERROR, "model_folder_unread",
                  LOG_TEXT_FIELD("reason", replica->err.text));
    if (replica->changed)
        come_soon(replica);
}

static void on_soon(void *argument)
{
    struct replica *replica = argument;
    mlp_error err;
    replica->soon = replica->changed = false;
    watch_all(replica);
    replica->looking =
        loop_work(replica->loop, look, on_looked, replica, &err) == MLP_OK;
}

static void come_soon(void *argument)
{
    struct replica *replica = argument;
    replica->changed = replica->changed || replica->looking;
    if (replica->soon || replica->looking)
        return;
    replica->soon =
        loop_timer_start(replica->loop, SOON_MS, 0, on_soon, replica) != NULL;
}

/* --- outside -------------------------------------------------------------- */

static mlp_status
check(const char *folder, const char *model_name, mlp_error *err)
{
    if (model_name != NULL && !name_is_valid(model_name))
        return mlp_fail(err, MLP_INVALID, "--model-name: expected %s",
                        NAME_RULE);
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return mlp_fail(err, MLP_IO, "--model-dir '%.128s': cannot be opened",
                        folder);
    closedir(stream);
    return MLP_OK;
}

mlp_status replica_open(struct loop *loop,
                        const char *folder,
                        const char *model_name,
                        uint64_t max_bytes,
                        struct replica **out,
                        struct registry **registry,
                        mlp_error *err)
{
    struct replica *replica;
    mlp_status status = check(folder, model_name, err);
    *out = NULL;
    *registry = NULL;
    if (status == MLP_OK)
        status = registry_create_follower(folder, model_name, max_bytes,
                                          registry, err);
    if (status != MLP_OK)
        return status;
    replica = calloc(1, sizeof *replica);
    if (replica == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory"); /* caller destroys */
    replica->loop = loop;
    replica->registry = *registry;
    replica->folder = folder;
    *out = replica;
    return MLP_OK;
}

mlp_status replica_start(struct replica *replica, mlp_error *err)
{
    struct loop *loop = replica->loop;
    if (loop_timer_start(loop, 0, 0, on_soon, replica) == NULL ||
        loop_timer_start(loop, EVERY_MS, EVERY_MS, come_soon, replica) == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    return MLP_OK;
}

void replica_close(struct replica *replica)
{
    free(replica);
}

/* SPDX-License-Identifier: MIT
 *
 * Data sets and the tables of jobs: files that are named by what they hash to,
 * and the rows that mean them. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fsck_inner.h"
#include "handlers/dataset_json.h"
#include "store/quarantine.h"

enum { PATH_BYTES = 256, RECOVERED_DIGITS = 12 };

/* Somebody needs the file named sha256. */
struct need {
    char sha256[BLOB_SHA256_TEXT];
    char name[NAME_MAX_BYTES + 1]; /* the data set's */
    int64_t job;                   /* or the job's */
    bool there;
};

struct walk {
    struct fsck *fsck;
    struct need *needs;
    size_t n, capacity;
};

static struct need *add_need(struct walk *walk, const char *sha256)
{
    if (walk->n == walk->capacity) {
        size_t capacity = 2 * walk->capacity + 64;
        struct need *needs = reallocarray(walk->needs, capacity, sizeof *needs);
        if (needs == NULL) {
            walk->fsck->no_memory = true;
            return NULL;
        }
        walk->needs = needs;
        walk->capacity = capacity;
    }
    struct need *need = &walk->needs[walk->n++];
    *need = (struct need){.job = 0};
    (void)snprintf(need->sha256, sizeof need->sha256, "%s", sha256);
    return need;
}

/* Equal content is one file for many. */
static bool mark(struct walk *walk, const char *sha256, bool there)
{
    bool needed = false;

    for (size_t i = 0; i < walk->n; i++)
        if (strcmp(walk->needs[i].sha256, sha256) == 0) {
            walk->needs[i].there = there;
            needed = true;
        }
    return needed;
}

/* True: it is whole. What is not is taken away. */
static bool check_file(struct walk *walk, const struct fsck_place *place)
{
    char label[QUARANTINE_NAME];
    mlp_error err;

    if (fsck_check_name(place, &err) == MLP_OK)
        return true;
    (void)snprintf(label, sizeof label, "%.64s-%.64s", place->folder,
                   place->name);
    fsck_corrupt(walk->fsck, place, label, err.text);
    return false;
}

/* --- data sets ------------------------------------------------------------ */

static void need_dataset(void *context, const struct catalog_dataset *dataset)
{
    struct need *need = add_need(context, dataset->sha256);

    if (need != NULL)
        (void)snprintf(need->name, sizeof need->name, "%s", dataset->name);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the file is and what is in it, free() it. NULL: no table. */
static char *describe(FILE *file, mlp_file_format *format, uint64_t *size)
{
    unsigned char magic[16];
    const mlp_read_options options = {.max_cells = 0};
    mlp_table *table;
    char *description = NULL;

    *format = mlp_file_format_sniff(magic, fread(magic, 1, sizeof magic, file));
    if (mlp_table_read_file(file, *format, &options, &table, NULL) == MLP_OK) {
        description = dataset_describe(table, &options);
        mlp_table_destroy(table);
    }
    (void)fseek(file, 0, SEEK_END);
    *size = (uint64_t)ftell(file);
    return description;
}

/* The catalog that knew its name is lost: it gets another. */
static mlp_status
adopt_file(struct fsck *fsck, const struct fsck_place *place, FILE *file)
{
    char name[NAME_MAX_BYTES + 1];
    mlp_file_format format;
    struct catalog_dataset row = {
        .name = name, .sha256 = place->name, .created_ms = now_ms()};
    char *description = describe(file, &format, &row.size);

    if (description == NULL)
        return MLP_FORMAT;
    (void)snprintf(name, sizeof name, "recovered-%.*s", RECOVERED_DIGITS,
                   place->name);
    row.format = mlp_file_format_name(format);
    row.description = description;
    mlp_status status = catalog_put_dataset(fsck->catalog, &row, NULL);
    free(description);
    return status;
}

static void adopt(struct fsck *fsck, const struct fsck_place *place)
{
    char label[QUARANTINE_NAME];
    int fd = openat(place->folder_fd, place->name,
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");

    if (file == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    mlp_status status = adopt_file(fsck, place, file);
    (void)fclose(file);
    (void)snprintf(label, sizeof label, "%.64s-%.64s", place->folder,
                   place->name);
    if (status != MLP_OK)
        fsck_corrupt(fsck, place, label, "it cannot be read as a data set");
}

static void look_at_dataset(void *context, const struct fsck_place *place)
{
    struct walk *walk = context;
    struct fsck *fsck = walk->fsck;

    if (fsck_is_temporary(place->name)) {
        fsck_orphan(fsck, place);
        return;
    }
    if (!fsck_is_sha256(place->name) || !check_file(walk, place))
        return;
    if (mark(walk, place->name, true) || fsck->catalog == NULL)
        return;
    if (fsck->rebuilt)
        adopt(fsck, place);
    else
        fsck_orphan(fsck, place);
}

static void drop_dataset(struct fsck *fsck, const char *name)
{
    char path[PATH_BYTES];
    mlp_status status = MLP_OK;

    if (fsck_repairs(fsck))
        status = catalog_delete_dataset(fsck->catalog, name, NULL);
    (void)snprintf(path, sizeof path, "data set %s", name);
    fsck_found(fsck, path, "its file is missing or corrupt",
               fsck_repairs(fsck) ? "forgotten" : NULL, status);
}

void fsck_datasets(struct fsck *fsck)
{
    struct walk walk = {.fsck = fsck};
    mlp_error err;

    if (fsck->catalog != NULL &&
        catalog_each_dataset(fsck->catalog, need_dataset, &walk, &err) !=
            MLP_OK)
        fsck_found(fsck, "mlpd.db", err.text, NULL, MLP_IO);
    fsck_walk(fsck, "datasets", look_at_dataset, &walk);
    for (size_t i = 0; i < walk.n; i++)
        if (!walk.needs[i].there)
            drop_dataset(fsck, walk.needs[i].name);
    free(walk.needs);
}

/* --- tables --------------------------------------------------------------- */

static bool is_open(const struct catalog_job *job)
{
    return strcmp(job->state, "queued") == 0 ||
           strcmp(job->state, "running") == 0;
}

static void need_table(void *context, const struct catalog_job *job)
{
    if (!is_open(job) || job->table == NULL)
        return;
    struct need *need = add_need(context, job->table);
    if (need != NULL)
        need->job = job->id;
}

static void look_at_table(void *context, const struct fsck_place *place)
{
    struct walk *walk = context;
    bool orphan = fsck_is_temporary(place->name);

    if (fsck_is_sha256(place->name) && check_file(walk, place))
        orphan = !mark(walk, place->name, true) && walk->fsck->catalog != NULL;
    if (orphan)
        fsck_orphan(walk->fsck, place);
}

/* The job cannot run any more. */
static mlp_status fail_job(struct fsck *fsck, int64_t id)
{
    const struct catalog_job job = {
        .id = id,
        .state = "failed",
        .error = "{\"reason\":\"corrupt\",\"detail\":\"the job's data was "
                 "lost or damaged on disk\"}",
        .finished_ms = now_ms()};

    return catalog_update_job(fsck->catalog, &job, NULL);
}

static void drop_job(struct fsck *fsck, int64_t id)
{
    char path[PATH_BYTES];
    mlp_status status = MLP_OK;

    if (fsck_repairs(fsck))
        status = fail_job(fsck, id);
    (void)snprintf(path, sizeof path, "job %lld", (long long)id);
    fsck_found(fsck, path, "its table is missing or corrupt",
               fsck_repairs(fsck) ? "the job has failed" : NULL, status);
}

void fsck_tables(struct fsck *fsck)
{
    struct walk walk = {.fsck = fsck};
    mlp_error err;

    if (fsck->catalog != NULL &&
        catalog_each_job(fsck->catalog, need_table, &walk, &err) != MLP_OK)
        fsck_found(fsck, "mlpd.db", err.text, NULL, MLP_IO);
    fsck_walk(fsck, "tables", look_at_table, &walk);
    for (size_t i = 0; i < walk.n; i++)
        if (!walk.needs[i].there)
            drop_job(fsck, walk.needs[i].job);
    free(walk.needs);
}

/* SPDX-License-Identifier: MIT
 *
 * The list of data sets in memory, as the catalog has it, and their files. A
 * file goes when the last name that means it goes; those who have it open keep
 * it. A file that no name means is what a kill left: the start removes it, and
 * leaves alone what is not named as ours are. */
#include "store/datasets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "telemetry/log.h"

struct entry {
    char name[NAME_MAX_BYTES + 1];
    char sha256[BLOB_SHA256_TEXT];
    char *description;
    mlp_file_format format;
    uint64_t size;
    int64_t created_ms;
};

struct datasets {
    char *folder;
    struct catalog *catalog;
    struct entry *entries; /* by name */
    size_t n, capacity;
};

/* --- the list ------------------------------------------------------------- */

/* Where `name` is, or where it would be. */
static size_t
position(const struct datasets *datasets, const char *name, bool *found)
{
    size_t low = 0, high = datasets->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(datasets->entries[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found =
        low < datasets->n && strcmp(datasets->entries[low].name, name) == 0;
    return low;
}

static bool reserve(struct datasets *datasets)
{
    if (datasets->n < datasets->capacity)
        return true;
    size_t capacity = datasets->capacity ? 2 * datasets->capacity : 16;
    struct entry *entries =
        reallocarray(datasets->entries, capacity, sizeof *entries);
    if (entries == NULL)
        return false;
    datasets->entries = entries;
    datasets->capacity = capacity;
    return true;
}

static void insert(struct datasets *datasets, size_t at, struct entry entry)
{
    struct entry *entries = datasets->entries;

    memmove(entries + at + 1, entries + at,
            (datasets->n - at) * sizeof *entries);
    entries[at] = entry;
    datasets->n++;
}

static bool in_use(const struct datasets *datasets, const char *sha256)
{
    for (size_t i = 0; i < datasets->n; i++)
        if (strcmp(datasets->entries[i].sha256, sha256) == 0)
            return true;
    return false;
}

static struct dataset_view view_of(const struct entry *entry)
{
    return (struct dataset_view){
        .name = entry->name,
        .format = entry->format,
        .sha256 = entry->sha256,
        .description = entry->description,
        .size = entry->size,
        .created_ms = entry->created_ms,
    };
}

/* false: no memory, or a text that does not fit. */
static bool make_entry(const struct catalog_dataset *row, struct entry *out)
{
    memset(out, 0, sizeof *out);
    if (strlen(row->name) >= sizeof out->name ||
        strlen(row->sha256) >= sizeof out->sha256 ||
        !mlp_file_format_parse(row->format, &out->format))
        return false;
    memcpy(out->name, row->name, strlen(row->name));
    memcpy(out->sha256, row->sha256, strlen(row->sha256));
    out->size = row->size;
    out->created_ms = row->created_ms;
    out->description = strdup(row->description);
    return out->description != NULL;
}

/* --- files ---------------------------------------------------------------- */

static char *file_path(const struct datasets *datasets, const char *sha256)
{
    char *path;

    return asprintf(&path, "%s/%s", datasets->folder, sha256) < 0 ? NULL : path;
}

static void drop_file(const struct datasets *datasets, const char *sha256)
{
    char *path = in_use(datasets, sha256) ? NULL : file_path(datasets, sha256);

    if (path != NULL && unlink(path) != 0 && errno != ENOENT)
        log_event(LOG_WARN, "dataset_file_not_removed",
                  LOG_TEXT_FIELD("file", sha256),
                  LOG_TEXT_FIELD("reason", strerror(errno)));
    free(path);
}

/* An equal file may be there already. The blob is consumed. */
static mlp_status name_file(struct datasets *datasets,
                            struct blob *blob,
                            const char *sha256,
                            mlp_error *err)
{
    char *path = file_path(datasets, sha256);

    if (path == NULL) {
        blob_abort(blob);
        return mlp_fail(err, MLP_NOMEM, "data set: out of memory");
    }
    bool exists = access(path, R_OK) == 0;
    free(path);
    mlp_status status = exists ? MLP_OK : blob_commit(blob, sha256, err);
    if (exists || status != MLP_OK)
        blob_abort(blob);
    return status;
}

/* --- outside -------------------------------------------------------------- */

struct loading {
    struct datasets *datasets;
    mlp_status status;
};

static void load_row(void *context, const struct catalog_dataset *row)
{
    struct loading *loading = context;
    struct datasets *datasets = loading->datasets;
    struct entry entry;
    bool found;
    size_t at = position(datasets, row->name, &found);

    if (reserve(datasets) && make_entry(row, &entry))
        insert(datasets, at, entry);
    else
        loading->status = MLP_NOMEM;
}

/* Is it named as a file of ours, and means nobody's data? */
static bool is_left_over(const struct datasets *datasets, const char *name)
{
    return strlen(name) == BLOB_SHA256_TEXT - 1 &&
           strspn(name, "0123456789abcdef") == BLOB_SHA256_TEXT - 1 &&
           !in_use(datasets, name);
}

static void sweep(const struct datasets *datasets)
{
    DIR *stream = opendir(datasets->folder);

    blob_sweep(datasets->folder);
    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (is_left_over(datasets, entry->d_name))
            drop_file(datasets, entry->d_name);
    closedir(stream);
}

static mlp_status
open_all(struct datasets *datasets, const char *data_folder, mlp_error *err)
{
    struct loading loading = {.datasets = datasets, .status = MLP_OK};

    if (asprintf(&datasets->folder, "%s/datasets", data_folder) < 0) {
        datasets->folder = NULL;
        return mlp_fail(err, MLP_NOMEM, "data sets: out of memory");
    }
    mlp_status status = blob_make_folder(datasets->folder, err);
    if (status != MLP_OK)
        return status;
    status = catalog_each_dataset(datasets->catalog, load_row, &loading, err);
    if (status == MLP_OK && loading.status != MLP_OK)
        return mlp_fail(err, loading.status,
                        "data sets: a row of the catalog cannot be kept");
    if (status == MLP_OK)
        sweep(datasets);
    return status;
}

mlp_status datasets_create(const char *data_folder,
                           struct catalog *catalog,
                           struct datasets **out,
                           mlp_error *err)
{
    struct datasets *datasets = calloc(1, sizeof *datasets);

    *out = NULL;
    if (datasets == NULL)
        return mlp_fail(err, MLP_NOMEM, "data sets: out of memory");
    datasets->catalog = catalog;
    mlp_status status = open_all(datasets, data_folder, err);
    if (status != MLP_OK)
        datasets_destroy(datasets);
    else
        *out = datasets;
    return status;
}

void datasets_destroy(struct datasets *datasets)
{
    if (datasets == NULL)
        return;
    for (size_t i = 0; i < datasets->n; i++)
        free(datasets->entries[i].description);
    free(datasets->entries);
    free(datasets->folder);
    free(datasets);
}

const char *datasets_folder(const struct datasets *datasets)
{
    return datasets->folder;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The entry takes the older one's place, if there was one. */
static void place(struct datasets *datasets, struct entry entry)
{
    bool found;
    size_t at = position(datasets, entry.name, &found);

    if (!found) {
        insert(datasets, at, entry);
        return;
    }
    struct entry old = datasets->entries[at];
    datasets->entries[at] = entry;
    drop_file(datasets, old.sha256);
    free(old.description);
}

mlp_status datasets_put(struct datasets *datasets,
                        const char *name,
                        mlp_file_format format,
                        struct blob *blob,
                        const char *sha256,
                        const char *description,
                        mlp_error *err)
{
    struct catalog_dataset row = {
        .name = name,
        .format = mlp_file_format_name(format),
        .sha256 = sha256,
        .description = description,
        .size = blob_size(blob),
        .created_ms = now_ms(),
    };
    struct entry entry;

    if (!reserve(datasets) || !make_entry(&row, &entry)) {
        blob_abort(blob);
        return mlp_fail(err, MLP_NOMEM, "data set %s: out of memory", name);
    }
    mlp_status status = name_file(datasets, blob, sha256, err);
    if (status == MLP_OK)
        status = catalog_put_dataset(datasets->catalog, &row, err);
    if (status != MLP_OK) {
        drop_file(datasets, sha256);
        free(entry.description);
        return status;
    }
    place(datasets, entry);
    return MLP_OK;
}

bool datasets_get(struct datasets *datasets,
                  const char *name,
                  struct dataset_view *out)
{
    bool found;
    size_t at = position(datasets, name, &found);

    if (found)
        *out = view_of(&datasets->entries[at]);
    return found;
}

void datasets_each(struct datasets *datasets,
                   void (*each)(void *context, const struct dataset_view *view),
                   void *context)
{
    for (size_t i = 0; i < datasets->n; i++) {
        struct dataset_view view = view_of(&datasets->entries[i]);
        each(context, &view);
    }
}

mlp_status
datasets_remove(struct datasets *datasets, const char *name, mlp_error *err)
{
    bool found;
    size_t at = position(datasets, name, &found);

    if (!found)
        return mlp_fail(err, MLP_INVALID, "there is no data set '%s'", name);
    mlp_status status = catalog_delete_dataset(datasets->catalog, name, err);
    if (status != MLP_OK)
        return status;
    struct entry old = datasets->entries[at];
    datasets->n--;
    memmove(datasets->entries + at, datasets->entries + at + 1,
            (datasets->n - at) * sizeof *datasets->entries);
    drop_file(datasets, old.sha256);
    free(old.description);
    return MLP_OK;
}

FILE *datasets_open(struct datasets *datasets,
                    const char *name,
                    mlp_file_format *format)
{
    bool found;
    size_t at = position(datasets, name, &found);
    char *path =
        found ? file_path(datasets, datasets->entries[at].sha256) : NULL;

    if (path == NULL)
        return NULL;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    free(path);
    if (fd < 0)
        return NULL;
    FILE *file = fdopen(fd, "rb");
    if (file == NULL)
        close(fd);
    *format = datasets->entries[at].format;
    return file;
}

/* SPDX-License-Identifier: MIT
 *
 * Each look at the folder begins at its path, since the folder itself may be a
 * link that has been changed meanwhile. */
#include "store/model_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/model_files.h"

#define SUFFIX     ".safetensors"
#define VERSION_OF "model" SUFFIX

static const char no_name[] =
    "expected NAME" SUFFIX ", NAME/VERSION" SUFFIX
    ", or with --model_name VERSION" SUFFIX ", VERSION/" VERSION_OF
    " or a single file; a name is " NAME_RULE;

struct files {
    struct model_folder_file *items;
    size_t n, capacity;
    int fd; /* the folder */
    const char *model_name;
    mlp_status status; /* what ended the listing */
};

static bool ends_in_suffix(const char *file_name)
{
    size_t n = strlen(file_name), n_suffix = sizeof SUFFIX - 1;

    return n > n_suffix && strcmp(file_name + n - n_suffix, SUFFIX) == 0;
}

static struct model_folder_file *add(struct files *files)
{
    if (files->n == MODEL_FOLDER_FILES_MAX) {
        files->status = MLP_LIMIT;
        return NULL;
    }
    if (files->n == files->capacity) {
        size_t capacity = 2 * files->capacity + 8;
        void *items =
            reallocarray(files->items, capacity, sizeof *files->items);
        if (items == NULL) {
            files->status = MLP_NOMEM;
            return NULL;
        }
        files->items = items;
        files->capacity = capacity;
    }
    return memset(&files->items[files->n++], 0, sizeof *files->items);
}

/* A file that ends like a model: `name` NULL is one that says of none. */
static void add_file(struct files *files,
                     const char *path,
                     const char *name,
                     uint32_t version)
{
    struct stat info;
    /* One that goes away right now is none. */
    if (fstatat(files->fd, path, &info, 0) != 0)
        return;
    struct model_folder_file *file = add(files);
    if (file == NULL)
        return;
    snprintf(file->path, sizeof file->path, "%s", path);
    file->stamp = (struct model_folder_stamp){
        info.st_dev, info.st_ino, info.st_size,
        (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec};
    if (name == NULL || !name_is_valid(name)) {
        file->trouble = no_name;
        return;
    }
    snprintf(file->name, sizeof file->name, "%s", name);
    file->version = version;
    if (!S_ISREG(info.st_mode))
        file->trouble = "not a regular file";
}

/* --- what the names say --------------------------------------------------- */

/* "3" as in "3.safetensors". */
static bool parse_version(const char *name, uint32_t *out)
{
    char file_name[MODEL_FILE_NAME];
    int n = snprintf(file_name, sizeof file_name, "%s" SUFFIX, name);

    return n < (int)sizeof file_name && model_file_parse(file_name, out);
}

static void
look_at_file(struct files *files, const char *file_name, bool is_only)
{
    const char *mine = files->model_name;
    char name[NAME_MAX + 1];
    uint32_t version;

    snprintf(name, sizeof name, "%.*s",
             (int)(strlen(file_name) - (sizeof SUFFIX - 1)), file_name);
    if (mine != NULL && model_file_parse(file_name, &version))
        add_file(files, file_name, mine, version);
    else if (mine == NULL || strcmp(name, mine) == 0)
        add_file(files, file_name, name, 1);
    else
        add_file(files, file_name, is_only ? mine : NULL, 1);
}

/* Call `each` for every name in a folder below the folder. */
static void
each_name(struct files *files,
          const char *path,
          void (*each)(struct files *files, const char *path, const char *name))
{
    int fd = openat(files->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        /* One below that went away has nothing in it; whatever else hides what
         * there is must not look as if all of it were removed. */
        if (errno != ENOENT && errno != ENOTDIR)
            files->status = MLP_IO;
        return;
    }
    for (errno = 0; files->status == MLP_OK && (entry = readdir(stream));
         errno = 0)
        if (entry->d_name[0] != '.')
            each(files, path, entry->d_name);
    if (files->status == MLP_OK && errno != 0)
        files->status = MLP_IO;
    closedir(stream);
}

static void
look_inside(struct files *files, const char *folder, const char *file_name)
{
    char path[MODEL_FOLDER_PATH];
    uint32_t version;

    snprintf(path, sizeof path, "%s/%s", folder, file_name);
    if (model_file_parse(file_name, &version))
        add_file(files, path, folder, version);
    else if (ends_in_suffix(file_name))
        add_file(files, path, NULL, 0);
}

static void look_at_folder(struct files *files, const char *folder)
{
    char path[MODEL_FOLDER_PATH];
    uint32_t version;

    if (files->model_name == NULL || !parse_version(folder, &version)) {
        each_name(files, folder, look_inside);
        return;
    }
    snprintf(path, sizeof path, "%s/" VERSION_OF, folder);
    add_file(files, path, files->model_name, version);
}

struct counting {
    struct files files; /* first: what each_name() hands on */
    size_t n_files;
};

static void count(struct files *files, const char *path, const char *name)
{
    (void)path;
    ((struct counting *)files)->n_files += ends_in_suffix(name);
}

static void look(struct files *files, const char *path, const char *name)
{
    struct stat info;

    (void)path;
    if (fstatat(files->fd, name, &info, 0) != 0)
        return;
    if (S_ISDIR(info.st_mode))
        look_at_folder(files, name);
    else if (ends_in_suffix(name))
        look_at_file(files, name,
                     ((const struct counting *)files)->n_files == 1);
}

/* --- outside -------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
    const struct model_folder_file *a = left, *b = right;
    int by_name = strcmp(a->name, b->name);

    if (by_name != 0)
        return by_name;
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    return strcmp(a->path, b->path);
}

static void refuse_doubles(struct model_folder_file *files, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (files[i].name[0] != '\0' &&
            strcmp(files[i].name, files[i - 1].name) == 0 &&
            files[i].version == files[i - 1].version)
            files[i].trouble = "another file is that version of that model";
}

mlp_status model_folder_list(const char *folder,
                             const char *model_name,
                             struct model_folder_file **out,
                             size_t *n,
                             mlp_error *err)
{
    struct counting all = {.files = {.model_name = model_name}};
    struct files *files = &all.files;

    *out = NULL;
    *n = 0;
    files->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->fd < 0)
        return mlp_fail(err, MLP_IO, "model folder '%.128s': %s", folder,
                        strerror(errno));
    each_name(files, ".", count);
    if (files->status == MLP_OK)
        each_name(files, ".", look);
    close(files->fd);
    if (files->status != MLP_OK) {
        free(files->items);
        return mlp_fail(err, files->status, "model folder '%.128s': %s", folder,
                        files->status == MLP_LIMIT   ? "too many files"
                        : files->status == MLP_NOMEM ? "out of memory"
                                                     : "it cannot be read");
    }
    if (files->n > 0)
        qsort(files->items, files->n, sizeof *files->items, compare);
    refuse_doubles(files->items, files->n);
    *out = files->items;
    *n = files->n;
    return MLP_OK;
}

mlp_status model_folder_open(const char *folder,
                             const char *path,
                             int *out,
                             mlp_error *err)
{
    struct stat info;
    int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* A pipe must not hold us up before it is refused. */
    int fd = folder_fd < 0
                 ? -1
                 : openat(folder_fd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int reason = errno;

    *out = -1;
    if (folder_fd >= 0)
        close(folder_fd);
    if (fd < 0)
        return mlp_fail(err, reason == ENOMEM ? MLP_NOMEM : MLP_IO, "%s: %s",
                        path, strerror(reason));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return mlp_fail(err, MLP_INVALID, "%s: not a regular file", path);
    }
    *out = fd;
    return MLP_OK;
}

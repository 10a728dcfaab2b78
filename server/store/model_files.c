/* SPDX-License-Identifier: MIT
 *
 * Every name is looked up below an open folder and no link is followed, so that
 * nothing that lies in the data folder leads out of it. */
#include "store/model_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/names.h"
#include "store/quarantine.h"
#include "telemetry/log.h"

#define SUFFIX ".safetensors"

/* A file is read whole. One above this is not one of ours. */
static const size_t file_max_bytes = (size_t)8 << 30;

void model_file_name(uint32_t version, char out[MODEL_FILE_NAME])
{
    snprintf(out, MODEL_FILE_NAME, "%" PRIu32 SUFFIX, version);
}

bool model_file_parse(const char *file_name, uint32_t *out)
{
    size_t n = strspn(file_name, "0123456789");
    if (n == 0 || n > 10 || file_name[0] == '0' ||
        strcmp(file_name + n, SUFFIX) != 0)
        return false;
    unsigned long long number = strtoull(file_name, NULL, 10);
    *out = (uint32_t)number;
    return number <= UINT32_MAX;
}

/* Not the file's fault, and passes; or there is no such file. */
static mlp_status status_of(int number)
{
    switch (number) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return MLP_NOMEM;
    case ENOENT:
    case ENOTDIR:
    case ELOOP: /* a link: none of ours */
        return MLP_INVALID;
    default:
        return MLP_IO;
    }
}

static mlp_status
fail_errno(mlp_error *err, const char *name, uint32_t version, int number)
{
    return mlp_fail(err, status_of(number), "%s/%" PRIu32 SUFFIX ": %s", name,
                    version, strerror(number));
}

static int open_folder(int folder_fd, const char *name)
{
    return openat(folder_fd, name,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

mlp_status model_file_open(int folder_fd,
                           const char *name,
                           uint32_t version,
                           int *out,
                           mlp_error *err)
{
    char file_name[MODEL_FILE_NAME];
    struct stat info;
    int model_fd = open_folder(folder_fd, name);

    *out = -1;
    if (model_fd < 0)
        return fail_errno(err, name, version, errno);
    model_file_name(version, file_name);
    /* A pipe must not hold us up before it is refused. */
    int fd = openat(model_fd, file_name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int reason = errno;
    close(model_fd);
    if (fd < 0)
        return fail_errno(err, name, version, reason);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return mlp_fail(err, MLP_INVALID,
                        "%s/%" PRIu32 SUFFIX ": not a regular file", name,
                        version);
    }
    *out = fd;
    return MLP_OK;
}

static struct model_facts facts_of(const struct stat *info)
{
    return (struct model_facts){
        .size = (uint64_t)info->st_size,
        .created_ms = (int64_t)info->st_mtim.tv_sec * 1000 +
                      info->st_mtim.tv_nsec / 1000000,
    };
}

mlp_status model_file_stat(int folder_fd,
                           const char *name,
                           uint32_t version,
                           struct model_facts *out,
                           mlp_error *err)
{
    struct stat info;
    int fd;
    mlp_status status = model_file_open(folder_fd, name, version, &fd, err);

    if (status != MLP_OK)
        return status;
    if (fstat(fd, &info) != 0)
        status = fail_errno(err, name, version, errno);
    else
        *out = facts_of(&info);
    close(fd);
    return status;
}

mlp_status model_file_read_descriptor(int fd,
                                      const char *sha256,
                                      struct model_facts *facts,
                                      mlp_model **out,
                                      mlp_error *err)
{
    struct stat info;
    size_t length;
    char *bytes;
    mlp_status status =
        blob_read_descriptor(fd, file_max_bytes, &bytes, &length, err);

    *out = NULL;
    *facts = (struct model_facts){.size = 0};
    if (status != MLP_OK)
        return status;
    if (fstat(fd, &info) == 0)
        *facts = facts_of(&info);
    facts->size = length;
    blob_sha256(bytes, length, facts->sha256);
    if (sha256[0] != '\0' && strcmp(sha256, facts->sha256) != 0)
        status = mlp_fail(err, MLP_FORMAT,
                          "its bytes are not those that were stored");
    else
        status = mlp_model_read(bytes, length, out, err);
    free(bytes);
    return status;
}

mlp_status model_file_read(int folder_fd,
                           const char *name,
                           uint32_t version,
                           const char *sha256,
                           struct model_facts *facts,
                           mlp_model **out,
                           mlp_error *err)
{
    mlp_error inner = {.text = ""};
    int fd;
    mlp_status status = model_file_open(folder_fd, name, version, &fd, err);

    *out = NULL;
    *facts = (struct model_facts){.size = 0};
    if (status != MLP_OK)
        return status;
    status = model_file_read_descriptor(fd, sha256, facts, out, &inner);
    close(fd);
    if (status != MLP_OK)
        return mlp_fail(err, status, "%s/%" PRIu32 SUFFIX ": %s", name, version,
                        inner.text);
    return MLP_OK;
}

mlp_status model_file_remove(int folder_fd,
                             const char *name,
                             uint32_t version,
                             mlp_error *err)
{
    char file_name[MODEL_FILE_NAME];
    mlp_status status = MLP_OK;
    int model_fd = open_folder(folder_fd, name);

    if (model_fd < 0 && errno == ENOENT)
        return MLP_OK;
    if (model_fd < 0)
        return fail_errno(err, name, version, errno);
    model_file_name(version, file_name);
    if ((unlinkat(model_fd, file_name, 0) != 0 && errno != ENOENT) ||
        fsync(model_fd) != 0)
        status = fail_errno(err, name, version, errno);
    close(model_fd);
    return status;
}

mlp_status model_file_quarantine(int data_fd,
                                 int folder_fd,
                                 const char *name,
                                 uint32_t version,
                                 mlp_error *err)
{
    char file_name[MODEL_FILE_NAME], label[QUARANTINE_NAME];
    int model_fd = open_folder(folder_fd, name);

    if (model_fd < 0)
        return fail_errno(err, name, version, errno);
    model_file_name(version, file_name);
    snprintf(label, sizeof label, "%.64s-%s", name, file_name);
    mlp_status status =
        quarantine_file(data_fd, model_fd, file_name, label, NULL, err);
    close(model_fd);
    return status;
}

/* --- scanning ------------------------------------------------------------- */

struct scan {
    void (*each)(void *context,
                 const char *name,
                 uint32_t version,
                 const struct model_facts *facts);
    void *context;
};

static void refuse(const char *name, const char *file_name, const char *reason)
{
    log_event(LOG_ERROR, "model_refused", LOG_TEXT_FIELD("model", name),
              LOG_TEXT_FIELD("file", file_name),
              LOG_TEXT_FIELD("reason", reason));
}

static void scan_file(const struct scan *scan,
                      int model_fd,
                      const char *name,
                      const char *file_name)
{
    struct model_facts facts;
    struct stat info;
    uint32_t version;

    if (!model_file_parse(file_name, &version)) {
        refuse(name, file_name, "expected a name like 1" SUFFIX);
        return;
    }
    if (fstatat(model_fd, file_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode)) {
        refuse(name, file_name, "not a regular file");
        scan->each(scan->context, name, version, NULL);
        return;
    }
    facts = facts_of(&info);
    scan->each(scan->context, name, version, &facts);
}

/* The names in a folder but "." and "..", one after the other. */
static const char *next_name(DIR *stream)
{
    struct dirent *entry;

    do
        entry = readdir(stream);
    while (entry != NULL && (strcmp(entry->d_name, ".") == 0 ||
                             strcmp(entry->d_name, "..") == 0));
    return entry ? entry->d_name : NULL;
}

static void scan_model(const struct scan *scan, int folder_fd, const char *name)
{
    const char *file_name;
    int model_fd = open_folder(folder_fd, name);
    DIR *stream = model_fd < 0 ? NULL : fdopendir(model_fd);

    if (stream == NULL) {
        refuse(name, NULL, "not a folder");
        if (model_fd >= 0)
            close(model_fd);
        return;
    }
    blob_sweep_descriptor(model_fd);
    while ((file_name = next_name(stream)) != NULL)
        scan_file(scan, model_fd, name, file_name);
    closedir(stream);
}

mlp_status model_files_scan(int folder_fd,
                            void (*each)(void *context,
                                         const char *name,
                                         uint32_t version,
                                         const struct model_facts *facts),
                            void *context,
                            mlp_error *err)
{
    const struct scan scan = {each, context};
    const char *name;
    int own_fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own_fd < 0 ? NULL : fdopendir(own_fd);

    if (stream == NULL) {
        mlp_status status =
            mlp_fail(err, MLP_IO, "list models: %s", strerror(errno));
        if (own_fd >= 0)
            close(own_fd);
        return status;
    }
    while ((name = next_name(stream)) != NULL)
        if (name_is_valid(name))
            scan_model(&scan, folder_fd, name);
        else
            refuse(name, NULL,
                   "expected a folder with a model's name: " NAME_RULE);
    closedir(stream);
    return MLP_OK;
}

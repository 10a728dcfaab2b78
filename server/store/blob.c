/* SPDX-License-Identifier: MIT
 *
 * Durable files. A folder entry is on stable storage only after the folder was
 * synced too, and a sync that failed may have dropped the pages that it was to
 * write: a second one that succeeds proves nothing, so there is none. */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_PREFIX "tmp-"

enum {
    BUFFER_BYTES = 64 * 1024, /* gathers the small pieces of a table writer */
    NAME_BYTES = NAME_MAX + 1,
};

struct blob {
    const char *folder; /* for error texts, see last_part() */
    int folder_fd, fd;
    char name[NAME_BYTES]; /* in the folder, the temporary one at first */
    struct sha256_ctx hash;
    uint64_t size;
    bool failed; /* a write or sync did: it is only good for blob_abort() */
    bool synced;
    size_t n_buffered;
    unsigned char buffer[BUFFER_BYTES];
};

static bool is_full(int number)
{
    return number == ENOSPC || number == EDQUOT;
}

/* What a path ends with: texts reach clients, who need not know the rest. */
static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static mlp_status fail_errno(mlp_error *err, const char *what, const char *path)
{
    const char *name = last_part(path);

    if (errno == ENOMEM)
        return mlp_fail(err, MLP_NOMEM, "%s %s: out of memory", what, name);
    if (is_full(errno))
        return mlp_fail(err, MLP_FULL, "%s %s: no space left on the device",
                        what, name);
    return mlp_fail(err, MLP_IO, "%s %s: %s", what, name, strerror(errno));
}

static void hex(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

static mlp_status open_folder(const char *path, int *out, mlp_error *err)
{
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out < 0 ? fail_errno(err, "open folder", path) : MLP_OK;
}

/* A name that no other blob has, ever: 128 random bits. */
static mlp_status create_file(struct blob *blob, mlp_error *err)
{
    unsigned char random[16];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return fail_errno(err, "random name in", blob->folder);
    memcpy(blob->name, TEMPORARY_PREFIX, sizeof TEMPORARY_PREFIX);
    hex(random, sizeof random, blob->name + strlen(TEMPORARY_PREFIX));
    blob->fd =
        openat(blob->folder_fd, blob->name,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return blob->fd < 0 ? fail_errno(err, "create a file in", blob->folder)
                        : MLP_OK;
}

mlp_status blob_create(const char *folder, struct blob **out, mlp_error *err)
{
    struct blob *blob = malloc(sizeof *blob);
    mlp_status status;

    *out = NULL;
    if (blob == NULL)
        return mlp_fail(err, MLP_NOMEM, "file in %s: out of memory",
                        last_part(folder));
    blob->folder = folder;
    blob->fd = -1;
    blob->name[0] = '\0';
    blob->size = 0;
    blob->n_buffered = 0;
    blob->failed = blob->synced = false;
    sha256_init(&blob->hash);
    status = open_folder(folder, &blob->folder_fd, err);
    if (status == MLP_OK)
        status = create_file(blob, err);
    if (status != MLP_OK) {
        blob->name[0] = '\0';
        blob_abort(blob);
        return status;
    }
    *out = blob;
    return MLP_OK;
}

static mlp_status fail_write(struct blob *blob, mlp_error *err)
{
    blob->failed = true;
    return fail_errno(err, "write a file in", blob->folder);
}

static mlp_status write_all(struct blob *blob,
                            const unsigned char *bytes,
                            size_t n,
                            mlp_error *err)
{
    while (n > 0) {
        ssize_t written = write(blob->fd, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_write(blob, err);
        bytes += written;
        n -= (size_t)written;
    }
    return MLP_OK;
}

static mlp_status flush(struct blob *blob, mlp_error *err)
{
    size_t n = blob->n_buffered;

    blob->n_buffered = 0;
    return write_all(blob, blob->buffer, n, err);
}

mlp_status
blob_write(struct blob *blob, const void *bytes, size_t n, mlp_error *err)
{
    if (blob->failed || blob->synced)
        return mlp_fail(err, MLP_IO, "write a file in %s: it %s",
                        last_part(blob->folder),
                        blob->failed ? "failed before" : "is complete");
    sha256_update(&blob->hash, n, bytes);
    blob->size += n;
    if (n > BUFFER_BYTES - blob->n_buffered) {
        mlp_status status = flush(blob, err);
        if (status != MLP_OK)
            return status;
    }
    if (n >= BUFFER_BYTES)
        return write_all(blob, bytes, n, err);
    if (n > 0)
        memcpy(blob->buffer + blob->n_buffered, bytes, n);
    blob->n_buffered += n;
    return MLP_OK;
}

static mlp_status
sink_write(void *context, const void *bytes, size_t n, mlp_error *err)
{
    return blob_write(context, bytes, n, err);
}

mlp_sink blob_sink(struct blob *blob)
{
    return (mlp_sink){.write = sink_write, .context = blob};
}

uint64_t blob_size(const struct blob *blob)
{
    return blob->size;
}

/* The context is given up by the digest: a copy goes on. */
void blob_digest(const struct blob *blob, char sha256[BLOB_SHA256_TEXT])
{
    unsigned char digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash = blob->hash;

    sha256_digest(&hash, sizeof digest, digest);
    hex(digest, sizeof digest, sha256);
}

mlp_status
blob_sync(struct blob *blob, char sha256[BLOB_SHA256_TEXT], mlp_error *err)
{
    mlp_status status;

    if (blob->failed || blob->synced)
        return mlp_fail(err, MLP_IO, "sync a file in %s: it %s",
                        last_part(blob->folder),
                        blob->failed ? "failed before" : "is synced already");
    status = flush(blob, err);
    if (status != MLP_OK)
        return status;
    if (fdatasync(blob->fd) != 0)
        return fail_write(blob, err);
    int closed = close(blob->fd);
    blob->fd = -1;
    if (closed != 0)
        return fail_write(blob, err);
    blob->synced = true;
    blob_digest(blob, sha256);
    return MLP_OK;
}

FILE *blob_open(struct blob *blob, mlp_error *err)
{
    if (!blob->failed && !blob->synced && flush(blob, err) != MLP_OK)
        return NULL;
    int fd =
        openat(blob->folder_fd, blob->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");
    if (file == NULL) {
        fail_errno(err, "read back a file in", blob->folder);
        if (fd >= 0)
            close(fd);
    }
    return file;
}

/* Rename without replacing; by link and unlink where the file system lacks
 * that. */
static int rename_new(int folder_fd, const char *from, const char *to)
{
    if (renameat2(folder_fd, from, folder_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (linkat(folder_fd, from, folder_fd, to, 0) != 0)
        return -1;
    return unlinkat(folder_fd, from, 0);
}

/* The blob stays, under its name. */
static mlp_status give_name(struct blob *blob, const char *name, mlp_error *err)
{
    size_t length = strlen(name);

    if (!blob->synced)
        return mlp_fail(err, MLP_INVALID, "%s/%s: not synced",
                        last_part(blob->folder), name);
    if (length >= NAME_BYTES)
        return mlp_fail(err, MLP_INVALID, "%s: a name of %zu bytes",
                        last_part(blob->folder), length);
    if (rename_new(blob->folder_fd, blob->name, name) != 0) {
        if (errno == EEXIST)
            return mlp_fail(err, MLP_INVALID, "%s/%s exists",
                            last_part(blob->folder), name);
        return fail_errno(err, "name a file in", blob->folder);
    }
    memcpy(blob->name, name, length + 1);
    return MLP_OK;
}

static void end_named(struct blob *blob)
{
    blob->name[0] = '\0';
    blob_abort(blob);
}

mlp_status blob_name(struct blob *blob, const char *name, mlp_error *err)
{
    mlp_status status = give_name(blob, name, err);

    if (status == MLP_OK)
        end_named(blob);
    return status;
}

mlp_status blob_commit(struct blob *blob, const char *name, mlp_error *err)
{
    mlp_status status = give_name(blob, name, err);

    if (status == MLP_OK && fsync(blob->folder_fd) != 0)
        status = fail_write(blob, err);
    if (status == MLP_OK)
        end_named(blob);
    return status;
}

mlp_status blob_sync_folder(const char *folder, mlp_error *err)
{
    int fd;
    mlp_status status = open_folder(folder, &fd, err);

    if (status != MLP_OK)
        return status;
    if (fsync(fd) != 0)
        status = fail_errno(err, "sync folder", folder);
    close(fd);
    return status;
}

void blob_abort(struct blob *blob)
{
    if (blob == NULL)
        return;
    if (blob->fd >= 0)
        close(blob->fd);
    if (blob->folder_fd >= 0) {
        if (blob->name[0] != '\0')
            unlinkat(blob->folder_fd, blob->name, 0);
        close(blob->folder_fd);
    }
    free(blob);
}

void blob_sweep(const char *folder)
{
    int fd;

    if (open_folder(folder, &fd, NULL) != MLP_OK)
        return;
    blob_sweep_descriptor(fd);
    close(fd);
}

void blob_sweep_descriptor(int folder_fd)
{
    /* Its own descriptor: a position in the folder is the caller's. */
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);

    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (strncmp(entry->d_name, TEMPORARY_PREFIX,
                    strlen(TEMPORARY_PREFIX)) == 0)
            unlinkat(folder_fd, entry->d_name, 0);
    closedir(stream);
}

/* fsync the folder that `path` is in. */
static mlp_status sync_parent(const char *path, mlp_error *err)
{
    char parent[PATH_MAX];
    size_t n = strlen(path);

    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    if (snprintf(parent, sizeof parent, "%.*s.", (int)n, path) >=
        (int)sizeof parent)
        return mlp_fail(err, MLP_INVALID, "%s: too long a path",
                        last_part(path));
    return blob_sync_folder(parent, err);
}

mlp_status blob_make_folder(const char *path, mlp_error *err)
{
    struct stat info;

    if (mkdir(path, 0700) == 0)
        return sync_parent(path, err);
    if (errno != EEXIST)
        return fail_errno(err, "make folder", path);
    if (stat(path, &info) != 0)
        return fail_errno(err, "open folder", path);
    if (!S_ISDIR(info.st_mode))
        return mlp_fail(err, MLP_IO, "%s is not a folder", last_part(path));
    return MLP_OK;
}

/* --- reading ------------------------------------------------------------ */

/* Exactly n bytes: a file that shrinks meanwhile is refused. */
static mlp_status read_all(int fd, char *bytes, size_t n, mlp_error *err)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, bytes + done, n - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mlp_fail(err, MLP_IO, "read: %s", strerror(errno));
        if (got == 0)
            return mlp_fail(err, MLP_IO, "read: it got shorter meanwhile");
        done += (size_t)got;
    }
    return MLP_OK;
}

mlp_status blob_read_descriptor(int fd,
                                size_t max_bytes,
                                char **out,
                                size_t *length,
                                mlp_error *err)
{
    struct stat info;
    mlp_status status;

    *out = NULL;
    if (fstat(fd, &info) != 0)
        return mlp_fail(err, MLP_IO, "stat: %s", strerror(errno));
    if (!S_ISREG(info.st_mode))
        return mlp_fail(err, MLP_IO, "not a regular file");
    if ((uint64_t)info.st_size > max_bytes ||
        (uint64_t)info.st_size >= SIZE_MAX)
        return mlp_fail(err, MLP_LIMIT, "%" PRIu64 " bytes, at most %zu",
                        (uint64_t)info.st_size, max_bytes);
    size_t n = (size_t)info.st_size;
    char *bytes = malloc(n + 1);
    if (bytes == NULL)
        return mlp_fail(err, MLP_NOMEM, "no memory for %zu bytes", n);
    status = read_all(fd, bytes, n, err);
    if (status != MLP_OK) {
        free(bytes);
        return status;
    }
    bytes[n] = '\0';
    *out = bytes;
    *length = n;
    return MLP_OK;
}

mlp_status blob_read_file(const char *path,
                          size_t max_bytes,
                          char **out,
                          size_t *length,
                          mlp_error *err)
{
    mlp_error inner = {.text = ""};
    /* A pipe must not hold us up before it is refused. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    *out = NULL;
    if (fd < 0)
        return fail_errno(err, "open", path);
    mlp_status status =
        blob_read_descriptor(fd, max_bytes, out, length, &inner);
    close(fd);
    if (status != MLP_OK)
        return mlp_fail(err, status, "%s: %s", last_part(path), inner.text);
    return MLP_OK;
}

void blob_sha256(const void *bytes, size_t n, char sha256[BLOB_SHA256_TEXT])
{
    unsigned char digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;

    sha256_init(&hash);
    sha256_update(&hash, n, bytes);
    sha256_digest(&hash, sizeof digest, digest);
    hex(digest, sizeof digest, sha256);
}

/* SPDX-License-Identifier: MIT
 *
 * Models by path. A file is there as a whole or not at all: it is written
 * beside its place, brought to the disk, and renamed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "mlp/model.h"

static mlp_status fail_io(mlp_error *err, const char *path, const char *what)
{
    return mlp_fail(err, MLP_IO, "%.128s: %s: %s", path, what, strerror(errno));
}

/* --- writing ------------------------------------------------------------- */

struct file_sink {
    int fd;
    const char *path;
};

static mlp_status
write_all(void *context, const void *bytes, size_t n, mlp_error *err)
{
    const struct file_sink *file = context;
    const char *next = bytes;
    while (n > 0) {
        ssize_t written = write(file->fd, next, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_io(err, file->path, "write");
        next += written;
        n -= (size_t)written;
    }
    return MLP_OK;
}

/* To the disk and to its name. The descriptor is closed in any case. */
static mlp_status
finish(int fd, const char *from, const char *to, mlp_error *err)
{
    mlp_status status = MLP_OK;
    if (fchmod(fd, 0644) != 0 || fsync(fd) != 0)
        status = fail_io(err, to, "fsync");
    if (close(fd) != 0 && status == MLP_OK)
        status = fail_io(err, to, "close");
    if (status == MLP_OK && rename(from, to) != 0)
        status = fail_io(err, to, "rename");
    return status;
}

mlp_status
mlp_model_save(const mlp_model *model, const char *path, mlp_error *err)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.XXXXXX", path) < 0)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a path");
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        mlp_status failed = fail_io(err, path, "cannot write beside it");
        free(beside);
        return failed;
    }
    struct file_sink file = {fd, path};
    mlp_status status =
        mlp_model_write(model, (mlp_sink){write_all, &file}, err);
    if (status == MLP_OK)
        status = finish(fd, beside, path, err);
    else
        close(fd);
    if (status != MLP_OK)
        unlink(beside);
    free(beside);
    return status;
}

/* --- reading ------------------------------------------------------------- */

static mlp_status read_all(int fd,
                           const char *path,
                           unsigned char *bytes,
                           size_t n,
                           mlp_error *err)
{
    while (n > 0) {
        ssize_t got = read(fd, bytes, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_io(err, path, "read");
        if (got == 0)
            return mlp_fail(err, MLP_IO, "%.128s: it became shorter", path);
        bytes += got;
        n -= (size_t)got;
    }
    return MLP_OK;
}

/* The whole of a regular file.  Owner: caller; free(*bytes). */
static mlp_status slurp(int fd,
                        const char *path,
                        unsigned char **bytes,
                        size_t *length,
                        mlp_error *err)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0)
        return fail_io(err, path, "stat");
    if (!S_ISREG(stat.st_mode))
        return mlp_fail(err, MLP_IO, "%.128s: not a regular file", path);
    *length = (size_t)stat.st_size;
    *bytes = alloc_array(*length, 1);
    if (*bytes == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu bytes", *length);
    return read_all(fd, path, *bytes, *length, err);
}

mlp_status mlp_model_load(const char *path, mlp_model **out, mlp_error *err)
{
    unsigned char *bytes = NULL;
    size_t length = 0;
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_io(err, path, "open");
    mlp_status status = slurp(fd, path, &bytes, &length, err);
    close(fd);
    if (status == MLP_OK)
        status = mlp_model_read(bytes, length, out, err);
    free(bytes);
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * Bound under another name, given its mode, then renamed: there is no moment at
 * which it could be reached with the wrong one, or not at all. */
#include "http/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char prefix[] = "unix:";
static const char fresh[] = ".new"; /* behind the name, until the rename */
static const char lock[] = ".lock"; /* behind the name, as long as it lives */

const char *unix_socket_path(const char *listen)
{
    size_t n = sizeof prefix - 1;
    return strncmp(listen, prefix, n) == 0 ? listen + n : NULL;
}

static mlp_status fail(const char *path, mlp_error *err)
{
    return mlp_fail(err, MLP_IO, "listen: unix:%.128s: %s", path,
                    strerror(errno));
}

/* No look whether anybody answers there: a daemon does not connect. */
static mlp_status take_lock(const char *path, int *out, mlp_error *err)
{
    char name[sizeof((struct sockaddr_un *)0)->sun_path + sizeof lock];
    (void)snprintf(name, sizeof name, "%s%s", path, lock);
    *out = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*out < 0)
        return fail(path, err);
    if (flock(*out, LOCK_EX | LOCK_NB) == 0)
        return MLP_OK;
    if (errno == EWOULDBLOCK)
        errno = EADDRINUSE;
    mlp_status status = fail(path, err);
    (void)close(*out);
    *out = -1;
    return status;
}

/* What is at the path now may go: nothing, or a dead daemon's socket. */
static mlp_status check_place(const char *path, mlp_error *err)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? MLP_OK : fail(path, err);
    if (S_ISSOCK(info.st_mode))
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID,
                    "listen: unix:%.128s: this file is no socket", path);
}

static mlp_status
bind_fresh(int fd, const char *path, unsigned mode, int backlog, mlp_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s%s", path,
                   fresh);
    (void)unlink(address.sun_path);
    /* Nobody can connect before listen(). */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(address.sun_path, mode) != 0 || listen(fd, backlog) != 0 ||
        rename(address.sun_path, path) != 0) {
        mlp_status status = fail(path, err);
        (void)unlink(address.sun_path);
        return status;
    }
    return MLP_OK;
}

static mlp_status listen_locked(const char *path,
                                unsigned mode,
                                int backlog,
                                int *fd,
                                mlp_error *err)
{
    mlp_status status = check_place(path, err);
    if (status != MLP_OK)
        return status;
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return fail(path, err);
    status = bind_fresh(*fd, path, mode, backlog, err);
    if (status != MLP_OK) {
        (void)close(*fd);
        *fd = -1;
    }
    return status;
}

static void remove_lock(const char *path, int lock_fd)
{
    char name[sizeof((struct sockaddr_un *)0)->sun_path + sizeof lock];
    (void)snprintf(name, sizeof name, "%s%s", path, lock);
    (void)unlink(name);
    (void)close(lock_fd);
}

mlp_status unix_socket_check(const char *path, mlp_error *err)
{
    size_t max = sizeof((struct sockaddr_un *)0)->sun_path - sizeof fresh;
    if (path[0] == '/' && strlen(path) <= max)
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID,
                    "listen: expected unix: and an absolute path of at "
                    "most %zu bytes, found \"%.128s\"",
                    max, path);
}

mlp_status unix_socket_listen(const char *path,
                              unsigned mode,
                              int backlog,
                              int *lock_fd,
                              int *fd,
                              mlp_error *err)
{
    *lock_fd = *fd = -1;
    mlp_status status = unix_socket_check(path, err);
    if (status == MLP_OK)
        status = take_lock(path, lock_fd, err);
    if (status != MLP_OK)
        return status;
    status = listen_locked(path, mode, backlog, fd, err);
    if (status != MLP_OK) {
        remove_lock(path, *lock_fd);
        *lock_fd = -1;
    }
    return status;
}

void unix_socket_close(const char *path, int lock_fd, int fd)
{
    if (lock_fd < 0)
        return;
    (void)unlink(path);
    (void)close(fd);
    remove_lock(path, lock_fd);
}

/* SPDX-License-Identifier: MIT
 *
 * A listening socket in the file system: "unix:/run/mlpd/mlpd.sock". Who may
 * open its file may connect; nobody else, and nothing of a network. */
#ifndef MLPD_UNIX_SOCKET_H
#define MLPD_UNIX_SOCKET_H

#include "mlp/status.h"

/* The path behind "unix:", or NULL: it is no such address. */
const char *unix_socket_path(const char *listen);

/* Could a socket be there? Nothing is opened.  Errors: MLP_INVALID */
mlp_status unix_socket_check(const char *path, mlp_error *err);

/* Listen. The file has its mode before anybody can reach it. One that a dead
 * daemon left is replaced; a living one holds PATH.lock, and is refused, as is
 * a file that is no socket.
 * Errors: MLP_INVALID (the path), MLP_IO.
 * Owner:  caller; unix_socket_close(). *lock_fd and *fd are -1 on error. */
mlp_status unix_socket_listen(const char *path,
                              unsigned mode,
                              int backlog,
                              int *lock_fd,
                              int *fd,
                              mlp_error *err);

/* Close both and remove the files. */
void unix_socket_close(const char *path, int lock_fd, int fd);

#endif

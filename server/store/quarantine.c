/* SPDX-License-Identifier: MIT */
#include "store/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "quarantine"

/* So many of one name and a person should look first. */
enum { MOST_OF_A_NAME = 1000 };

static mlp_status fail_errno(mlp_error *err, const char *name)
{
    mlp_status status = errno == ENOSPC || errno == EDQUOT ? MLP_FULL : MLP_IO;

    return mlp_fail(err, status, "move %s to " FOLDER ": %s", name,
                    strerror(errno));
}

static int open_quarantine(int data_fd)
{
    if (mkdirat(data_fd, FOLDER, 0700) == 0)
        (void)fsync(data_fd);
    return openat(data_fd, FOLDER,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The first of LABEL, LABEL.2, LABEL.3, … that is free. */
static int move(int from_fd,
                const char *name,
                int to_fd,
                const char *label,
                char out[QUARANTINE_NAME])
{
    for (int i = 1; i <= MOST_OF_A_NAME; i++) {
        if (i == 1)
            snprintf(out, QUARANTINE_NAME, "%s", label);
        else
            snprintf(out, QUARANTINE_NAME, "%.140s.%d", label, i);
        if (renameat2(from_fd, name, to_fd, out, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

mlp_status quarantine_file(int data_fd,
                           int folder_fd,
                           const char *name,
                           const char *label,
                           char moved[QUARANTINE_NAME],
                           mlp_error *err)
{
    char own[QUARANTINE_NAME];
    int to_fd = open_quarantine(data_fd);
    mlp_status status = MLP_OK;

    if (to_fd < 0)
        return fail_errno(err, name);
    if (move(folder_fd, name, to_fd, label, moved ? moved : own) != 0 ||
        fsync(to_fd) != 0 || fsync(folder_fd) != 0)
        status = fail_errno(err, name);
    close(to_fd);
    return status;
}

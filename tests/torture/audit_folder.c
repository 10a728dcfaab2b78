/* SPDX-License-Identifier: MIT
 *
 * What a daemon that was killed has left on disk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "torture/audit.h"
#include "torture/load.h"
#include "torture/process.h"

static bool is_temporary(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strncmp(slash != NULL ? slash + 1 : path, "tmp-", 4) == 0;
}

/* Is it a file that a training or an import of ours ends with? */
static bool is_known_model(const char *sha256, const char *name)
{
    char expected[65];

    for (unsigned i = 0; i < N_SPECS; i++) {
        if (strcmp(sha256, models[i].sha256) == 0)
            return true;
        spec_sha256(i, name, expected);
        if (strcmp(sha256, expected) == 0)
            return true;
    }
    return false;
}

static void audit_model_file(const char *path, const char *sha256)
{
    const char *file = strrchr(path, '/');
    char name[NAME_BYTES] = "";

    if (file - path > NAME_LENGTH)
        memcpy(name, file - NAME_LENGTH, NAME_LENGTH);
    claim(is_known_model(sha256, name), "%s is half a file, or another's",
          path);
}

static void audit_file(void *context, const char *path)
{
    int64_t since_s = *(const int64_t *)context;
    const char *file = strrchr(path, '/') + 1;
    struct stat info;
    char sha256[65];

    if (is_temporary(path) || stat(path, &info) != 0 || info.st_mtime < since_s)
        return;
    if (strstr(path, "/models/") != NULL) {
        file_sha256(path, sha256);
        audit_model_file(path, sha256);
    } else if (strlen(file) ==
               64) { /* tables, data sets: called as they hash */
        file_sha256(path, sha256);
        claim(strcmp(file, sha256) == 0, "%s: its bytes are not its name's",
              path);
    }
}

void audit_folder(const struct process *process, int64_t since_s)
{
    each_file(process->data, audit_file, &since_s);
}

static void note_leftover(void *context, const char *path)
{
    struct leftovers *leftovers = context;

    if (!is_temporary(path))
        return;
    if (leftovers->n == leftovers->capacity) {
        leftovers->capacity = 2 * leftovers->capacity + 16;
        leftovers->paths = reallocarray(leftovers->paths, leftovers->capacity,
                                        sizeof *leftovers->paths);
        if (leftovers->paths == NULL)
            give_up("out of memory");
    }
    snprintf(leftovers->paths[leftovers->n++], sizeof *leftovers->paths, "%s",
             path);
}

void leftovers_note(struct leftovers *leftovers, const struct process *process)
{
    leftovers->n = 0;
    each_file(process->data, note_leftover, leftovers);
}

void leftovers_check(struct leftovers *leftovers)
{
    struct stat info;

    for (size_t i = 0; i < leftovers->n; i++)
        claim(lstat(leftovers->paths[i], &info) != 0,
              "%s is still there after a restart", leftovers->paths[i]);
    free(leftovers->paths);
    *leftovers = (struct leftovers){.n = 0};
}

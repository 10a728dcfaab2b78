/* SPDX-License-Identifier: MIT
 *
 * A folder for one test, below $TMPDIR. */
#ifndef TEMP_FOLDER_H
#define TEMP_FOLDER_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEMP_PATH = 4096 };

/* Make it; `path` gets its name. */
static inline void temp_folder_make(char path[TEMP_PATH])
{
    const char *parent = getenv("TMPDIR");

    snprintf(path, TEMP_PATH, "%s/mlpd-test-XXXXXX", parent ? parent : "/tmp");
    cr_assert_not_null(mkdtemp(path));
}

static inline int temp_folder_remove_entry(const char *path,
                                           const struct stat *info,
                                           int type,
                                           struct FTW *place)
{
    (void)info, (void)type, (void)place;
    return remove(path);
}

/* And all that is in it. */
static inline void temp_folder_remove(const char *path)
{
    nftw(path, temp_folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* "PATH/name" in a buffer of the caller's. */
static inline const char *
temp_path(const char *folder, const char *name, char out[TEMP_PATH])
{
    cr_assert_lt(snprintf(out, TEMP_PATH, "%s/%s", folder, name), TEMP_PATH);
    return out;
}

/* How many entries a folder has, without "." and "..". */
static inline size_t temp_folder_count(const char *path)
{
    char command[TEMP_PATH + 32];
    size_t n = 0;

    snprintf(command, sizeof command, "ls -A '%s' | wc -l", path);
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    cr_assert_eq(fscanf(pipe, "%zu", &n), 1);
    pclose(pipe);
    return n;
}

static inline void temp_file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

#endif

/* SPDX-License-Identifier: MIT */
#include "fsck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck_inner.h"
#include "store/blob.h"
#include "store/digest.h"
#include "store/quarantine.h"

#define CATALOG_NAME "mlpd.db"

enum { PATH_BYTES = 512 };

/* --- the report ----------------------------------------------------------- */

static void print_line(const struct fsck *fsck,
                       const char *path,
                       const char *problem,
                       const char *action)
{
    (void)fprintf(fsck->options->out, "%s: %s%s%s\n", path, problem,
                  action != NULL ? "; " : "", action != NULL ? action : "");
}

void fsck_found(struct fsck *fsck,
                const char *path,
                const char *problem,
                const char *action,
                mlp_status status)
{
    bool done = action != NULL && status == MLP_OK;

    if (action != NULL && !done)
        action = "the repair failed";
    fsck->result.n_found++;
    fsck->result.n_left += !done;
    if (fsck->problems == NULL)
        print_line(fsck, path, problem, action);
    else if (json_array_append_new(fsck->problems,
                                   json_pack("{s:s, s:s, s:s?, s:b}", "path",
                                             path, "problem", problem, "action",
                                             action, "repaired", done)) != 0)
        fsck->no_memory = true;
}

static void print_summary(const struct fsck *fsck)
{
    FILE *out = fsck->options->out;
    const struct fsck_result *result = &fsck->result;

    if (fsck->problems != NULL) {
        json_t *json =
            json_pack("{s:b, s:I, s:I, s:O}", "clean", result->n_left == 0,
                      "found", (json_int_t)result->n_found, "left",
                      (json_int_t)result->n_left, "problems", fsck->problems);
        (void)json_dumpf(json, out, JSON_COMPACT);
        (void)fputc('\n', out);
        json_decref(json);
    } else if (result->n_found == 0) {
        (void)fputs("clean\n", out);
    } else {
        (void)fprintf(out, "%zu found, %zu left\n", result->n_found,
                      result->n_left);
    }
}

bool fsck_repairs(const struct fsck *fsck)
{
    return fsck->options->repair && fsck->catalog != NULL;
}

/* --- files ---------------------------------------------------------------- */

void fsck_walk(struct fsck *fsck,
               const char *folder,
               fsck_each *each,
               void *context)
{
    int fd = openat(fsck->data_fd, folder,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);

    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        else if (errno != ENOENT)
            fsck_found(fsck, folder, strerror(errno), NULL, MLP_IO);
        return;
    }
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const struct fsck_place place = {fd, folder, entry->d_name};
        if (entry->d_name[0] != '.')
            each(context, &place);
    }
    closedir(stream);
}

bool fsck_is_temporary(const char *name)
{
    return strncmp(name, "tmp-", 4) == 0;
}

bool fsck_is_sha256(const char *name)
{
    return strlen(name) == BLOB_SHA256_TEXT - 1 &&
           strspn(name, "0123456789abcdef") == BLOB_SHA256_TEXT - 1;
}

mlp_status fsck_check_name(const struct fsck_place *place, mlp_error *err)
{
    char sha256[BLOB_SHA256_TEXT];
    int fd = openat(place->folder_fd, place->name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return mlp_fail(err, MLP_IO, "it cannot be opened: %s",
                        strerror(errno));
    mlp_status status = digest_of_file(fd, sha256, NULL, err);
    close(fd);
    if (status == MLP_OK && strcmp(sha256, place->name) != 0)
        return mlp_fail(err, MLP_FORMAT,
                        "its bytes are not those that were stored");
    return status;
}

static void report_file(struct fsck *fsck,
                        const struct fsck_place *place,
                        const char *problem,
                        const char *action,
                        mlp_status status)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/%s", place->folder, place->name);
    fsck_found(fsck, strncmp(path, "./", 2) == 0 ? path + 2 : path, problem,
               fsck_repairs(fsck) ? action : NULL, status);
}

void fsck_orphan(struct fsck *fsck, const struct fsck_place *place)
{
    bool failed = fsck_repairs(fsck) &&
                  (unlinkat(place->folder_fd, place->name, 0) != 0 ||
                   fsync(place->folder_fd) != 0);

    report_file(fsck, place, "nobody needs it", "removed",
                failed ? MLP_IO : MLP_OK);
}

void fsck_corrupt(struct fsck *fsck,
                  const struct fsck_place *place,
                  const char *label,
                  const char *reason)
{
    mlp_status status = MLP_OK;

    if (fsck_repairs(fsck))
        status = quarantine_file(fsck->data_fd, place->folder_fd, place->name,
                                 label, NULL, NULL);
    report_file(fsck, place, reason, "moved to quarantine", status);
}

/* --- the catalog ---------------------------------------------------------- */

/* Out of the way with it and what belongs to it, and a new one. */
static mlp_status rebuild(struct fsck *fsck, int *lock_fd, mlp_error *err)
{
    static const char *const names[] = {CATALOG_NAME, CATALOG_NAME "-wal",
                                        CATALOG_NAME "-shm",
                                        CATALOG_NAME "-journal"};
    mlp_status status = MLP_OK;

    for (size_t i = 0; i < sizeof names / sizeof *names && status == MLP_OK;
         i++)
        if (faccessat(fsck->data_fd, names[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            status = quarantine_file(fsck->data_fd, fsck->data_fd, names[i],
                                     names[i], NULL, err);
    if (status == MLP_OK)
        status = catalog_open_locked(fsck->options->data_folder, *lock_fd,
                                     &fsck->catalog, err);
    if (status == MLP_OK)
        *lock_fd = -1;
    fsck->rebuilt = status == MLP_OK;
    return status;
}

/* MLP_FORMAT: a newer one's. All else is for the report. */
static mlp_status open_catalog(struct fsck *fsck, int *lock_fd, mlp_error *err)
{
    const char *data = fsck->options->data_folder;
    mlp_status status = MLP_IO;

    if (faccessat(fsck->data_fd, CATALOG_NAME, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        (void)mlp_fail(err, status, "it is missing");
    else
        status = catalog_open_locked(data, *lock_fd, &fsck->catalog, err);
    if (status == MLP_OK) {
        *lock_fd = -1;
        status = catalog_check(fsck->catalog, err);
    }
    if (status == MLP_OK || status == MLP_FORMAT)
        return status;
    char problem[sizeof err->text];
    (void)snprintf(problem, sizeof problem, "%s", err->text);
    if (fsck->catalog != NULL) {
        catalog_close(fsck->catalog); /* and its lock: it is taken again */
        fsck->catalog = NULL;
        status = catalog_lock(data, lock_fd, err);
        if (status != MLP_OK)
            return MLP_FORMAT;
    }
    if (fsck->options->repair)
        status = rebuild(fsck, lock_fd, err);
    fsck_found(fsck, CATALOG_NAME, problem,
               fsck->options->repair ? "made again from the files" : NULL,
               status);
    return MLP_OK;
}

/* --- outside -------------------------------------------------------------- */

static void look_at_root(void *context, const struct fsck_place *place)
{
    if (fsck_is_temporary(place->name))
        fsck_orphan(context, place);
}

static mlp_status look(struct fsck *fsck, int *lock_fd, mlp_error *err)
{
    mlp_status status = open_catalog(fsck, lock_fd, err);

    if (status != MLP_OK)
        return status;
    fsck_walk(fsck, ".", look_at_root, fsck);
    fsck_models(fsck);
    fsck_aliases(fsck);
    fsck_datasets(fsck);
    fsck_tables(fsck);
    if (fsck->no_memory)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    print_summary(fsck);
    return MLP_OK;
}

mlp_status fsck_run(const struct fsck_options *options,
                    struct fsck_result *result,
                    mlp_error *err)
{
    struct fsck fsck = {.options = options};
    int lock_fd = -1;

    fsck.data_fd =
        open(options->data_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fsck.data_fd < 0)
        return mlp_fail(err, MLP_IO, "data folder %s: %s", options->data_folder,
                        strerror(errno));
    if (options->json)
        fsck.problems = json_array();
    mlp_status status = catalog_lock(options->data_folder, &lock_fd, err);
    if (status == MLP_OK)
        status = look(&fsck, &lock_fd, err);
    *result = fsck.result;
    json_decref(fsck.problems);
    catalog_close(fsck.catalog);
    if (lock_fd >= 0)
        close(lock_fd);
    close(fsck.data_fd);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "store/blob.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "temp_folder.h"

static char folder[TEMP_PATH];

static void make_folder(void)
{
    temp_folder_make(folder);
}

static void remove_folder(void)
{
    temp_folder_remove(folder);
}

TestSuite(blob, .init = make_folder, .fini = remove_folder);

#define SHA256_ABC                                                             \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct blob *begin(void)
{
    struct blob *blob;
    mlp_error err;

    cr_assert_eq(blob_create(folder, &blob, &err), MLP_OK, "%s", err.text);
    return blob;
}

static void write_text(struct blob *blob, const char *text)
{
    mlp_error err;
    cr_assert_eq(blob_write(blob, text, strlen(text), &err), MLP_OK);
}

static void sync_blob(struct blob *blob)
{
    char sha256[BLOB_SHA256_TEXT];
    mlp_error err;
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK, "%s", err.text);
}

static char *read_back(const char *name, size_t *length)
{
    char path[TEMP_PATH], *bytes;
    mlp_error err;

    cr_assert_eq(blob_read_file(temp_path(folder, name, path), 1 << 24, &bytes,
                                length, &err),
                 MLP_OK, "%s", err.text);
    return bytes;
}

Test(blob, a_committed_file_has_its_bytes_its_hash_and_no_other_reader)
{
    struct blob *blob = begin();
    char sha256[BLOB_SHA256_TEXT], path[TEMP_PATH];
    struct stat info;
    size_t length;
    mlp_error err;

    write_text(blob, "a");
    write_text(blob, "bc");
    cr_expect_eq(blob_size(blob), 3);
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
    cr_expect_str_eq(sha256, SHA256_ABC);
    cr_assert_eq(blob_commit(blob, "x", &err), MLP_OK);
    char *bytes = read_back("x", &length);
    cr_expect_eq(length, 3);
    cr_expect_str_eq(bytes, "abc");
    free(bytes);
    cr_assert_eq(stat(temp_path(folder, "x", path), &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
    cr_expect_eq(temp_folder_count(folder), 1);
}

Test(blob, pieces_of_any_size_arrive_in_order)
{
    enum { TOTAL = 300000 };
    struct blob *blob = begin();
    mlp_sink sink = blob_sink(blob);
    char *bytes = malloc(TOTAL), sha256[BLOB_SHA256_TEXT],
         expected[BLOB_SHA256_TEXT];
    size_t done = 0, length;
    mlp_error err;

    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (char)(i * 31 + (i >> 8));
    for (size_t step = 1; done < TOTAL; step = step * 3 + 1) {
        size_t n = step < TOTAL - done ? step : TOTAL - done;
        cr_assert_eq(sink.write(sink.context, bytes + done, n, &err), MLP_OK);
        done += n;
    }
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
    cr_assert_eq(blob_commit(blob, "x", &err), MLP_OK);
    char *got = read_back("x", &length);
    cr_assert_eq(length, TOTAL);
    cr_expect_eq(memcmp(got, bytes, TOTAL), 0);
    blob_sha256(bytes, TOTAL, expected);
    cr_expect_str_eq(sha256, expected);
    free(got);
    free(bytes);
}

Test(blob, nothing_is_seen_under_the_name_before_the_commit)
{
    struct blob *blob = begin();
    char path[TEMP_PATH];

    write_text(blob, "abc");
    sync_blob(blob);
    cr_expect_neq(access(temp_path(folder, "x", path), F_OK), 0);
    blob_abort(blob);
    cr_expect_eq(temp_folder_count(folder), 0);
}

Test(blob, an_existing_file_is_never_replaced_and_the_blob_survives)
{
    struct blob *blob = begin();
    char path[TEMP_PATH];
    size_t length;
    mlp_error err;

    temp_file_write(temp_path(folder, "x", path), "old");
    write_text(blob, "new");
    sync_blob(blob);
    cr_expect_eq(blob_commit(blob, "x", &err), MLP_INVALID);
    char *bytes = read_back("x", &length);
    cr_expect_str_eq(bytes, "old");
    free(bytes);
    cr_expect_eq(blob_commit(blob, "y", &err), MLP_OK);
    bytes = read_back("y", &length);
    cr_expect_str_eq(bytes, "new");
    free(bytes);
}

Test(blob, it_reads_back_before_and_after_the_sync)
{
    struct blob *blob = begin();
    char text[16] = "";
    mlp_error err;

    write_text(blob, "abc");
    for (int synced = 0; synced < 2; synced++) {
        FILE *file = blob_open(blob, &err);
        cr_assert_not_null(file);
        cr_expect_eq(fread(text, 1, sizeof text, file), 3);
        cr_expect_eq(memcmp(text, "abc", 3), 0);
        fclose(file);
        if (!synced)
            sync_blob(blob);
    }
    blob_abort(blob);
}

Test(blob, neither_an_unsynced_blob_is_named_nor_a_synced_one_written)
{
    struct blob *blob = begin();
    mlp_error err;

    cr_expect_eq(blob_commit(blob, "x", &err), MLP_INVALID);
    sync_blob(blob);
    cr_expect_eq(blob_write(blob, "a", 1, &err), MLP_IO);
    blob_abort(blob);
}

Test(blob, a_digest_on_the_way_does_not_disturb_the_last_one)
{
    struct blob *blob = begin();
    char early[BLOB_SHA256_TEXT], late[BLOB_SHA256_TEXT];
    mlp_error err;

    cr_assert_eq(blob_write(blob, "abc", 3, &err), MLP_OK);
    blob_digest(blob, early);
    cr_assert_eq(blob_sync(blob, late, &err), MLP_OK);
    cr_expect_str_eq(early, late);
    blob_abort(blob);
}

Test(blob, many_are_named_and_their_folder_synced_once)
{
    char name[] = "a", sha256[BLOB_SHA256_TEXT];
    mlp_error err;

    for (; name[0] < 'd'; name[0]++) {
        struct blob *blob = begin();
        cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
        cr_assert_eq(blob_name(blob, name, &err), MLP_OK);
    }
    cr_expect_eq(blob_sync_folder(folder, &err), MLP_OK);
    cr_expect_eq(temp_folder_count(folder), 3);
    struct blob *blob = begin();
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
    cr_expect_eq(blob_name(blob, "a", &err), MLP_INVALID);
    blob_abort(blob);
    cr_expect_eq(temp_folder_count(folder), 3);
}

/* A file size limit stands for a full disk: write(2) fails after a part. */
Test(blob, after_a_failed_write_it_is_only_good_for_aborting)
{
    struct blob *blob = begin();
    struct rlimit limit = {1 << 17, RLIM_INFINITY};
    char *bytes = calloc(1, 1 << 18), sha256[BLOB_SHA256_TEXT];
    mlp_error err;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_expect_eq(blob_write(blob, bytes, 1 << 18, &err), MLP_IO);
    cr_expect_eq(blob_write(blob, bytes, 1, &err), MLP_IO);
    cr_expect_eq(blob_sync(blob, sha256, &err), MLP_IO);
    cr_expect_eq(blob_commit(blob, "x", &err), MLP_INVALID);
    blob_abort(blob);
    cr_expect_eq(temp_folder_count(folder), 0);
    free(bytes);
}

Test(blob, a_missing_folder_is_named_in_the_error)
{
    struct blob *blob;
    char path[TEMP_PATH];
    mlp_error err;

    temp_path(folder, "none", path);
    cr_expect_eq(blob_create(path, &blob, &err), MLP_IO);
    cr_expect_null(blob);
    cr_expect_not_null(strstr(err.text, "none: No such file"), "%s", err.text);
}

Test(blob, sweeping_removes_only_what_a_dead_daemon_left)
{
    char path[TEMP_PATH];

    temp_file_write(temp_path(folder, "tmp-0123", path), "half");
    temp_file_write(temp_path(folder, "1.safetensors", path), "whole");
    temp_file_write(temp_path(folder, "atmp-", path), "whole");
    blob_sweep(folder);
    cr_expect_eq(temp_folder_count(folder), 2);
    blob_sweep("/nonexistent");
}

Test(blob, a_folder_is_made_once_and_a_file_is_no_folder)
{
    char path[TEMP_PATH];
    mlp_error err;

    temp_path(folder, "sub", path);
    cr_expect_eq(blob_make_folder(path, &err), MLP_OK);
    cr_expect_eq(blob_make_folder(path, &err), MLP_OK);
    temp_file_write(temp_path(folder, "file", path), "");
    cr_expect_eq(blob_make_folder(path, &err), MLP_IO);
    temp_path(folder, "no/such", path);
    cr_expect_eq(blob_make_folder(path, &err), MLP_IO);
}

Test(blob, reading_refuses_links_pipes_folders_and_what_is_too_long)
{
    char path[TEMP_PATH], link[TEMP_PATH], *bytes;
    size_t length;
    mlp_error err;

    temp_file_write(temp_path(folder, "file", path), "12345");
    cr_expect_eq(blob_read_file(path, 5, &bytes, &length, &err), MLP_OK);
    cr_expect_str_eq(bytes, "12345");
    free(bytes);
    cr_expect_eq(blob_read_file(path, 4, &bytes, &length, &err), MLP_LIMIT);
    cr_expect_null(bytes);
    cr_assert_eq(symlink(path, temp_path(folder, "link", link)), 0);
    cr_expect_eq(blob_read_file(link, 5, &bytes, &length, &err), MLP_IO);
    cr_assert_eq(mkfifo(temp_path(folder, "pipe", link), 0600), 0);
    cr_expect_eq(blob_read_file(link, 5, &bytes, &length, &err), MLP_IO);
    cr_expect_eq(blob_read_file(folder, 5, &bytes, &length, &err), MLP_IO);
}

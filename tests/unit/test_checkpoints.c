/* SPDX-License-Identifier: MIT */
#include "training/checkpoints.h"

#include <criterion/criterion.h>
#include <string.h>

#include "temp_folder.h"

static char folder[TEMP_PATH];

static void set_up(void)
{
    temp_folder_make(folder);
}

static void tear_down(void)
{
    temp_folder_remove(folder);
}

TestSuite(checkpoints, .init = set_up, .fini = tear_down);

static void put(int64_t job, uint64_t generation, const char *text)
{
    struct blob *blob;
    mlp_error err = {.text = ""};

    cr_assert_eq(blob_create(folder, &blob, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(blob_write(blob, text, strlen(text), &err), MLP_OK);
    cr_assert_eq(checkpoints_commit(folder, job, generation, blob, &err),
                 MLP_OK, "%s", err.text);
}

static void put_file(const char *name)
{
    char path[TEMP_PATH];

    temp_file_write(temp_path(folder, name, path), "?");
}

Test(checkpoints, what_was_written_is_read_newest_first)
{
    struct checkpoint list[CHECKPOINTS_MAX];
    mlp_error err;
    size_t length;
    char *text;

    put(7, 9, "nine");
    put(7, 10, "ten");
    put(70, 11, "another job's");
    cr_assert_eq(checkpoints_of(folder, 7, list), 2);
    cr_expect_eq(list[0].generation, 10);
    cr_expect_eq(list[1].generation, 9);
    cr_assert_eq(checkpoints_read(folder, &list[0], &text, &length, &err),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(length, 3);
    cr_expect_str_eq(text, "ten");
    free(text);
    cr_expect_eq(checkpoints_of(folder, 8, list), 0);
}

Test(checkpoints, of_each_job_the_newest_two_stay)
{
    struct checkpoint list[CHECKPOINTS_MAX];

    put(8, 1, "another job's");
    for (uint64_t i = 1; i <= 12; i++)
        put(7, i, "text");
    cr_assert_eq(checkpoints_of(folder, 7, list), 2);
    cr_expect_eq(list[0].generation, 12);
    cr_expect_eq(list[1].generation, 11);
    cr_expect_eq(temp_folder_count(folder), 3);
}

Test(checkpoints, other_bytes_than_were_written_are_told)
{
    struct checkpoint list[CHECKPOINTS_MAX];
    char name[160], path[TEMP_PATH];
    mlp_error err = {.text = ""};
    size_t length;
    char *text;

    put(7, 1, "right");
    checkpoints_of(folder, 7, list);
    snprintf(name, sizeof name, "7-1-%s.ckpt", list[0].sha256);
    temp_file_write(temp_path(folder, name, path), "wrong");
    cr_expect_eq(checkpoints_read(folder, &list[0], &text, &length, &err),
                 MLP_FORMAT);
    cr_expect_null(text);
    cr_expect_not_null(strstr(err.text, "sha256"), "%s", err.text);
    checkpoints_remove(folder, &list[0]);
    cr_expect_eq(checkpoints_read(folder, &list[0], &text, &length, &err),
                 MLP_IO);
    cr_expect_null(text);
}

Test(checkpoints, a_job_that_ended_leaves_none)
{
    struct checkpoint list[CHECKPOINTS_MAX];

    put(7, 1, "a");
    put(7, 2, "b");
    put(8, 2, "c");
    checkpoints_remove_all(folder, 7);
    cr_expect_eq(checkpoints_of(folder, 7, list), 0);
    cr_expect_eq(checkpoints_of(folder, 8, list), 1);
}

static bool is_seven(void *context, int64_t job)
{
    (void)context;
    return job == 7;
}

Test(checkpoints, a_sweep_takes_what_is_ours_and_unwanted_alone)
{
    put(7, 1, "wanted");
    put(8, 1, "unwanted");
    put_file("tmp-0123");
    put_file("notes.txt");
    put_file("08-1-00.ckpt");
    put_file("8-1-.ckpt");
    checkpoints_sweep(folder, is_seven, NULL);
    /* 7's, and three that nobody here has named. */
    cr_expect_eq(temp_folder_count(folder), 4);
}

Test(checkpoints, a_folder_that_is_gone_holds_none)
{
    struct checkpoint list[CHECKPOINTS_MAX];
    char path[TEMP_PATH];

    cr_expect_eq(checkpoints_of(temp_path(folder, "gone", path), 7, list), 0);
    checkpoints_remove_all(path, 7);
    checkpoints_sweep(path, is_seven, NULL);
}

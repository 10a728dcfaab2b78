/* SPDX-License-Identifier: MIT */
#include "fsck.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "models.h"
#include "store/catalog.h"
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

TestSuite(fsck, .init = set_up, .fini = tear_down, .timeout = 60);

static const char *in_folder(const char *relative)
{
    static char path[TEMP_PATH];
    return temp_path(folder, relative, path);
}

/* The report, and how many problems are left. */
static const char *look(bool repair, size_t n_found, size_t n_left)
{
    static char text[4096];
    struct fsck_result result;
    mlp_error err;
    FILE *out = tmpfile();

    cr_assert_not_null(out);
    cr_assert_eq(fsck_run(&(struct fsck_options){.data_folder = folder,
                                                 .repair = repair,
                                                 .out = out},
                          &result, &err),
                 MLP_OK, "%s", err.text);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    fclose(out);
    cr_expect_eq(result.n_found, n_found, "%s", text);
    cr_expect_eq(result.n_left, n_left, "%s", text);
    return text;
}

static void expect_line(const char *text, const char *line)
{
    cr_expect_not_null(strstr(text, line), "expected %s\nin %s", line, text);
}

static void
write_folder_file(const char *sub, const char *name, const char *text)
{
    char path[TEMP_PATH];

    mkdir(in_folder(sub), 0700);
    snprintf(path, sizeof path, "%s/%s", sub, name);
    temp_file_write(in_folder(path), text);
}

static struct catalog *open_catalog(void)
{
    struct catalog *catalog;
    mlp_error err;

    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
    return catalog;
}

Test(fsck, a_folder_that_is_not_there_is_not_made)
{
    struct fsck_result result;
    mlp_error err;
    struct fsck_options options = {.data_folder = in_folder("none"),
                                   .out = stdout};

    cr_expect_eq(fsck_run(&options, &result, &err), MLP_IO);
    cr_expect_neq(access(in_folder("none"), F_OK), 0);
}

Test(fsck, a_folder_in_use_is_not_looked_at)
{
    struct catalog *catalog = open_catalog();
    struct fsck_result result;
    mlp_error err;
    struct fsck_options options = {
        .data_folder = folder, .repair = true, .out = stdout};

    cr_expect_eq(fsck_run(&options, &result, &err), MLP_IO);
    expect_line(err.text, "another mlpd");
    catalog_close(catalog);
    expect_line(look(false, 0, 0), "clean\n");
}

Test(fsck, a_newer_catalog_is_left_alone)
{
    struct fsck_result result;
    mlp_error err;
    struct fsck_options options = {
        .data_folder = folder, .repair = true, .out = stdout};

    catalog_close(open_catalog());
    int fd = open(in_folder("mlpd.db"), O_RDWR);
    cr_assert_eq(pwrite(fd, "\x63", 1, 63), 1); /* its version */
    close(fd);
    cr_expect_eq(fsck_run(&options, &result, &err), MLP_FORMAT);
    cr_expect_eq(access(in_folder("mlpd.db"), F_OK), 0);
}

Test(fsck, a_lost_catalog_is_found_and_made_again)
{
    write_folder_file("datasets", "tmp-1", "half");
    expect_line(look(false, 2, 2), "mlpd.db: it is missing\n");
    expect_line(look(true, 2, 0), "mlpd.db: it is missing; made again");
    expect_line(look(false, 0, 0), "clean\n");
}

Test(fsck, files_that_nobody_needs_are_removed_and_strange_ones_are_not)
{
    static const char orphan[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a"
        "9cb410ff61f20015ad";

    catalog_close(open_catalog());
    write_folder_file("tables", orphan, "abc");
    write_folder_file("datasets", orphan, "abc");
    write_folder_file("datasets", "notes.txt", "mine");
    write_folder_file(".", "tmp-2", "half");
    look(true, 3, 0);
    cr_expect_eq(temp_folder_count(in_folder("tables")), 0);
    cr_expect_eq(temp_folder_count(in_folder("datasets")), 1);
    cr_expect_neq(access(in_folder("tmp-2"), F_OK), 0);
    look(false, 0, 0);
}

Test(fsck, a_model_that_hashes_to_something_else_is_moved_away)
{
    struct catalog *catalog = open_catalog();
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    struct catalog_model_file file = {
        .model = "m", .version = 2, .sha256 = "other", .size = 1};
    mlp_error err;

    cr_assert_eq(catalog_put_model_file(catalog, &file, &err), MLP_OK);
    catalog_close(catalog);
    mkdir(in_folder("models"), 0700);
    mkdir(in_folder("models/m"), 0700);
    cr_assert_eq(
        mlp_model_save(model, in_folder("models/m/1.safetensors"), &err),
        MLP_OK);
    cr_assert_eq(
        mlp_model_save(model, in_folder("models/m/2.safetensors"), &err),
        MLP_OK);
    expect_line(look(false, 1, 1), "models/m/2.safetensors: ");
    expect_line(look(true, 1, 0), "; moved to quarantine\n");
    cr_expect_eq(access(in_folder("quarantine/m-2.safetensors"), F_OK), 0);
    cr_expect_eq(access(in_folder("models/m/1.safetensors"), F_OK), 0);
    look(false, 0, 0);
    mlp_model_destroy(model);
}

Test(fsck, a_version_that_a_killed_job_had_taken_is_not_missing)
{
    struct catalog *catalog = open_catalog();
    struct catalog_model_file file = {
        .model = "m", .version = 2, .sha256 = "s", .size = 1};
    struct catalog_job job = {
        .model = "m", .state = "running", .spec = "{}", .reserved = 2};
    mlp_error err;

    cr_assert_eq(catalog_put_model_file(catalog, &file, &err), MLP_OK);
    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK);
    catalog_close(catalog);
    look(false, 0, 0);
    catalog = open_catalog();
    job.state = "failed";
    cr_assert_eq(catalog_update_job(catalog, &job, &err), MLP_OK);
    catalog_close(catalog);
    expect_line(look(true, 1, 0), "models/m/2.safetensors: it is missing");
    look(false, 0, 0);
}

/* SPDX-License-Identifier: MIT */
#include "store/datasets.h"

#include <criterion/criterion.h>
#include <string.h>

#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct catalog *catalog;
static struct datasets *datasets;

static void open_all(void)
{
    mlp_error err;

    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(datasets_create(folder, catalog, &datasets, &err), MLP_OK,
                 "%s", err.text);
}

static void close_all(void)
{
    datasets_destroy(datasets);
    catalog_close(catalog);
}

static void begin(void)
{
    temp_folder_make(folder);
    open_all();
}

static void end(void)
{
    close_all();
    temp_folder_remove(folder);
}

TestSuite(datasets, .init = begin, .fini = end);

static void put(const char *name, const char *text, const char *description)
{
    char sha256[BLOB_SHA256_TEXT];
    struct blob *blob;
    mlp_error err;

    cr_assert_eq(blob_create(datasets_folder(datasets), &blob, &err), MLP_OK);
    cr_assert_eq(blob_write(blob, text, strlen(text), &err), MLP_OK);
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
    cr_assert_eq(datasets_put(datasets, name, MLP_FILE_CSV, blob, sha256,
                              description, &err),
                 MLP_OK, "%s", err.text);
}

static void add_name(void *context, const struct dataset_view *view)
{
    strcat(context, view->name);
    strcat(context, " ");
}

static void expect_names(const char *expected)
{
    char names[256] = "";

    datasets_each(datasets, add_name, names);
    cr_expect_str_eq(names, expected);
}

static void expect_text(const char *name, const char *expected)
{
    char text[64] = "";
    mlp_file_format format;
    FILE *file = datasets_open(datasets, name, &format);

    cr_assert_not_null(file);
    cr_expect_eq(format, MLP_FILE_CSV);
    cr_expect_eq(fread(text, 1, sizeof text - 1, file), strlen(expected));
    cr_expect_str_eq(text, expected);
    fclose(file);
}

Test(datasets, what_was_put_is_there_by_name_and_after_a_restart)
{
    struct dataset_view view;

    put("m", "a\n1\n", "{\"rows\":1}");
    put("z", "a\n2\n", "{\"rows\":2}");
    put("a", "a\n3\n", "{\"rows\":3}");
    for (int restart = 0; restart < 2; restart++) {
        expect_names("a m z ");
        cr_assert(datasets_get(datasets, "z", &view));
        cr_expect_str_eq(view.description, "{\"rows\":2}");
        cr_expect_eq(view.size, 4);
        cr_expect_eq(strlen(view.sha256), 64);
        cr_expect_gt(view.created_ms, 0);
        expect_text("a", "a\n3\n");
        close_all();
        open_all();
    }
    cr_expect_not(datasets_get(datasets, "b", &view));
    cr_expect_null(datasets_open(datasets, "b", &(mlp_file_format){0}));
}

Test(datasets, a_newer_one_takes_the_place_and_the_older_file_goes)
{
    put("a", "old", "{}");
    put("a", "new", "{}");
    expect_names("a ");
    expect_text("a", "new");
    cr_expect_eq(temp_folder_count(datasets_folder(datasets)), 1);
}

Test(datasets, equal_content_is_one_file_until_its_last_name_goes)
{
    put("a", "same", "{}");
    put("b", "same", "{}");
    put("b", "same", "{}");
    cr_expect_eq(temp_folder_count(datasets_folder(datasets)), 1);
    cr_expect_eq(datasets_remove(datasets, "a", NULL), MLP_OK);
    expect_text("b", "same");
    cr_expect_eq(datasets_remove(datasets, "b", NULL), MLP_OK);
    cr_expect_eq(temp_folder_count(datasets_folder(datasets)), 0);
    cr_expect_eq(datasets_remove(datasets, "b", NULL), MLP_INVALID);
    expect_names("");
}

Test(datasets, an_open_file_outlives_its_data_set)
{
    mlp_file_format format;
    char byte = 0;

    put("a", "x", "{}");
    FILE *file = datasets_open(datasets, "a", &format);
    cr_assert_not_null(file);
    cr_expect_eq(datasets_remove(datasets, "a", NULL), MLP_OK);
    cr_expect_eq(fread(&byte, 1, 1, file), 1);
    cr_expect_eq(byte, 'x');
    fclose(file);
}

Test(datasets, a_start_sweeps_a_file_that_no_name_means)
{
    char path[TEMP_PATH], name[BLOB_SHA256_TEXT];

    put("a", "x", "{}");
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    temp_file_write(temp_path(datasets_folder(datasets), name, path), "lost");
    close_all();
    open_all();
    cr_expect_eq(temp_folder_count(datasets_folder(datasets)), 1);
    expect_text("a", "x");
}

Test(datasets, a_start_sweeps_half_written_files_and_leaves_strange_ones)
{
    char path[TEMP_PATH];

    put("a", "x", "{}");
    temp_file_write(temp_path(datasets_folder(datasets), "tmp-left", path),
                    "half");
    temp_file_write(temp_path(datasets_folder(datasets), "notes.txt", path),
                    "mine");
    close_all();
    open_all();
    cr_expect_eq(temp_folder_count(datasets_folder(datasets)), 2);
    expect_text("a", "x");
}

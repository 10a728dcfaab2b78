/* SPDX-License-Identifier: MIT */
#include "store/model_folder.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct model_folder_file *files;
static size_t n;

static void set_up(void)
{
    temp_folder_make(folder);
}

static void tear_down(void)
{
    free(files);
    temp_folder_remove(folder);
}

TestSuite(model_folder, .init = set_up, .fini = tear_down, .timeout = 60);

static void make_file(const char *name)
{
    char path[TEMP_PATH];

    temp_file_write(temp_path(folder, name, path), "x");
}

static void make_folder(const char *name)
{
    char path[TEMP_PATH];

    cr_assert_eq(mkdir(temp_path(folder, name, path), 0700), 0);
}

static void make_link(const char *to, const char *name)
{
    char path[TEMP_PATH];

    cr_assert_eq(symlink(to, temp_path(folder, name, path)), 0);
}

static void list(const char *model_name)
{
    mlp_error err;

    free(files);
    cr_assert_eq(model_folder_list(folder, model_name, &files, &n, &err),
                 MLP_OK, "%s", err.text);
}

static void expect(size_t i, const char *name, uint32_t version, const char *at)
{
    cr_assert_lt(i, n);
    cr_assert_null(files[i].trouble, "%s: %s", at, files[i].trouble);
    cr_assert_str_eq(files[i].name, name);
    cr_assert_eq(files[i].version, version);
    cr_assert_str_eq(files[i].path, at);
}

Test(model_folder, an_empty_one_has_no_file)
{
    list(NULL);
    cr_assert_eq(n, 0);
}

Test(model_folder, one_that_is_not_there_is_an_error)
{
    char path[TEMP_PATH];
    mlp_error err;

    cr_assert_eq(model_folder_list(temp_path(folder, "none", path), NULL,
                                   &files, &n, &err),
                 MLP_IO);
}

Test(model_folder, a_file_is_version_1_of_its_name)
{
    make_file("wine.safetensors");
    make_file("iris.safetensors");
    list(NULL);
    cr_assert_eq(n, 2);
    expect(0, "iris", 1, "iris.safetensors");
    expect(1, "wine", 1, "wine.safetensors");
}

Test(model_folder, a_folder_has_versions_in_the_order_of_numbers)
{
    make_folder("iris");
    make_file("iris/10.safetensors");
    make_file("iris/9.safetensors");
    list(NULL);
    cr_assert_eq(n, 2);
    expect(0, "iris", 9, "iris/9.safetensors");
    expect(1, "iris", 10, "iris/10.safetensors");
}

Test(model_folder, numbers_are_versions_of_the_model_that_is_named)
{
    make_file("3.safetensors");
    make_folder("4");
    make_file("4/model.safetensors");
    list("iris");
    cr_assert_eq(n, 2);
    expect(0, "iris", 3, "3.safetensors");
    expect(1, "iris", 4, "4/model.safetensors");
}

Test(model_folder, a_single_file_is_the_model_that_is_named)
{
    make_file("export of tuesday.safetensors");
    make_file("README.md");
    list("iris");
    cr_assert_eq(n, 1);
    expect(0, "iris", 1, "export of tuesday.safetensors");
}

Test(model_folder, of_two_other_files_none_is_taken_for_the_model)
{
    make_file("a.safetensors");
    make_file("b.safetensors");
    list("iris");
    cr_assert_eq(n, 2);
    cr_assert_not_null(files[0].trouble);
    cr_assert_not_null(files[1].trouble);
}

Test(model_folder, two_files_of_one_version_are_one)
{
    make_folder("iris");
    make_file("iris/1.safetensors");
    make_file("iris.safetensors");
    list(NULL);
    cr_assert_eq(n, 2);
    expect(0, "iris", 1, "iris.safetensors");
    cr_assert_not_null(files[1].trouble);
}

Test(model_folder, links_are_followed_and_hidden_names_passed_over)
{
    make_folder("..2026");
    make_file("..2026/iris.safetensors");
    make_link("..2026", "..data");
    make_link("..data/iris.safetensors", "iris.safetensors");
    make_link("nowhere", "wine.safetensors");
    list(NULL);
    cr_assert_eq(n, 1);
    expect(0, "iris", 1, "iris.safetensors");
}

Test(model_folder, what_is_no_file_has_trouble)
{
    char path[TEMP_PATH];

    cr_assert_eq(mkfifo(temp_path(folder, "iris.safetensors", path), 0600), 0);
    list(NULL);
    cr_assert_eq(n, 1);
    cr_assert_not_null(files[0].trouble);
    mlp_error err;
    int fd;
    cr_assert_eq(model_folder_open(folder, "iris.safetensors", &fd, &err),
                 MLP_INVALID);
}

Test(model_folder, a_bad_name_has_trouble)
{
    make_file("a b.safetensors");
    list(NULL);
    cr_assert_eq(n, 1);
    cr_assert_not_null(files[0].trouble);
}

Test(model_folder, too_many_files_are_an_error)
{
    mlp_error err;
    char name[64];

    for (int i = 1; i <= MODEL_FOLDER_FILES_MAX + 1; i++) {
        snprintf(name, sizeof name, "%d.safetensors", i);
        make_file(name);
    }
    cr_assert_eq(model_folder_list(folder, "iris", &files, &n, &err),
                 MLP_LIMIT);
    cr_assert_null(files);
}

/* SPDX-License-Identifier: MIT */
#include "store/registry_follow.h"

#include <criterion/criterion.h>
#include <string.h>

#include "models.h"
#include "store/registry.h"
#include "telemetry/log.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct registry *registry;

/* The files that are refused on purpose need not be read about. */
static void set_up(void)
{
    mlp_error err;

    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    temp_folder_make(folder);
    cr_assert_eq(registry_create_follower(folder, "m", 0, &registry, &err),
                 MLP_OK);
}

static void tear_down(void)
{
    registry_destroy(registry);
    temp_folder_remove(folder);
}

TestSuite(registry_follow, .init = set_up, .fini = tear_down, .timeout = 60);

/* The first n bytes of a model's file; 0: all of them. */
static void put(const char *name, mlp_task task, size_t n)
{
    mlp_model *model = small_model(task);
    mlp_buffer bytes = file_of(model);
    char path[TEMP_PATH];
    FILE *file = fopen(temp_path(folder, name, path), "w");

    cr_assert_not_null(file);
    size_t length = n ? n : bytes.length;
    cr_assert_eq(fwrite(bytes.data, 1, length, file), length);
    fclose(file);
    mlp_buffer_free(&bytes);
    mlp_model_destroy(model);
}

static void take_away(const char *name)
{
    char path[TEMP_PATH];

    cr_assert_eq(unlink(temp_path(folder, name, path)), 0);
}

static void follow(void)
{
    mlp_error err;

    cr_assert_eq(registry_follow(registry, &err), MLP_OK, "%s", err.text);
}

static size_t n_refused(void)
{
    return registry_each_refused(registry, NULL, NULL);
}

static struct live_model *borrow(uint32_t version)
{
    return registry_borrow(registry, "m", version, NULL);
}

Test(registry_follow, a_version_appears_and_goes)
{
    put("1.safetensors", MLP_TASK_REGRESSION, 0);
    follow();
    cr_assert_eq(registry_latest(registry, "m"), 1);
    put("2.safetensors", MLP_TASK_REGRESSION, 0);
    follow();
    cr_assert_eq(registry_latest(registry, "m"), 2);
    take_away("2.safetensors");
    follow();
    cr_assert_eq(registry_latest(registry, "m"), 1);
}

Test(registry_follow, what_is_borrowed_outlives_its_file)
{
    put("1.safetensors", MLP_TASK_REGRESSION, 0);
    follow();
    struct live_model *model = borrow(1);
    cr_assert_not_null(model);
    take_away("1.safetensors");
    follow();
    cr_assert_null(borrow(1));
    cr_assert_eq(mlp_model_task(model->model), MLP_TASK_REGRESSION);
    registry_release(registry, model);
}

Test(registry_follow, half_a_file_is_refused_until_it_is_whole)
{
    put("1.safetensors", MLP_TASK_REGRESSION, 100);
    follow();
    cr_assert_eq(registry_latest(registry, "m"), 0);
    cr_assert_eq(n_refused(), 1);
    follow();
    cr_assert_eq(n_refused(), 1);
    put("1.safetensors", MLP_TASK_REGRESSION, 0);
    follow();
    cr_assert_eq(registry_latest(registry, "m"), 1);
    cr_assert_eq(n_refused(), 0);
}

Test(registry_follow, a_file_that_has_changed_is_served_as_it_is_now)
{
    put("1.safetensors", MLP_TASK_REGRESSION, 0);
    follow();
    struct live_model *before = borrow(1);
    put("1.safetensors", MLP_TASK_CLASSIFICATION, 0);
    follow();
    struct live_model *after = borrow(1);
    cr_assert_eq(mlp_model_task(before->model), MLP_TASK_REGRESSION);
    cr_assert_eq(mlp_model_task(after->model), MLP_TASK_CLASSIFICATION);
    cr_assert_str_neq(before->sha256, after->sha256);
    registry_release(registry, before);
    registry_release(registry, after);
}

Test(registry_follow, what_was_served_stays_while_its_file_is_broken)
{
    put("1.safetensors", MLP_TASK_REGRESSION, 0);
    follow();
    put("1.safetensors", MLP_TASK_REGRESSION, 100);
    follow();
    cr_assert_eq(n_refused(), 1);
    struct live_model *model = borrow(1);
    cr_assert_not_null(model);
    registry_release(registry, model);
}

Test(registry_follow, versions_without_room_sleep_and_are_read_again)
{
    mlp_error err;

    registry_destroy(registry);
    cr_assert_eq(registry_create_follower(folder, "m", 1, &registry, &err),
                 MLP_OK);
    put("1.safetensors", MLP_TASK_REGRESSION, 0);
    put("2.safetensors", MLP_TASK_CLASSIFICATION, 0);
    follow();
    cr_assert(registry_sleeps(registry, "m", 1, NULL));
    cr_assert_not(registry_sleeps(registry, "m", 2, NULL));
    struct live_model *model = borrow(1);
    cr_assert_not_null(model);
    cr_assert_eq(mlp_model_task(model->model), MLP_TASK_REGRESSION);
    registry_release(registry, model);
}

Test(registry_follow, a_folder_that_is_gone_takes_nothing_along)
{
    char moved[TEMP_PATH];
    mlp_error err;

    put("1.safetensors", MLP_TASK_REGRESSION, 0);
    follow();
    cr_assert_lt(snprintf(moved, sizeof moved, "%.4000s-moved", folder),
                 TEMP_PATH);
    cr_assert_eq(rename(folder, moved), 0);
    cr_assert_eq(registry_follow(registry, &err), MLP_IO);
    cr_assert_eq(registry_latest(registry, "m"), 1);
    cr_assert_eq(rename(moved, folder), 0);
}

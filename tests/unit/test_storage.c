/* SPDX-License-Identifier: MIT */
#include "store/storage.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>

#include "telemetry/log.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct catalog *catalog;
static struct storage *storage;

static void begin_with(uint64_t reserve_bytes)
{
    mlp_error err;

    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    signal(SIGXFSZ, SIG_IGN);
    temp_folder_make(folder);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK);
    cr_assert_eq(storage_create(folder, reserve_bytes, catalog, &storage, &err),
                 MLP_OK);
}

static void end(void)
{
    storage_destroy(storage);
    catalog_close(catalog);
    temp_folder_remove(folder);
}

static void limit_files(bool full)
{
    struct rlimit limit = {full ? 0 : RLIM_INFINITY, RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(storage, all_is_well_until_a_write_fails)
{
    begin_with(0);
    cr_expect_eq(storage_state(storage), STORAGE_OK);
    cr_expect_not(storage_check(storage));
    cr_expect_eq(storage_state(storage), STORAGE_OK);
    storage_note(storage, MLP_INVALID);
    storage_note(storage, MLP_NOMEM);
    cr_expect_eq(storage_state(storage), STORAGE_OK);
    storage_note(storage, MLP_FULL);
    cr_expect_eq(storage_state(storage), STORAGE_FULL);
    storage_note(storage, MLP_IO);
    cr_expect_eq(storage_state(storage), STORAGE_FAILED);
    end();
}

Test(storage, it_stays_bad_until_writing_works_and_then_says_so_once)
{
    mlp_error err;

    begin_with(0);
    limit_files(true);
    cr_expect_neq(catalog_probe(catalog, 1, &err), MLP_OK);
    cr_expect_not(storage_check(storage));
    cr_expect_eq(storage_state(storage), STORAGE_FAILED);
    cr_expect_not(storage_check(storage));
    limit_files(false);
    cr_expect(storage_check(storage));
    cr_expect_eq(storage_state(storage), STORAGE_OK);
    cr_expect_not(storage_check(storage));
    cr_expect_eq(temp_folder_count(folder), 3, "a probe leaves nothing");
    end();
}

Test(storage, less_room_than_the_reserve_is_full)
{
    begin_with(UINT64_MAX);
    cr_expect_not(storage_check(storage));
    cr_expect_eq(storage_state(storage), STORAGE_FULL);
    cr_expect_str_eq(storage_state_name(storage_state(storage)), "full");
    end();
}

Test(storage, a_probe_that_a_kill_interrupted_is_swept)
{
    char path[TEMP_PATH];

    begin_with(0);
    storage_destroy(storage);
    temp_file_write(temp_path(folder, "tmp-left", path), "half");
    mlp_error err;
    cr_assert_eq(storage_create(folder, 0, catalog, &storage, &err), MLP_OK);
    cr_expect_neq(access(path, F_OK), 0);
    end();
}

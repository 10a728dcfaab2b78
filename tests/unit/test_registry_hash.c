/* SPDX-License-Identifier: MIT
 *
 * A model file is what it was when it was first seen, or it is not served; and
 * what was deleted does not come back. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "models.h"
#include "store/catalog.h"
#include "store/model_files.h"
#include "store/registry.h"
#include "telemetry/log.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct catalog *catalog;

static void set_up(void)
{
    mlp_error err;

    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    temp_folder_make(folder);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
}

static void tear_down(void)
{
    catalog_close(catalog);
    temp_folder_remove(folder);
}

TestSuite(registry_hash, .init = set_up, .fini = tear_down, .timeout = 120);

/* --- files ---------------------------------------------------------------- */

static const char *in_folder(const char *relative)
{
    static char path[TEMP_PATH];
    return temp_path(folder, relative, path);
}

static bool exists(const char *relative)
{
    return access(in_folder(relative), F_OK) == 0;
}

/* The bytes of a small model, at models/m/VERSION.safetensors. */
static mlp_buffer drop_model(uint32_t version)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_buffer bytes = file_of(model);
    char name[64];

    mkdir(in_folder("models"), 0700);
    mkdir(in_folder("models/m"), 0700);
    snprintf(name, sizeof name, "models/m/%u.safetensors", (unsigned)version);
    FILE *file = fopen(in_folder(name), "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes.data, 1, bytes.length, file), bytes.length);
    fclose(file);
    mlp_model_destroy(model);
    return bytes;
}

static void flip(const char *relative, size_t offset, int bits)
{
    FILE *file = fopen(in_folder(relative), "r+b");

    cr_assert_not_null(file);
    fseek(file, (long)offset, SEEK_SET);
    int byte = fgetc(file);
    cr_assert_neq(byte, EOF);
    fseek(file, (long)offset, SEEK_SET);
    fputc(byte ^ bits, file);
    fclose(file);
}

/* --- the registry --------------------------------------------------------- */

static struct registry *open_registry(void)
{
    struct registry *registry;
    mlp_error err;

    cr_assert_eq(registry_create(folder, catalog, 0, &registry, &err), MLP_OK,
                 "%s", err.text);
    return registry;
}

static bool serves(struct registry *registry, uint32_t version)
{
    struct live_model *live = registry_borrow(registry, "m", version, NULL);

    if (live != NULL)
        registry_release(registry, live);
    return live != NULL;
}

static void count_row(void *context, const struct catalog_model_file *file)
{
    cr_expect_str_eq(file->model, "m");
    *(int *)context += file->removed ? 100 : 1;
}

/* Rows of model files, those of removed ones a hundredfold. */
static int count_rows(void)
{
    mlp_error err;
    int n = 0;

    cr_assert_eq(catalog_each_model_file(catalog, count_row, &n, &err), MLP_OK);
    return n;
}

static void start_and_stop(void)
{
    registry_destroy(open_registry());
}

Test(registry_hash, every_flipped_byte_of_a_model_file_is_found)
{
    char sha256[BLOB_SHA256_TEXT], found[BLOB_SHA256_TEXT];
    mlp_buffer bytes = drop_model(1);
    char *flipped = malloc(bytes.length);
    int fd = open(in_folder("models"), O_RDONLY | O_DIRECTORY);
    struct model_facts facts;
    mlp_model *model;
    mlp_error err;

    cr_assert_not_null(flipped);
    blob_sha256(bytes.data, bytes.length, sha256);
    for (size_t i = 0; i < bytes.length; i++) {
        flip("models/m/1.safetensors", i, 1 << (i % 8));
        cr_assert_eq(model_file_read(fd, "m", 1, sha256, &facts, &model, &err),
                     MLP_FORMAT, "byte %zu of %zu", i, bytes.length);
        cr_assert_null(model);
        cr_assert_str_neq(facts.sha256, sha256);
        memcpy(flipped, bytes.data, bytes.length);
        flipped[i] = (char)(flipped[i] ^ (1 << (i % 8)));
        blob_sha256(flipped, bytes.length, found);
        cr_assert_str_eq(facts.sha256, found);
        flip("models/m/1.safetensors", i, 1 << (i % 8));
    }
    cr_expect_eq(model_file_read(fd, "m", 1, sha256, &facts, &model, &err),
                 MLP_OK);
    mlp_model_destroy(model);
    close(fd);
    free(flipped);
    mlp_buffer_free(&bytes);
}

Test(registry_hash, a_start_finds_a_flip_wherever_it_is_and_moves_the_file)
{
    mlp_buffer bytes = drop_model(1);
    size_t length = bytes.length, n = 0;

    mlp_buffer_free(&bytes);
    for (size_t i = 0; i < length; i += length / 23, n++) {
        start_and_stop(); /* the file is seen */
        cr_assert_eq(count_rows(), 1);
        flip("models/m/1.safetensors", i, 0x10);
        struct registry *registry = open_registry();
        cr_expect_not(serves(registry, 1));
        cr_expect_not(serves(registry, 0));
        cr_expect_eq(registry_n_quarantined(registry), 1);
        registry_destroy(registry);
        cr_expect_not(exists("models/m/1.safetensors"));
        cr_expect_eq(temp_folder_count(in_folder("quarantine")), n + 1);
        start_and_stop(); /* the row goes with the file */
        cr_assert_eq(count_rows(), 0);
        bytes = drop_model(1);
        mlp_buffer_free(&bytes);
    }
    cr_expect(exists("quarantine/m-1.safetensors"));
    cr_expect(exists("quarantine/m-1.safetensors.2"));
}

Test(registry_hash, an_older_version_is_checked_when_it_is_first_asked_for)
{
    mlp_buffer bytes = drop_model(1);

    mlp_buffer_free(&bytes);
    bytes = drop_model(2);
    start_and_stop();
    flip("models/m/1.safetensors", bytes.length - 1, 1);
    struct registry *registry = open_registry();
    cr_expect_eq(registry_n_quarantined(registry), 0);
    cr_expect_not(serves(registry, 1));
    cr_expect(serves(registry, 2));
    cr_expect_eq(registry_n_quarantined(registry), 1);
    cr_expect(exists("quarantine/m-1.safetensors"));
    registry_destroy(registry);
    mlp_buffer_free(&bytes);
}

Test(registry_hash, a_corrupt_latest_leaves_its_place_to_the_one_before)
{
    mlp_buffer bytes = drop_model(1);

    mlp_buffer_free(&bytes);
    bytes = drop_model(2);
    start_and_stop();
    cr_assert_eq(
        truncate(in_folder("models/m/2.safetensors"), (off_t)bytes.length - 1),
        0);
    struct registry *registry = open_registry();
    struct live_model *live = registry_borrow(registry, "m", 0, NULL);
    cr_assert_not_null(live);
    cr_expect_eq(live->version, 1);
    cr_expect_eq(registry_highest(registry, "m"), 2);
    registry_release(registry, live);
    registry_destroy(registry);
    mlp_buffer_free(&bytes);
}

Test(registry_hash, a_file_that_changed_is_not_handed_out_either)
{
    mlp_buffer bytes = drop_model(1);
    struct registry *registry = open_registry();
    struct live_model *live = registry_borrow(registry, "m", 0, NULL);

    cr_assert_not_null(live);
    int fd;
    cr_assert_eq(registry_open_file(registry, live, &fd, NULL), MLP_OK);
    close(fd);
    flip("models/m/1.safetensors", bytes.length / 2, 2);
    cr_expect_eq(registry_open_file(registry, live, &fd, NULL), MLP_INVALID);
    cr_expect_eq(registry_n_quarantined(registry), 1);
    cr_expect_not(serves(registry, 0));
    registry_release(registry, live);
    registry_destroy(registry);
    mlp_buffer_free(&bytes);
}

Test(registry_hash, what_was_never_a_model_is_left_where_it_is)
{
    mkdir(in_folder("models"), 0700);
    mkdir(in_folder("models/m"), 0700);
    temp_file_write(in_folder("models/m/1.safetensors"), "no model");
    start_and_stop();
    start_and_stop();
    cr_expect(exists("models/m/1.safetensors"));
    cr_expect_not(exists("quarantine"));
    cr_expect_eq(count_rows(), 0);
}

/* --- what was deleted ----------------------------------------------------- */

Test(registry_hash, a_deleted_version_leaves_neither_file_nor_row)
{
    mlp_buffer bytes = drop_model(1);
    struct registry *registry = open_registry();
    mlp_error err;

    mlp_buffer_free(&bytes);
    cr_expect_eq(registry_remove(registry, "m", 0, NULL, &err), MLP_OK);
    cr_expect_eq(count_rows(), 0);
    cr_expect_not(exists("models/m/1.safetensors"));
    registry_destroy(registry);
}

Test(registry_hash,
     a_kill_between_the_commit_and_the_unlink_brings_nothing_back)
{
    mlp_buffer bytes = drop_model(1);
    mlp_error err;

    mlp_buffer_free(&bytes);
    start_and_stop();
    cr_assert_eq(catalog_remove_model_file(catalog, "m", 1, &err), MLP_OK);
    cr_assert_eq(count_rows(), 100);
    struct registry *registry = open_registry();
    cr_expect_not(serves(registry, 0));
    cr_expect_not(exists("models/m/1.safetensors"));
    cr_expect_eq(count_rows(), 0);
    registry_destroy(registry);
}

Test(registry_hash, what_cannot_be_stored_as_deleted_stays)
{
    mlp_buffer bytes = drop_model(1);
    struct registry *registry = open_registry();
    mlp_error err = {.status = MLP_OK};

    /* A transaction of somebody else's stands for a catalog that fails. */
    cr_assert_eq(catalog_begin(catalog, &err), MLP_OK);
    cr_expect_eq(registry_remove(registry, "m", 1, NULL, &err), MLP_IO);
    cr_assert_eq(catalog_end(catalog, MLP_OK, &err), MLP_OK);
    cr_expect(serves(registry, 1));
    cr_expect(exists("models/m/1.safetensors"));
    cr_expect_eq(count_rows(), 1);
    registry_destroy(registry);
    mlp_buffer_free(&bytes);
}

Test(registry_hash, a_row_whose_file_was_taken_away_is_forgotten)
{
    mlp_buffer bytes = drop_model(1);

    mlp_buffer_free(&bytes);
    start_and_stop();
    cr_assert_eq(count_rows(), 1);
    unlink(in_folder("models/m/1.safetensors"));
    start_and_stop();
    cr_expect_eq(count_rows(), 0);
}

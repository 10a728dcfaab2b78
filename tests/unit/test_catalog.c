/* SPDX-License-Identifier: MIT */
#include "store/catalog.h"

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

TestSuite(catalog, .init = make_folder, .fini = remove_folder);

static struct catalog *open_catalog(void)
{
    struct catalog *catalog;
    mlp_error err;

    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
    return catalog;
}

static int64_t insert(struct catalog *catalog, const char *model)
{
    struct catalog_job job = {
        .model = model, .state = "queued", .spec = "{}", .created_ms = 1000};
    mlp_error err;

    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK, "%s",
                 err.text);
    return job.id;
}

/* What catalog_each_job() showed, as "id:model:state;…". */
static void append_job(void *context, const struct catalog_job *job)
{
    mlp_buffer_format(context, "%d:%s:%s;", (int)job->id, job->model,
                      job->state);
}

static void expect_jobs(struct catalog *catalog, const char *expected)
{
    mlp_buffer seen;
    mlp_error err;

    mlp_buffer_init(&seen, 1 << 16);
    mlp_buffer_text(&seen, "");
    cr_assert_eq(catalog_each_job(catalog, append_job, &seen, &err), MLP_OK);
    cr_expect_str_eq(seen.length ? seen.data : "", expected);
    mlp_buffer_free(&seen);
}

Test(catalog, jobs_are_there_after_reopening)
{
    struct catalog *catalog = open_catalog();

    cr_expect_eq(insert(catalog, "iris"), 1);
    cr_expect_eq(insert(catalog, "wine"), 2);
    catalog_close(catalog);
    catalog = open_catalog();
    expect_jobs(catalog, "1:iris:queued;2:wine:queued;");
    catalog_close(catalog);
}

static void check_all_fields(void *context, const struct catalog_job *job)
{
    *(int *)context += 1;
    cr_expect_eq(job->id, 1);
    cr_expect_str_eq(job->model, "m'\"; --");
    cr_expect_str_eq(job->state, "failed");
    cr_expect_str_eq(job->spec, "{\"a\":\"é\"}");
    cr_expect_str_eq(job->table, "abc");
    cr_expect_str_eq(job->warnings, "[\"w\"]");
    cr_expect_str_eq(job->progress, "{\"p\":1}");
    cr_expect_str_eq(job->error, "{\"e\":1}");
    cr_expect_null(job->history);
    cr_expect_eq(job->version, UINT32_MAX);
    cr_expect_eq(job->reserved, UINT32_MAX - 1);
    cr_expect(job->cancel_asked);
    cr_expect_str_eq(job->outcome, "{\"o\":1}");
    cr_expect_eq(job->restarts, 2);
    cr_expect_eq(job->created_ms, 1700000000123);
    cr_expect_eq(job->started_ms, 1700000001123);
    cr_expect_eq(job->finished_ms, 1700000002123);
}

Test(catalog, an_update_writes_every_field_but_those_of_the_beginning)
{
    struct catalog *catalog = open_catalog();
    struct catalog_job job = {.model = "m'\"; --",
                              .state = "queued",
                              .spec = "{\"a\":\"é\"}",
                              .table = "abc",
                              .created_ms = 1700000000123};
    mlp_error err;
    int n = 0;

    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK);
    job.state = "failed";
    job.warnings = "[\"w\"]";
    job.progress = "{\"p\":1}";
    job.error = "{\"e\":1}";
    job.outcome = "{\"o\":1}";
    job.version = UINT32_MAX;
    job.reserved = UINT32_MAX - 1;
    job.cancel_asked = true;
    job.restarts = 2;
    job.started_ms = 1700000001123;
    job.finished_ms = 1700000002123;
    job.model = job.spec = job.table = "not written";
    job.created_ms = 5;
    cr_assert_eq(catalog_update_job(catalog, &job, &err), MLP_OK);
    cr_assert_eq(catalog_each_job(catalog, check_all_fields, &n, &err), MLP_OK);
    cr_expect_eq(n, 1);
    catalog_close(catalog);
}

Test(catalog, an_update_without_history_leaves_what_is_there)
{
    struct catalog *catalog = open_catalog();
    struct catalog_job job = {
        .id = insert(catalog, "iris"), .state = "running", .history = "{}"};
    char *history;
    mlp_error err;

    cr_assert_eq(catalog_job_history(catalog, job.id, &history, &err), MLP_OK);
    cr_expect_null(history);
    cr_assert_eq(catalog_update_job(catalog, &job, &err), MLP_OK);
    job.history = NULL;
    cr_assert_eq(catalog_update_job(catalog, &job, &err), MLP_OK);
    cr_assert_eq(catalog_job_history(catalog, job.id, &history, &err), MLP_OK);
    cr_expect_str_eq(history, "{}");
    free(history);
    catalog_close(catalog);
}

Test(catalog, a_deleted_jobs_number_never_comes_back)
{
    struct catalog *catalog = open_catalog();
    mlp_error err;

    insert(catalog, "a");
    cr_expect_eq(insert(catalog, "b"), 2);
    cr_assert_eq(catalog_delete_job(catalog, 2, &err), MLP_OK);
    catalog_close(catalog);
    catalog = open_catalog();
    cr_expect_eq(insert(catalog, "c"), 3);
    expect_jobs(catalog, "1:a:queued;3:c:queued;");
    catalog_close(catalog);
}

Test(catalog, a_state_that_is_none_is_refused_by_the_schema)
{
    struct catalog *catalog = open_catalog();
    struct catalog_job job = {.model = "m", .state = "paused", .spec = "{}"};
    mlp_error err;

    cr_expect_eq(catalog_insert_job(catalog, &job, &err), MLP_INVALID);
    expect_jobs(catalog, "");
    catalog_close(catalog);
}

static void append_dataset(void *context, const struct catalog_dataset *dataset)
{
    mlp_buffer_format(context, "%s:%s:%s:%s:%d:%d;", dataset->name,
                      dataset->format, dataset->sha256, dataset->description,
                      (int)dataset->size, (int)dataset->created_ms);
}

Test(catalog, a_dataset_is_replaced_by_name)
{
    struct catalog *catalog = open_catalog();
    struct catalog_dataset dataset = {"b", "csv", "s1", "{}", 10, 5};
    mlp_buffer seen;
    mlp_error err;

    cr_assert_eq(catalog_put_dataset(catalog, &dataset, &err), MLP_OK);
    dataset.name = "a";
    cr_assert_eq(catalog_put_dataset(catalog, &dataset, &err), MLP_OK);
    dataset.sha256 = "s2";
    dataset.size = 20;
    cr_assert_eq(catalog_put_dataset(catalog, &dataset, &err), MLP_OK);
    cr_assert_eq(catalog_delete_dataset(catalog, "b", &err), MLP_OK);
    catalog_close(catalog);
    catalog = open_catalog();
    mlp_buffer_init(&seen, 1 << 16);
    cr_assert_eq(catalog_each_dataset(catalog, append_dataset, &seen, &err),
                 MLP_OK);
    cr_expect_str_eq(seen.data, "a:csv:s2:{}:20:5;");
    mlp_buffer_free(&seen);
    catalog_close(catalog);
}

static void expect_version(struct catalog *catalog,
                           const char *model,
                           uint32_t at_least,
                           uint32_t expected)
{
    uint32_t version;
    mlp_error err;

    cr_assert_eq(catalog_next_version(catalog, model, at_least, &version, &err),
                 MLP_OK);
    cr_expect_eq(version, expected);
}

Test(catalog, versions_only_grow_for_each_model_apart)
{
    struct catalog *catalog = open_catalog();

    expect_version(catalog, "a", 0, 1);
    expect_version(catalog, "a", 0, 2);
    expect_version(catalog, "b", 0, 1);
    expect_version(catalog, "a", 7, 8);
    expect_version(catalog, "a", 3, 9);
    catalog_close(catalog);
    catalog = open_catalog();
    expect_version(catalog, "a", 0, 10);
    expect_version(catalog, "c", 4, 5);
    catalog_close(catalog);
}

Test(catalog, the_last_version_number_is_the_last)
{
    struct catalog *catalog = open_catalog();
    uint32_t version;
    mlp_error err;

    expect_version(catalog, "a", UINT32_MAX - 1, UINT32_MAX);
    cr_expect_eq(catalog_next_version(catalog, "a", 0, &version, &err),
                 MLP_LIMIT);
    cr_expect_eq(catalog_next_version(catalog, "b", UINT32_MAX, &version, &err),
                 MLP_LIMIT);
    expect_version(catalog, "b", 0, 1);
    catalog_close(catalog);
}

/* --- transactions --------------------------------------------------------- */

Test(catalog, a_transaction_is_all_or_nothing)
{
    struct catalog *catalog = open_catalog();
    mlp_error err;

    cr_assert_eq(catalog_begin(catalog, &err), MLP_OK);
    insert(catalog, "a");
    insert(catalog, "b");
    cr_expect_eq(catalog_end(catalog, MLP_NOMEM, &err), MLP_NOMEM);
    expect_jobs(catalog, "");
    cr_assert_eq(catalog_begin(catalog, &err), MLP_OK);
    insert(catalog, "c");
    insert(catalog, "d");
    cr_expect_eq(catalog_end(catalog, MLP_OK, &err), MLP_OK);
    catalog_close(catalog);
    catalog = open_catalog();
    expect_jobs(catalog, "1:c:queued;2:d:queued;");
    catalog_close(catalog);
}

Test(catalog, how_the_last_write_went_is_known)
{
    struct catalog *catalog = open_catalog();
    struct rlimit none = {0, RLIM_INFINITY}, limit;
    mlp_error err;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    cr_expect_eq(catalog_write_status(catalog), MLP_OK);
    setrlimit(RLIMIT_FSIZE, &none);
    cr_expect_eq(catalog_probe(catalog, 1, &err), MLP_IO);
    cr_expect_eq(catalog_write_status(catalog), MLP_IO);
    expect_jobs(catalog, ""); /* to read says nothing */
    cr_expect_eq(catalog_write_status(catalog), MLP_IO);
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_expect_eq(catalog_probe(catalog, 2, &err), MLP_OK);
    cr_expect_eq(catalog_write_status(catalog), MLP_OK);
    catalog_close(catalog);
}

/* --- versions and files --------------------------------------------------- */

Test(catalog, a_reserved_version_and_its_file_are_one_change)
{
    struct catalog *catalog = open_catalog();
    struct catalog_model_file file = {
        .model = "a", .sha256 = "s", .size = 5, .version = 0};
    mlp_error err;

    cr_assert_eq(catalog_begin(catalog, &err), MLP_OK);
    cr_assert_eq(catalog_reserve_version(catalog, &file, 3, &err), MLP_OK);
    cr_expect_eq(file.version, 4);
    cr_assert_eq(catalog_end(catalog, MLP_IO, &err), MLP_IO);
    expect_version(catalog, "a", 0, 1); /* it was not taken */
    file.version = 9;
    cr_assert_eq(catalog_reserve_version(catalog, &file, 0, &err), MLP_OK);
    cr_expect_eq(file.version, 9);
    expect_version(catalog, "a", 0, 2); /* nor was another */
    catalog_close(catalog);
}

/* --- keys ----------------------------------------------------------------- */

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static int64_t job_of(struct catalog *catalog, const char *key, int64_t now_ms)
{
    struct catalog_key_found found;
    mlp_error err;

    cr_assert_eq(catalog_get_key(catalog, key, now_ms, &found, &err), MLP_OK);
    if (found.job != 0)
        cr_expect_str_eq(found.request, "r");
    return found.job;
}

Test(catalog, a_key_lives_for_a_day_and_no_longer)
{
    struct catalog *catalog = open_catalog();
    struct catalog_key key = {"k", "r", 7, 1000};
    mlp_error err;

    cr_assert_eq(catalog_put_key(catalog, &key, &err), MLP_OK);
    catalog_close(catalog);
    catalog = open_catalog();
    cr_expect_eq(job_of(catalog, "k", 1000), 7);
    cr_expect_eq(job_of(catalog, "K", 1000), 0);
    cr_expect_eq(job_of(catalog, "k", 1000 + DAY_MS), 7);
    cr_expect_eq(job_of(catalog, "k", 1001 + DAY_MS), 0);
    cr_assert_eq(catalog_purge_keys(catalog, 1000 + DAY_MS, &err), MLP_OK);
    cr_expect_eq(job_of(catalog, "k", 1000), 7);
    cr_assert_eq(catalog_purge_keys(catalog, 1001 + DAY_MS, &err), MLP_OK);
    cr_expect_eq(job_of(catalog, "k", 1000), 0);
    key.job = 8;
    cr_assert_eq(catalog_put_key(catalog, &key, &err), MLP_OK);
    cr_expect_eq(job_of(catalog, "k", 1000), 8);
    catalog_close(catalog);
}

/* --- the folder ----------------------------------------------------------- */

Test(catalog, a_second_daemon_is_refused_and_told_who_has_the_folder)
{
    struct catalog *catalog = open_catalog(), *second;
    char pid[32];
    mlp_error err;

    cr_expect_eq(catalog_open(folder, &second, &err), MLP_IO);
    cr_expect_null(second);
    snprintf(pid, sizeof pid, "(pid %ld)", (long)getpid());
    cr_expect_not_null(strstr(err.text, "another mlpd"), "%s", err.text);
    cr_expect_not_null(strstr(err.text, pid), "%s", err.text);
    insert(catalog, "a");
    catalog_close(catalog);
    catalog_close(open_catalog());
}

static void overwrite(const char *name, long offset, const char *bytes)
{
    char path[TEMP_PATH];
    FILE *file = fopen(temp_path(folder, name, path), "r+b");

    cr_assert_not_null(file);
    fseek(file, offset, SEEK_SET);
    fwrite(bytes, 1, strlen(bytes), file);
    fclose(file);
}

Test(catalog, what_a_newer_mlpd_made_is_refused)
{
    struct catalog *catalog = open_catalog();
    mlp_error err;

    catalog_close(catalog);
    /* The user version: bytes 60 to 63 of the header, big-endian. */
    overwrite("mlpd.db", 63, "\x63");
    cr_expect_eq(catalog_open(folder, &catalog, &err), MLP_FORMAT);
    cr_expect_not_null(strstr(err.text, "newer"), "%s", err.text);
    cr_expect_null(catalog);
}

Test(catalog, a_file_that_is_no_database_is_refused)
{
    struct catalog *catalog;
    char path[TEMP_PATH];
    mlp_error err;

    temp_file_write(temp_path(folder, "mlpd.db", path),
                    "This is not a database, however long it may be. It goes "
                    "on and on, well behind the hundred bytes of a header.");
    cr_expect_eq(catalog_open(folder, &catalog, &err), MLP_IO);
    cr_expect_not_null(strstr(err.text, "no SQLite database"), "%s", err.text);
}

Test(catalog, a_damaged_database_is_refused)
{
    struct catalog *catalog = open_catalog();
    char junk[2048];
    mlp_error err;

    for (int i = 0; i < 100; i++)
        insert(catalog, "some-model");
    catalog_close(catalog);
    memset(junk, 'x', sizeof junk - 1);
    junk[sizeof junk - 1] = '\0';
    for (long page = 1; page < 6; page++)
        overwrite("mlpd.db", page * 4096 + 1, junk);
    cr_expect_eq(catalog_open(folder, &catalog, &err), MLP_IO);
    cr_expect_not_null(strstr(err.text, "damaged"), "%s", err.text);
}

Test(catalog, the_folder_is_made_and_all_in_it_is_its_owners)
{
    static const char *const files[] = {"mlpd.db", "mlpd.db-wal", "LOCK"};
    struct catalog *catalog;
    struct stat info;
    char data[TEMP_PATH], path[TEMP_PATH];
    mlp_error err;

    temp_path(folder, "data", data);
    cr_assert_eq(catalog_open(data, &catalog, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(stat(data, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0700);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(stat(temp_path(data, files[i], path), &info), 0);
        cr_expect_eq(info.st_mode & 0777, 0600);
    }
    /* No shared memory: the lock is exclusive. */
    cr_expect_eq(temp_folder_count(data), 3);
    catalog_close(catalog);
}

Test(catalog, a_link_is_not_followed)
{
    struct catalog *catalog;
    char path[TEMP_PATH], target[TEMP_PATH];
    mlp_error err;

    temp_path(folder, "elsewhere", target);
    cr_assert_eq(symlink(target, temp_path(folder, "mlpd.db", path)), 0);
    cr_expect_eq(catalog_open(folder, &catalog, &err), MLP_IO);
    cr_expect_neq(access(target, F_OK), 0);
}

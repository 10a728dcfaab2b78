/* SPDX-License-Identifier: MIT */
#include "store/registry.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "mlp/fit.h"
#include "store/catalog.h"
#include "store/model_files.h"
#include "telemetry/log.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct catalog *catalog;

/* The files that are refused on purpose need not be read about. */
static void set_up(void)
{
    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    mlp_error err;

    temp_folder_make(folder);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
}

static void tear_down(void)
{
    catalog_close(catalog);
    temp_folder_remove(folder);
}

TestSuite(registry, .init = set_up, .fini = tear_down, .timeout = 60);

/* --- models --------------------------------------------------------------- */

/* A linear model of y = slope * x: its record and its answers tell which. */
static mlp_model *make_model(unsigned slope)
{
    static const char *const names[] = {"x", "y"};
    static const char *const targets[] = {"y"};
    float *block = malloc(8 * sizeof *block);
    mlp_table *table;
    mlp_plan *plan;
    mlp_model *model;
    mlp_fit_report report;
    char record[32];
    mlp_error err;
    mlp_fit_spec spec = {.task = MLP_TASK_REGRESSION,
                         .targets = targets,
                         .n_targets = 1,
                         .hidden_given = true,
                         .training = {.epochs = 1, .seed = slope}};

    for (unsigned i = 0; i < 4; i++) {
        block[2 * i] = (float)i;
        block[2 * i + 1] = (float)(slope * i);
    }
    cr_assert_eq(mlp_table_adopt(block, false, 4, 2, names, &table, &err),
                 MLP_OK, "%s", err.text);
    cr_assert_eq(mlp_plan_create(table, &spec, &plan, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(mlp_plan_run(plan, NULL, &model, &report, &err), MLP_OK, "%s",
                 err.text);
    snprintf(record, sizeof record, "{\"slope\":%u}", slope);
    cr_assert_eq(mlp_model_set_record(model, record, strlen(record), &err),
                 MLP_OK);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
    return model;
}

static unsigned slope_of(const struct live_model *live)
{
    unsigned slope = 0;

    cr_assert_not_null(live);
    cr_assert_not_null(live->model);
    sscanf(mlp_model_record(live->model), "{\"slope\":%u}", &slope);
    return slope;
}

/* A file as a user drops it in. */
static void drop_file(const char *name, const char *file, unsigned slope)
{
    char path[TEMP_PATH], sub[TEMP_PATH];
    mlp_model *model = make_model(slope);
    mlp_error err;

    temp_path(folder, "models", path);
    mkdir(path, 0700);
    mkdir(temp_path(path, name, sub), 0700);
    temp_path(sub, file, path);
    cr_assert_eq(mlp_model_save(model, path, &err), MLP_OK, "%s", err.text);
    mlp_model_destroy(model);
}

static void drop_bytes(const char *name, const char *file, const char *bytes)
{
    char path[TEMP_PATH], sub[TEMP_PATH];

    temp_path(folder, "models", path);
    mkdir(path, 0700);
    mkdir(temp_path(path, name, sub), 0700);
    temp_file_write(temp_path(sub, file, path), bytes);
}

static bool exists(const char *relative)
{
    char path[TEMP_PATH];
    return access(temp_path(folder, relative, path), F_OK) == 0;
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

static mlp_status try_publish(struct registry *registry,
                              const char *name,
                              uint32_t version,
                              unsigned slope)
{
    mlp_model *model = make_model(slope);
    char *path, sha256[BLOB_SHA256_TEXT];
    struct blob *blob;
    mlp_error err;

    cr_assert_eq(registry_folder(registry, name, &path, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(blob_create(path, &blob, &err), MLP_OK);
    cr_assert_eq(mlp_model_write(model, blob_sink(blob), &err), MLP_OK);
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
    mlp_status status =
        registry_publish(registry, name, version, blob, sha256, model, &err);
    if (status != MLP_OK) {
        blob_abort(blob);
        mlp_model_destroy(model);
    }
    free(path);
    return status;
}

static void publish(struct registry *registry,
                    const char *name,
                    uint32_t version,
                    unsigned slope)
{
    cr_assert_eq(try_publish(registry, name, version, slope), MLP_OK);
}

/* Which model answers as `version` of `name`; 0 when none does. */
static unsigned
answers(struct registry *registry, const char *name, uint32_t version)
{
    struct live_model *live = registry_borrow(registry, name, version, NULL);
    unsigned slope = live ? slope_of(live) : 0;

    if (live != NULL && version != 0)
        cr_expect_eq(live->version, version);
    if (live != NULL)
        registry_release(registry, live);
    return slope;
}

/* "name:version[*][z] " of each: * the latest, z asleep. */
static void append(void *context, const struct live_model *live, bool latest)
{
    char *text = context;
    size_t n = strlen(text);

    snprintf(text + n, 256 - n, "%s:%u%s%s ", live->name,
             (unsigned)live->version, latest ? "*" : "",
             live->model ? "" : "z");
}

static void expect_list(struct registry *registry, const char *expected)
{
    char text[256] = "";

    registry_each(registry, append, text);
    cr_expect_str_eq(text, expected);
}

Test(registry, an_empty_folder_serves_nothing)
{
    struct registry *registry = open_registry();
    size_t n_models, n_versions;

    cr_expect(exists("models"));
    cr_expect_null(registry_borrow(registry, "iris", 0, NULL));
    cr_expect_eq(registry_highest(registry, "iris"), 0);
    cr_expect_eq(registry_remove(registry, "iris", 0, NULL, NULL), MLP_INVALID);
    registry_count(registry, &n_models, &n_versions);
    cr_expect_eq(n_models + n_versions, 0);
    registry_destroy(registry);
}

Test(registry, what_is_published_answers_now_and_after_a_restart)
{
    struct registry *registry = open_registry();
    char sha256[BLOB_SHA256_TEXT];

    publish(registry, "iris", 1, 5);
    struct live_model *live = registry_borrow(registry, "iris", 0, NULL);
    cr_expect_eq(slope_of(live), 5);
    cr_expect_str_eq(live->name, "iris");
    cr_expect_eq(live->version, 1);
    cr_expect_gt(live->size, 0);
    cr_expect_leq(live->created_ms / 1000, time(NULL) + 1);
    cr_expect_gt(live->created_ms / 1000, time(NULL) - 100);
    memcpy(sha256, live->sha256, sizeof sha256);
    int64_t created_ms = live->created_ms;
    uint64_t size = live->size;
    registry_release(registry, live);
    registry_destroy(registry);

    registry = open_registry();
    live = registry_borrow(registry, "iris", 1, NULL);
    cr_expect_eq(slope_of(live), 5);
    cr_expect_str_eq(live->sha256, sha256);
    cr_expect_eq(live->created_ms, created_ms);
    cr_expect_eq(live->size, size);
    registry_release(registry, live);
    registry_destroy(registry);
}

Test(registry, a_file_that_is_dropped_in_is_served)
{
    drop_file("iris", "7.safetensors", 3);
    struct registry *registry = open_registry();
    cr_expect_eq(answers(registry, "iris", 0), 3);
    cr_expect_eq(answers(registry, "iris", 7), 3);
    cr_expect_eq(answers(registry, "iris", 1), 0);
    cr_expect_eq(registry_highest(registry, "iris"), 7);
    registry_destroy(registry);
}

Test(registry, versions_are_ordered_as_numbers)
{
    drop_file("iris", "10.safetensors", 10);
    drop_file("iris", "9.safetensors", 9);
    drop_file("a", "2.safetensors", 2);
    struct registry *registry = open_registry();
    cr_expect_eq(answers(registry, "iris", 0), 10);
    expect_list(registry, "a:2* iris:9z iris:10* ");
    registry_destroy(registry);
}

Test(registry, an_older_version_is_read_when_it_is_first_asked_for)
{
    size_t n_models, n_versions;

    drop_file("iris", "1.safetensors", 1);
    drop_file("iris", "2.safetensors", 2);
    struct registry *registry = open_registry();
    expect_list(registry, "iris:1z iris:2* ");
    cr_expect_eq(answers(registry, "iris", 1), 1);
    expect_list(registry, "iris:1 iris:2* ");
    registry_count(registry, &n_models, &n_versions);
    cr_expect_eq(n_models, 1);
    cr_expect_eq(n_versions, 2);
    registry_destroy(registry);
}

Test(registry, memory_does_not_grow_with_history_but_a_pinned_version_stays)
{
    struct registry *registry = open_registry();

    publish(registry, "iris", 1, 1);
    publish(registry, "iris", 2, 2);
    expect_list(registry, "iris:1z iris:2* ");
    cr_expect_eq(answers(registry, "iris", 2), 2);
    publish(registry, "iris", 3, 3);
    publish(registry, "iris", 4, 4);
    expect_list(registry, "iris:1z iris:2 iris:3z iris:4* ");
    for (uint32_t version = 1; version <= 4; version++)
        cr_expect_eq(answers(registry, "iris", version), version);
    registry_destroy(registry);
}

Test(registry, a_borrower_keeps_what_it_has_whatever_happens)
{
    struct registry *registry = open_registry();

    publish(registry, "iris", 1, 1);
    struct live_model *first = registry_borrow(registry, "iris", 0, NULL);
    publish(registry, "iris", 2, 2);
    struct live_model *second = registry_borrow(registry, "iris", 0, NULL);
    cr_expect_eq(registry_remove(registry, "iris", 0, NULL, NULL), MLP_OK);
    cr_expect_eq(slope_of(first), 1);
    cr_expect_eq(slope_of(second), 2);
    registry_release(registry, first);
    registry_release(registry, second);
    registry_destroy(registry);
}

Test(registry, publishing_never_replaces)
{
    struct registry *registry = open_registry();

    publish(registry, "iris", 1, 1);
    cr_expect_eq(try_publish(registry, "iris", 1, 2), MLP_INVALID);
    cr_expect_eq(try_publish(registry, "iris", 0, 2), MLP_INVALID);
    cr_expect_eq(answers(registry, "iris", 0), 1);
    drop_file("iris", "2.safetensors", 9);
    cr_expect_eq(try_publish(registry, "iris", 2, 2), MLP_INVALID);
    cr_expect_eq(answers(registry, "iris", 0), 1);
    registry_destroy(registry);
    cr_expect(exists("models/iris/2.safetensors"));
}

Test(registry, removing_the_latest_makes_the_next_the_latest)
{
    struct registry *registry = open_registry();

    publish(registry, "iris", 1, 1);
    publish(registry, "iris", 2, 2);
    cr_expect_eq(registry_remove(registry, "iris", 2, NULL, NULL), MLP_OK);
    expect_list(registry, "iris:1* ");
    cr_expect_not(exists("models/iris/2.safetensors"));
    cr_expect_eq(answers(registry, "iris", 0), 1);
    cr_expect_eq(registry_remove(registry, "iris", 2, NULL, NULL), MLP_INVALID);
    cr_expect_eq(registry_highest(registry, "iris"), 2);
    registry_destroy(registry);
    registry = open_registry();
    expect_list(registry, "iris:1* ");
    registry_destroy(registry);
}

Test(registry, removing_all_leaves_no_file_and_no_model)
{
    struct registry *registry = open_registry();
    size_t n_models, n_versions;
    char path[TEMP_PATH];

    publish(registry, "iris", 1, 1);
    publish(registry, "iris", 2, 2);
    publish(registry, "wine", 1, 3);
    cr_expect_eq(registry_remove(registry, "iris", 0, NULL, NULL), MLP_OK);
    cr_expect_eq(temp_folder_count(temp_path(folder, "models/iris", path)), 0);
    expect_list(registry, "wine:1* ");
    cr_expect_eq(answers(registry, "iris", 0), 0);
    registry_count(registry, &n_models, &n_versions);
    cr_expect_eq(n_models, 1);
    publish(registry, "iris", 3, 4);
    cr_expect_eq(answers(registry, "iris", 0), 4);
    registry_destroy(registry);
}

Test(registry, a_bad_file_is_left_alone_and_the_next_lower_one_serves)
{
    drop_file("iris", "1.safetensors", 1);
    drop_bytes("iris", "2.safetensors", "not a model");
    drop_bytes("iris", "3.safetensors", "");
    drop_bytes("bad", "4.safetensors", "{}");
    struct registry *registry = open_registry();
    expect_list(registry, "iris:1* ");
    cr_expect_eq(answers(registry, "iris", 3), 0);
    cr_expect_eq(answers(registry, "bad", 0), 0);
    cr_expect_eq(registry_highest(registry, "iris"), 3);
    cr_expect_eq(registry_highest(registry, "bad"), 4);
    cr_expect(exists("models/iris/3.safetensors"));
    publish(registry, "iris", 4, 4);
    cr_expect_eq(answers(registry, "iris", 0), 4);
    registry_destroy(registry);
}

Test(registry, a_bad_older_file_is_found_out_at_the_start)
{
    drop_bytes("iris", "1.safetensors", "not a model");
    drop_file("iris", "2.safetensors", 2);
    struct registry *registry = open_registry();
    expect_list(registry, "iris:2* ");
    cr_expect_eq(answers(registry, "iris", 1), 0);
    registry_destroy(registry);
    cr_expect(exists("models/iris/1.safetensors"));
}

Test(registry, a_lack_of_descriptors_costs_no_version)
{
    struct registry *registry = open_registry();
    struct rlimit limit, none = {3, 3};

    publish(registry, "iris", 1, 1);
    publish(registry, "iris", 2, 2);
    getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    cr_expect_eq(answers(registry, "iris", 2), 2);
    cr_expect_eq(answers(registry, "iris", 1), 0);
    setrlimit(RLIMIT_NOFILE, &limit);
    cr_expect_eq(answers(registry, "iris", 1), 1);
    registry_destroy(registry);
}

Test(registry, a_file_that_changed_on_disk_is_not_served)
{
    struct registry *registry = open_registry();
    char path[TEMP_PATH];

    publish(registry, "iris", 1, 1);
    publish(registry, "iris", 2, 2);
    unlink(temp_path(folder, "models/iris/1.safetensors", path));
    drop_file("iris", "1.safetensors", 6);
    cr_expect_eq(answers(registry, "iris", 1), 0);
    expect_list(registry, "iris:2* ");
    registry_destroy(registry);
}

Test(registry, names_that_are_none_are_passed_over)
{
    static const char *const files[] = {
        "01.safetensors",          "0.safetensors",
        "1.safetensors.bak",       "-1.safetensors",
        "1.SAFETENSORS",           "4294967296.safetensors",
        " 1.safetensors",          "1",
        "99999999999.safetensors", ".1.safetensors",
        "1.0.safetensors"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        drop_file("iris", files[i], 1);
    drop_file("Iris", "1.safetensors", 1);
    drop_file("4294967295", "4294967295.safetensors", 2);
    struct registry *registry = open_registry();
    expect_list(registry, "4294967295:4294967295* ");
    cr_expect_null(registry_borrow(registry, "Iris", 0, NULL));
    registry_destroy(registry);
}

Test(registry, links_pipes_and_folders_are_no_models)
{
    char target[TEMP_PATH], link[TEMP_PATH];

    drop_file("good", "1.safetensors", 1);
    drop_file("iris", "1.safetensors", 1);
    temp_path(folder, "models/good/1.safetensors", target);
    temp_path(folder, "models/iris/2.safetensors", link);
    cr_assert_eq(symlink(target, link), 0);
    mkfifo(temp_path(folder, "models/iris/3.safetensors", link), 0600);
    mkdir(temp_path(folder, "models/iris/4.safetensors", link), 0700);
    temp_path(folder, "models/good", target);
    temp_path(folder, "models/linked", link);
    cr_assert_eq(symlink(target, link), 0);
    temp_file_write(temp_path(folder, "models/loose", link), "x");
    struct registry *registry = open_registry();
    expect_list(registry, "good:1* iris:1* ");
    cr_expect_eq(registry_highest(registry, "iris"), 4);
    registry_destroy(registry);
}

Test(registry, a_folder_is_only_made_for_a_valid_name)
{
    struct registry *registry = open_registry();
    char *path;
    mlp_error err;

    cr_expect_eq(registry_folder(registry, "../x", &path, &err), MLP_INVALID);
    cr_expect_null(path);
    cr_assert_eq(registry_folder(registry, "x", &path, &err), MLP_OK);
    cr_expect(exists("models/x"));
    free(path);
    registry_destroy(registry);
}

Test(registry, what_a_killed_daemon_was_writing_is_swept)
{
    drop_bytes("iris", "tmp-0123456789abcdef", "half");
    struct registry *registry = open_registry();
    cr_expect_not(exists("models/iris/tmp-0123456789abcdef"));
    registry_destroy(registry);
}

Test(registry, a_versions_file_opens_as_it_was_written)
{
    struct registry *registry = open_registry();
    char *bytes, sha256[BLOB_SHA256_TEXT];
    size_t length;
    mlp_error err;

    publish(registry, "iris", 1, 5);
    struct live_model *live = registry_borrow(registry, "iris", 0, NULL);
    int fd;
    cr_assert_eq(registry_open_file(registry, live, &fd, &err), MLP_OK);
    cr_assert_eq(blob_read_descriptor(fd, 1 << 20, &bytes, &length, &err),
                 MLP_OK);
    blob_sha256(bytes, length, sha256);
    cr_expect_str_eq(sha256, live->sha256);
    cr_expect_eq(length, live->size);
    close(fd);
    free(bytes);
    (void)registry_remove(registry, "iris", 1, NULL, NULL);
    cr_expect_eq(registry_open_file(registry, live, &fd, &err), MLP_INVALID);
    registry_release(registry, live);
    registry_destroy(registry);
}

/* Leaves this process no descriptor to open a file with, or gives them back. */
static void take_descriptors(bool take)
{
    static struct rlimit before;
    struct rlimit none;

    if (take) {
        cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = (struct rlimit){0, before.rlim_max};
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    } else {
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    }
}

Test(registry, a_version_that_cannot_be_read_now_is_not_said_to_be_missing)
{
    struct registry *registry = open_registry();
    mlp_error err;

    publish(registry, "iris", 1, 5);
    publish(registry, "iris", 2, 6);
    take_descriptors(true);
    cr_expect_null(registry_borrow(registry, "iris", 1, &err));
    cr_expect_eq(err.status, MLP_NOMEM, "%s", err.text);
    cr_expect_null(registry_borrow(registry, "iris", 3, &err));
    cr_expect_eq(err.status, MLP_INVALID);
    take_descriptors(false);
    cr_expect_eq(answers(registry, "iris", 1), 5);
    cr_expect_eq(registry_latest(registry, "iris"), 2);
    registry_destroy(registry);
}

/* --- memory ----------------------------------------------------------------
 */

/* How many bytes a model's file has here. */
static uint64_t file_size(struct registry *registry)
{
    struct live_model *live = registry_borrow(registry, "m0", 0, NULL);
    uint64_t size = live->size;
    registry_release(registry, live);
    return size;
}

static void name_of(unsigned i, char out[8])
{
    (void)snprintf(out, 8, "m%u", i);
}

/* Twelve models, one version each. */
static uint64_t make_twelve(void)
{
    struct registry *registry = open_registry();
    char name[8];
    for (unsigned i = 0; i < 12; i++) {
        name_of(i, name);
        publish(registry, name, 1, i + 1);
    }
    uint64_t size = file_size(registry);
    cr_expect_geq(registry_awake_bytes(registry), 12 * size - 100);
    registry_destroy(registry);
    return size;
}

static struct registry *open_small(uint64_t max_bytes)
{
    struct registry *registry;
    mlp_error err;
    cr_assert_eq(registry_create(folder, catalog, max_bytes, &registry, &err),
                 MLP_OK, "%s", err.text);
    return registry;
}

Test(registry, all_models_answer_though_few_are_in_memory_at_a_time)
{
    uint64_t size = make_twelve(), max = 3 * size + size / 2;
    struct registry *registry = open_small(max);
    char name[8];
    cr_expect_leq(registry_awake_bytes(registry), max);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 12; i++) {
            name_of(i, name);
            cr_assert_eq(answers(registry, name, 0), i + 1);
            cr_assert_leq(registry_awake_bytes(registry), max);
        }
    }
    registry_destroy(registry);
}

Test(registry, who_was_asked_longest_ago_makes_room)
{
    uint64_t size = make_twelve();
    struct registry *registry = open_small(2 * size + size / 2);
    cr_assert_eq(answers(registry, "m3", 0), 4);
    cr_assert_eq(answers(registry, "m4", 0), 5);
    cr_assert_eq(answers(registry, "m3", 0), 4);
    cr_assert_eq(answers(registry, "m5", 0), 6);
    take_descriptors(true); /* what is in memory needs none */
    cr_expect_eq(answers(registry, "m3", 0), 4);
    cr_expect_eq(answers(registry, "m5", 0), 6);
    cr_expect_null(registry_borrow(registry, "m4", 0, NULL));
    take_descriptors(false);
    cr_expect_eq(answers(registry, "m4", 0), 5);
    registry_destroy(registry);
}

Test(registry, what_is_lent_counts_until_it_comes_back)
{
    uint64_t size = make_twelve();
    struct registry *registry = open_small(size + size / 2);
    struct live_model *lent = registry_borrow(registry, "m1", 0, NULL);
    cr_assert_eq(answers(registry, "m2", 0), 3);
    cr_expect_eq(slope_of(lent), 2);
    cr_expect_gt(registry_awake_bytes(registry), size + size / 2);
    registry_release(registry, lent);
    cr_expect_leq(registry_awake_bytes(registry), size + size / 2);
    registry_destroy(registry);
}

/* --- many threads --------------------------------------------------------- */

enum { N_READERS = 3, N_VERSIONS = 12 };

static struct race {
    struct registry *registry;
    atomic_bool over;
    atomic_uint_fast64_t n_borrowed, n_wrong;
} race;

/* Every version's slope is its number: anything else is a mixture. */
static void *borrow_at_random(void *argument)
{
    unsigned random = *(unsigned *)argument;

    while (!atomic_load(&race.over)) {
        random = random * 1664525 + 1013904223;
        uint32_t version = (random >> 16) % 3 ? 0 : random >> 20 & 15;
        struct live_model *live =
            registry_borrow(race.registry, "iris", version, NULL);
        if (live == NULL)
            continue;
        if (slope_of(live) != live->version ||
            (version != 0 && live->version != version))
            atomic_fetch_add(&race.n_wrong, 1);
        atomic_fetch_add(&race.n_borrowed, 1);
        registry_release(race.registry, live);
    }
    return NULL;
}

Test(registry, borrowers_see_one_version_or_another_but_never_a_mixture)
{
    pthread_t threads[N_READERS];
    unsigned seeds[N_READERS] = {1, 2, 3};

    race.registry = open_registry();
    publish(race.registry, "iris", 1, 1);
    for (size_t i = 0; i < N_READERS; i++)
        pthread_create(&threads[i], NULL, borrow_at_random, &seeds[i]);
    for (unsigned version = 2; version <= N_VERSIONS; version++) {
        publish(race.registry, "iris", version, version);
        if (version % 3 == 0)
            (void)registry_remove(race.registry, "iris", version - 1, NULL,
                                  NULL);
    }
    (void)registry_remove(race.registry, "iris", N_VERSIONS, NULL, NULL);
    (void)registry_remove(race.registry, "iris", 0, NULL, NULL);
    atomic_store(&race.over, true);
    for (size_t i = 0; i < N_READERS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(atomic_load(&race.n_wrong), 0);
    cr_expect_gt(atomic_load(&race.n_borrowed), 0);
    registry_destroy(race.registry);
}

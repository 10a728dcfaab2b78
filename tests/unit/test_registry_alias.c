/* SPDX-License-Identifier: MIT */
#include "store/registry_alias.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "mlp/fit.h"
#include "store/catalog_aliases.h"
#include "telemetry/log.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct catalog *catalog;
static struct registry *registry;

static void open_all(void)
{
    mlp_error err;

    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(registry_create(folder, catalog, 0, &registry, &err), MLP_OK,
                 "%s", err.text);
}

static void close_all(void)
{
    registry_destroy(registry);
    catalog_close(catalog);
}

static void reopen(void)
{
    close_all();
    open_all();
}

static void set_up(void)
{
    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    temp_folder_make(folder);
    open_all();
}

static void tear_down(void)
{
    close_all();
    temp_folder_remove(folder);
}

TestSuite(registry_alias, .init = set_up, .fini = tear_down, .timeout = 60);

/* Its record says which one it is. */
static mlp_model *make_model(unsigned number)
{
    static const char *const names[] = {"x", "y"};
    static const char *const targets[] = {"y"};
    float *block = calloc(8, sizeof *block);
    mlp_fit_spec spec = {.task = MLP_TASK_REGRESSION,
                         .targets = targets,
                         .n_targets = 1,
                         .hidden_given = true,
                         .training = {.epochs = 1, .seed = number}};
    char record[32];
    mlp_fit_report report;
    mlp_table *table;
    mlp_plan *plan;
    mlp_model *model;
    mlp_error err;

    for (unsigned i = 0; i < 8; i++)
        block[i] = (float)(i * number);
    cr_assert_eq(mlp_table_adopt(block, false, 4, 2, names, &table, &err),
                 MLP_OK, "%s", err.text);
    cr_assert_eq(mlp_plan_create(table, &spec, &plan, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(mlp_plan_run(plan, NULL, &model, &report, &err), MLP_OK, "%s",
                 err.text);
    snprintf(record, sizeof record, "{\"number\":%u}", number);
    cr_assert_eq(mlp_model_set_record(model, record, strlen(record), &err),
                 MLP_OK);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
    return model;
}

static unsigned number_of(const struct live_model *live)
{
    unsigned number = 0;

    sscanf(mlp_model_record(live->model), "{\"number\":%u}", &number);
    return number;
}

static void publish(unsigned version)
{
    mlp_model *model = make_model(version);
    char *path, sha256[BLOB_SHA256_TEXT];
    struct blob *blob;
    mlp_error err;

    cr_assert_eq(registry_folder(registry, "m", &path, &err), MLP_OK);
    cr_assert_eq(blob_create(path, &blob, &err), MLP_OK);
    cr_assert_eq(mlp_model_write(model, blob_sink(blob), &err), MLP_OK);
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
    struct catalog_model_file file = {.model = "m",
                                      .version = version,
                                      .sha256 = sha256,
                                      .size = blob_size(blob)};
    cr_assert_eq(catalog_put_model_file(catalog, &file, &err), MLP_OK);
    cr_assert_eq(
        registry_publish(registry, "m", version, blob, sha256, model, &err),
        MLP_OK, "%s", err.text);
    free(path);
}

static mlp_status move_to(const char *alias, uint32_t version)
{
    const struct alias_move move = {.model = "m",
                                    .alias = alias,
                                    .version = version,
                                    .action = AUDIT_ALIAS_SET};
    struct model_alias now, was;
    mlp_error err;

    return registry_move_alias(registry, &move, NULL, &now, &was, &err);
}

/* Which version answers for the alias; 0: none. */
static unsigned answers(const char *alias)
{
    struct live_model *live = registry_borrow_alias(registry, "m", alias, NULL);
    unsigned number = live != NULL ? number_of(live) : 0;

    if (live != NULL) {
        cr_expect_eq(live->version, number);
        registry_release(registry, live);
    }
    return number;
}

/* What the trail says, oldest last: "alias_set:2<1 " */
static void append_row(void *context, const struct catalog_audit *row)
{
    char *text = context;
    size_t n = strlen(text);

    snprintf(text + n, 512 - n, "%s:%u<%u ", row->action,
             (unsigned)row->version, (unsigned)row->from);
}

static void expect_trail(const char *expected)
{
    char text[512] = "";

    cr_assert_eq(
        catalog_each_audit(catalog, "m", 0, 100, append_row, text, NULL),
        MLP_OK);
    cr_expect_str_eq(text, expected);
}

Test(registry_alias, it_names_a_version_until_it_moves)
{
    publish(1);
    publish(2);
    cr_expect_eq(answers("production"), 0);
    cr_expect_eq(move_to("production", 1), MLP_OK);
    cr_expect_eq(answers("production"), 1);
    cr_expect_eq(move_to("production", 2), MLP_OK);
    cr_expect_eq(answers("production"), 2);
    expect_trail("alias_set:2<1 alias_set:1<0 ");
}

Test(registry_alias, it_is_there_after_reopening_with_what_it_named_before)
{
    struct model_alias alias;

    publish(1);
    publish(2);
    move_to("production", 1);
    move_to("production", 2);
    reopen();
    cr_assert(registry_alias(registry, "m", "production", &alias));
    cr_expect_eq(alias.version, 2);
    cr_expect_eq(alias.previous, 1);
    cr_expect_gt(alias.changed_ms, 0);
    cr_expect_eq(answers("production"), 2);
}

Test(registry_alias, a_version_that_is_not_there_is_refused_and_changes_nothing)
{
    publish(1);
    move_to("production", 1);
    cr_expect_eq(move_to("production", 2), MLP_INVALID);
    cr_expect_eq(move_to("production", 0), MLP_INVALID);
    cr_expect_eq(move_to("other", 2), MLP_INVALID);
    cr_expect_eq(answers("production"), 1);
    expect_trail("alias_set:1<0 ");
}

Test(registry_alias, where_it_is_already_nothing_is_written)
{
    publish(1);
    move_to("production", 1);
    cr_expect_eq(move_to("production", 1), MLP_OK);
    expect_trail("alias_set:1<0 ");
}

Test(registry_alias, a_move_that_cannot_be_stored_leaves_all_as_it_was)
{
    mlp_error err;

    publish(1);
    publish(2);
    move_to("production", 1);
    /* A transaction within a transaction fails. */
    cr_assert_eq(catalog_begin(catalog, &err), MLP_OK);
    cr_expect_neq(move_to("production", 2), MLP_OK);
    cr_expect_neq(registry_drop_alias(registry, "m", "production", NULL, &err),
                  MLP_OK);
    cr_assert_eq(catalog_end(catalog, MLP_OK, &err), MLP_OK);
    cr_expect_eq(answers("production"), 1);
    reopen();
    cr_expect_eq(answers("production"), 1);
    expect_trail("alias_set:1<0 ");
}

Test(registry_alias, it_goes_with_the_version_that_it_names)
{
    mlp_error err;
    struct model_alias alias;

    publish(1);
    publish(2);
    move_to("a", 1);
    move_to("b", 1);
    move_to("c", 2);
    cr_assert_eq(registry_remove(registry, "m", 1, NULL, &err), MLP_OK);
    cr_expect_not(registry_alias(registry, "m", "a", &alias));
    cr_expect_not(registry_alias(registry, "m", "b", &alias));
    cr_expect_eq(answers("c"), 2);
    expect_trail("delete:1<0 alias_delete:0<1 alias_delete:0<1 "
                 "alias_set:2<0 alias_set:1<0 alias_set:1<0 ");
    reopen();
    cr_expect_not(registry_alias(registry, "m", "a", &alias));
    cr_expect_eq(answers("c"), 2);
}

Test(registry_alias, a_model_has_so_many_and_no_more)
{
    char name[16];

    publish(1);
    for (unsigned i = 0; i < ALIASES_MAX; i++) {
        snprintf(name, sizeof name, "a%u", i);
        cr_assert_eq(move_to(name, 1), MLP_OK);
    }
    cr_expect_eq(move_to("b", 1), MLP_LIMIT);
    cr_expect_eq(answers("a63"), 1);
    cr_expect_eq(answers("a0"), 1);
}

Test(registry_alias, what_it_names_stays_awake_and_what_it_named_may_sleep)
{
    publish(1);
    move_to("production", 1);
    publish(2);
    publish(3);
    cr_expect_not(registry_sleeps(registry, "m", 0, "production"));
    cr_expect(registry_sleeps(registry, "m", 2, NULL));
    move_to("production", 3);
    cr_expect(registry_sleeps(registry, "m", 1, NULL));
    cr_expect_eq(answers("production"), 3);
    move_to("production", 1);
    cr_expect_eq(answers("production"), 1);
}

/* --- while it moves ------------------------------------------------------- */

enum { N_READERS = 3, N_MOVES = 60 };

static atomic_bool over;
static atomic_uint_fast64_t n_borrowed, n_wrong;

static void *borrow_by_alias(void *argument)
{
    (void)argument;
    while (!atomic_load(&over)) {
        struct live_model *live =
            registry_borrow_alias(registry, "m", "production", NULL);
        atomic_fetch_add(&n_borrowed, 1);
        if (live == NULL || number_of(live) != live->version)
            atomic_fetch_add(&n_wrong, 1);
        if (live != NULL)
            registry_release(registry, live);
    }
    return NULL;
}

/* Each old version is deleted as soon as the alias has left it, and each new
 * one is named asleep, by the version above it: the reader who was told its
 * number must not find it gone. */
Test(registry_alias, while_it_moves_and_versions_go_it_always_names_one)
{
    pthread_t threads[N_READERS];

    publish(1);
    move_to("production", 1);
    for (size_t i = 0; i < N_READERS; i++)
        pthread_create(&threads[i], NULL, borrow_by_alias, NULL);
    for (unsigned i = 2; i <= N_MOVES; i++) {
        publish(2 * i);
        publish(2 * i + 1);
        cr_expect_eq(move_to("production", 2 * i), MLP_OK);
        mlp_error err;
        cr_expect_eq(
            registry_remove(registry, "m", i == 2 ? 1 : 2 * i - 2, NULL, &err),
            MLP_OK);
        cr_expect_eq(registry_remove(registry, "m", 2 * i + 1, NULL, &err),
                     MLP_OK);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < N_READERS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(atomic_load(&n_wrong), 0);
    cr_expect_gt(atomic_load(&n_borrowed), 0);
}

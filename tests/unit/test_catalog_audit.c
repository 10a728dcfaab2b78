/* SPDX-License-Identifier: MIT */
#include "store/catalog_audit.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct catalog *catalog;
static mlp_error err;

static void set_up(void)
{
    temp_folder_make(folder);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
}

static void tear_down(void)
{
    catalog_close(catalog);
    temp_folder_remove(folder);
}

TestSuite(catalog_audit, .init = set_up, .fini = tear_down);

static void
put(enum audit_action action, const char *model, uint32_t version, int64_t job)
{
    const struct audit_author author = {
        .key = "k1", .request = "r1", .job = job};
    const struct catalog_audit row = {.model = model, .version = version};

    cr_assert_eq(catalog_put_audit_once(catalog, action, &author, &row, &err),
                 MLP_OK, "%s", err.text);
}

/* "id:action:model@version " */
static void append(void *context, const struct catalog_audit *row)
{
    char *text = context;
    size_t n = strlen(text);

    snprintf(text + n, 512 - n, "%d:%s:%s@%u ", (int)row->id, row->action,
             row->model, (unsigned)row->version);
    cr_expect_gt(row->at_ms, 0);
}

static void
expect(const char *model, int64_t after, int64_t limit, const char *expected)
{
    char text[512] = "";

    cr_assert_eq(
        catalog_each_audit(catalog, model, after, limit, append, text, &err),
        MLP_OK, "%s", err.text);
    cr_expect_str_eq(text, expected);
}

Test(catalog_audit, it_is_read_newest_first_page_by_page_by_model)
{
    put(AUDIT_PUBLISH, "a", 1, 7);
    put(AUDIT_IMPORT, "b", 1, 0);
    put(AUDIT_PUBLISH, "a", 2, 8);
    expect(NULL, 0, 10, "3:publish:a@2 2:import:b@1 1:publish:a@1 ");
    expect(NULL, 0, 2, "3:publish:a@2 2:import:b@1 ");
    expect(NULL, 2, 2, "1:publish:a@1 ");
    expect("a", 0, 10, "3:publish:a@2 1:publish:a@1 ");
    expect("c", 0, 10, "");
}

Test(catalog_audit, what_is_tried_again_is_told_once)
{
    put(AUDIT_PUBLISH, "a", 1, 7);
    put(AUDIT_PUBLISH, "a", 1, 7);
    expect(NULL, 0, 10, "1:publish:a@1 ");
    cr_assert_eq(catalog_lose_model_file(catalog, "a", 1, &err), MLP_OK);
    put(AUDIT_PUBLISH, "a", 1, 7);
    expect(NULL, 0, 10, "3:publish:a@1 2:lost:a@1 1:publish:a@1 ");
}

static void take_detail(void *context, const struct catalog_audit *row)
{
    snprintf(context, 64, "%u from %u: %s", (unsigned)row->version,
             (unsigned)row->from, row->detail);
}

Test(catalog_audit, a_jobs_promotion_is_found_by_the_job)
{
    const struct audit_author author = {.job = 7};
    const struct catalog_audit row = {.model = "a",
                                      .version = 3,
                                      .from = 2,
                                      .alias = "production",
                                      .detail = "better"};
    char text[64] = "";

    put(AUDIT_PUBLISH, "a", 3, 7);
    cr_assert_eq(
        catalog_find_promotion(catalog, "a", 7, take_detail, text, &err),
        MLP_OK);
    cr_expect_str_eq(text, "", "a publication is no promotion");
    cr_assert_eq(catalog_put_audit(catalog, AUDIT_PROMOTE, &author, &row, &err),
                 MLP_OK);
    cr_assert_eq(
        catalog_find_promotion(catalog, "a", 8, take_detail, text, &err),
        MLP_OK);
    cr_expect_str_eq(text, "", "it is another job's");
    cr_assert_eq(
        catalog_find_promotion(catalog, "a", 7, take_detail, text, &err),
        MLP_OK);
    cr_expect_str_eq(text, "3 from 2: better");
}

Test(catalog_audit, what_was_never_there_is_withdrawn)
{
    put(AUDIT_PUBLISH, "a", 1, 7);
    put(AUDIT_IMPORT, "a", 2, 0);
    cr_assert_eq(catalog_withdraw_model_file(catalog, "a", 2, &err), MLP_OK);
    expect(NULL, 0, 10, "1:publish:a@1 ");
}

Test(catalog_audit, a_row_goes_with_the_transaction_that_it_is_in)
{
    cr_assert_eq(catalog_begin(catalog, &err), MLP_OK);
    put(AUDIT_PUBLISH, "a", 1, 7);
    cr_expect_eq(catalog_end(catalog, MLP_NOMEM, &err), MLP_NOMEM);
    expect(NULL, 0, 10, "");
}

static void check_row(void *context, const struct catalog_audit *row)
{
    *(int *)context += 1;
    cr_expect_str_eq(row->model, "a");
    cr_expect_str_eq(row->alias, "production");
    cr_expect_eq(row->version, 4);
    cr_expect_eq(row->from, 3);
    cr_expect_str_eq(row->key, "k");
    cr_expect_null(row->request); /* "" is none */
    cr_expect_eq(row->job, 9);
    cr_expect_str_eq(row->detail, "because");
}

Test(catalog_audit, every_field_comes_back_after_reopening)
{
    const struct audit_author author = {.key = "k", .request = "", .job = 9};
    const struct catalog_audit row = {.model = "a",
                                      .version = 4,
                                      .alias = "production",
                                      .from = 3,
                                      .detail = "because"};
    int n = 0;

    cr_assert_eq(
        catalog_put_audit(catalog, AUDIT_ROLLBACK, &author, &row, &err),
        MLP_OK);
    catalog_close(catalog);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK);
    cr_assert_eq(catalog_each_audit(catalog, NULL, 0, 9, check_row, &n, &err),
                 MLP_OK);
    cr_expect_eq(n, 1);
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A moment behind all rows, and before those that come. */
static int64_t next_ms(void)
{
    int64_t begun = clock_ms(), now = begun;

    while (now <= begun)
        now = clock_ms();
    return now;
}

Test(catalog_audit, rows_go_by_their_age_and_their_numbers_are_not_given_again)
{
    cr_assert_eq(catalog_purge_audit(catalog, clock_ms(), &err), MLP_OK);
    int64_t before = clock_ms();
    put(AUDIT_PUBLISH, "a", 1, 7);
    put(AUDIT_PUBLISH, "b", 1, 8);
    int64_t between = next_ms();
    put(AUDIT_PUBLISH, "a", 2, 9);
    cr_assert_eq(catalog_purge_audit(catalog, before, &err), MLP_OK);
    expect(NULL, 0, 10, "3:publish:a@2 2:publish:b@1 1:publish:a@1 ");
    cr_assert_eq(catalog_purge_audit(catalog, between, &err), MLP_OK);
    expect(NULL, 0, 10, "3:publish:a@2 ");
    cr_assert_eq(catalog_purge_audit(catalog, next_ms(), &err), MLP_OK);
    expect(NULL, 0, 10, "");
    put(AUDIT_PUBLISH, "a", 3, 9);
    expect(NULL, 0, 10, "4:publish:a@3 ");
}

/* SPDX-License-Identifier: MIT */
#include "retention.h"

#include <criterion/criterion.h>
#include <time.h>

#include "store/catalog_audit.h"
#include "store/catalog_inner.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct catalog *catalog;
static struct loop *loop;
static mlp_error err;

static void set_up(void)
{
    temp_folder_make(folder);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(loop_create(1, &loop, &err), MLP_OK, "%s", err.text);
}

static void tear_down(void)
{
    loop_destroy(loop);
    catalog_close(catalog);
    temp_folder_remove(folder);
}

TestSuite(retention, .init = set_up, .fini = tear_down, .timeout = 60);

/* A row as it was written some days ago. */
static void put(int days)
{
    int64_t at_ms = ((int64_t)time(NULL) - (int64_t)days * 86400) * 1000;

    cr_assert_eq(
        database_run(catalog->database, PUT_AUDIT,
                     DB_VALUES(DB_INTEGER(at_ms), DB_TEXT("publish"),
                               DB_TEXT("m"), DB_INTEGER(days), DB_TEXT(NULL),
                               DB_INTEGER(0), DB_TEXT(NULL), DB_TEXT(NULL),
                               DB_INTEGER(1), DB_TEXT(NULL)),
                     NULL, NULL, &err),
        MLP_OK, "%s", err.text);
}

static void add_days(void *context, const struct catalog_audit *row)
{
    *(unsigned *)context = *(unsigned *)context * 10 + row->version;
}

static void stop(void *argument)
{
    loop_stop(argument);
}

/* The ages of what is left, newest first, as digits. */
static unsigned left_of(uint64_t audit_days)
{
    struct retention retention;
    unsigned days = 0;

    put(9);
    put(3);
    put(1);
    cr_assert(retention_start(&retention, loop, catalog, audit_days));
    cr_assert_not_null(loop_timer_start(loop, 1, 0, stop, loop));
    loop_run(loop);
    cr_assert_eq(
        catalog_each_audit(catalog, NULL, 0, 10, add_days, &days, &err),
        MLP_OK);
    return days;
}

Test(retention, rows_of_the_days_that_are_asked_for_are_kept)
{
    cr_expect_eq(left_of(4), 13u);
}

Test(retention, rows_are_kept_for_good_unless_days_are_asked_for)
{
    cr_expect_eq(left_of(0), 139u);
}

/* SPDX-License-Identifier: MIT */
#include "handlers/admission.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "telemetry/machine.h"

#define GIB ((uint64_t)1 << 30)

static struct app app;

static void set_up(void)
{
    app = (struct app){.data_folder = "."};
}

TestSuite(admission, .init = set_up);

static void expect_number(const struct problem *problem, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, number);
    cr_expect_not_null(strstr(problem->detail, text), "%s in: %s", text,
                       problem->detail);
}

Test(admission, a_training_is_refused_above_the_budget_and_told_the_numbers)
{
    struct problem problem = {0};
    app.limits.memory_budget_bytes = 1000;
    cr_expect(admit_training(&app, 1000, &problem));
    cr_expect_not(problem_is_set(&problem));
    cr_expect_not(admit_training(&app, 1001, &problem));
    cr_expect_eq(problem.type, PROBLEM_MEMORY);
    cr_expect_eq(problem_status(problem.type), 422);
    expect_number(&problem, 1001);
    expect_number(&problem, 1000);
}

Test(admission, without_a_budget_every_training_is_admitted)
{
    struct problem problem = {0};
    cr_expect(admit_training(&app, UINT64_MAX, &problem));
}

Test(admission, what_would_take_the_reserve_is_told_what_is_free)
{
    struct problem problem = {0};
    app.limits.disk_reserve_bytes = UINT64_MAX / 2;
    cr_expect_not(admit_to_disk(&app, 12345, &problem));
    cr_expect_eq(problem.type, PROBLEM_STORAGE);
    cr_expect_eq(problem_status(problem.type), 507);
    cr_expect_gt(problem.retry_after_s, 0);
    expect_number(&problem, 12345);
    expect_number(&problem, UINT64_MAX / 2);
}

Test(admission, more_than_is_free_is_refused_as_well)
{
    struct problem problem = {0};
    app.limits.disk_reserve_bytes = 1;
    cr_expect(admit_to_disk(&app, 0, &problem));
    cr_expect_not(admit_to_disk(&app, UINT64_MAX, &problem));
}

Test(admission, without_a_reserve_or_an_answer_the_disk_is_not_asked)
{
    struct problem problem = {0};
    cr_expect(admit_to_disk(&app, UINT64_MAX, &problem));
    app.limits.disk_reserve_bytes = UINT64_MAX;
    app.data_folder = "/no/such/folder";
    cr_expect(admit_to_disk(&app, 1, &problem));
    cr_expect_not(problem_is_set(&problem));
}

Test(admission, the_reserve_is_a_gibibyte_or_a_share_of_the_disk)
{
    uint64_t n_free, size;
    cr_assert(machine_disk(".", &n_free, &size));
    uint64_t reserve = admission_reserve(".");
    cr_expect_leq(reserve, size / 10);
    cr_expect_geq(reserve, size / 20);
    if (size >= 20 * GIB)
        cr_expect_eq(reserve, size / 20);
    if (size < 10 * GIB)
        cr_expect_eq(reserve, size / 10);
    cr_expect_eq(admission_reserve("/no/such/folder"), 0);
}

Test(admission, the_budget_is_four_fifths_of_the_memory)
{
    cr_expect_eq(admission_memory(), machine_memory("") / 5 * 4);
}

Test(admission, trainings_may_use_every_processor)
{
    size_t n = machine_processors("");
    cr_expect_eq(admission_threads(), n < 256 ? n : 256);
}

Test(admission, the_shares_of_the_memory_are_no_more_than_all_of_it)
{
    const uint64_t budgets[] = {0, 7, 8, 1 << 20, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        struct memory_shares shares = admission_shares(budgets[i]);
        cr_expect_leq(shares.work, budgets[i]);
        cr_expect_leq(shares.bodies, budgets[i] - shares.work);
        cr_expect_leq(shares.models, budgets[i] - shares.work - shares.bodies);
    }
    cr_expect_eq(admission_shares(800).work, 500);
}

Test(admission, a_table_takes_no_more_than_three_quarters_of_the_work)
{
    cr_expect_eq(admission_cells(0, 77), 77);
    cr_expect_eq(admission_cells(16 * 25, 78), 75);
    cr_expect_eq(admission_cells(16 * 27, 78), 78);
    cr_expect_eq(admission_cells(UINT64_MAX, 78), 78);
}

/* --- reading files -------------------------------------------------------- */

Test(admission, files_are_read_at_once_as_far_as_the_memory_goes)
{
    struct problem problem = {0};
    uint64_t a = 0, b = 0, c = 0;
    app.limits.memory_budget_bytes = 1000;
    cr_expect(admit_reading(&app, 200, &a, &problem));
    cr_expect(admit_reading(&app, 50, &b, &problem));
    cr_expect_not(problem_is_set(&problem));
    cr_expect_not(admit_reading(&app, 1, &c, &problem));
    cr_expect_eq(problem.type, PROBLEM_OVERLOADED);
    cr_expect_gt(problem.retry_after_s, 0);
    cr_expect_eq(c, 0);
    admission_end_reading(&app, &b);
    admission_end_reading(&app, &b); /* once is enough */
    problem = (struct problem){0};
    cr_expect(admit_reading(&app, 1, &c, &problem));
    admission_end_reading(&app, &a);
    admission_end_reading(&app, &c);
    cr_expect_eq(app.reading_bytes, 0);
}

Test(admission, a_file_alone_is_read_whatever_its_size)
{
    struct problem problem = {0};
    uint64_t a = 0, b = 0;
    app.limits.memory_budget_bytes = 1000;
    cr_expect(admit_reading(&app, UINT64_MAX, &a, &problem));
    cr_expect_not(admit_reading(&app, 1, &b, &problem));
    admission_end_reading(&app, &a);
    cr_expect_eq(app.reading_bytes, 0);
}

/* SPDX-License-Identifier: MIT */
#include "jobs/jobs.h"

#include <string.h>

#include "jobs_bench.h"
#include "telemetry/log.h"

BENCH_SUITE(jobs_crash);

/* As a daemon left it that died: the job's id is the number of the call. */
static void insert_row(const char *state, uint32_t restarts, const char *table)
{
    struct catalog_job job = {.model = "iris",
                              .state = state,
                              .spec = "ok",
                              .table = table,
                              .restarts = restarts,
                              .created_ms = 1000,
                              .started_ms = 2000};
    struct catalog *catalog;
    mlp_error err;

    cr_assert_eq(catalog_open(bench.folder, &catalog, &err), MLP_OK);
    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK, "%s",
                 err.text);
    catalog_close(catalog);
}

static void start_in_silence(void)
{
    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    bench_start();
}

Test(jobs_crash, found_running_for_the_third_time_a_job_is_given_up)
{
    insert_row("running", 2, "poison");
    start_in_silence();
    struct bench_call c = bench_get(1);
    cr_expect_eq(c.view.state, JOB_FAILED);
    cr_expect_eq(c.view.restarts, 3);
    cr_expect_str_eq(c.reason, "crash-loop");
    cr_expect_gt(c.view.finished_ms, c.view.started_ms);
    cr_expect_eq(bench.ended[JOB_FAILED], 1);
    cr_expect_str_eq(bench.forgotten, "poison");
    cr_expect_eq(bench.forgotten_jobs, 1U << 1);
    int64_t next = bench_submit("ok");
    cr_expect_eq(bench_wait_end(next), JOB_SUCCEEDED);
    bench_stop();
    cr_expect_eq(bench.n_runs, 1);
    bench_start();
    cr_expect_str_eq(bench_get(1).reason, "crash-loop");
    cr_expect_eq(bench_get(1).view.restarts, 3);
    bench_stop();
    cr_expect_eq(bench.n_runs, 1);
}

Test(jobs_crash, found_running_for_the_second_time_it_runs_again)
{
    insert_row("running", 1, "table");
    start_in_silence();
    cr_expect_eq(bench_wait_end(1), JOB_SUCCEEDED);
    cr_expect_eq(bench_get(1).view.restarts, 2);
    bench_stop();
}

Test(jobs_crash, one_that_waited_has_not_crashed_however_often_it_had)
{
    insert_row("queued", 2, "table");
    start_in_silence();
    cr_expect_eq(bench_wait_end(1), JOB_SUCCEEDED);
    cr_expect_eq(bench_get(1).view.restarts, 2);
    bench_stop();
}

Test(jobs_crash, an_orderly_stop_is_no_crash)
{
    start_in_silence();
    int64_t id = bench_submit("block");
    for (int i = 0; i < 5; i++) {
        struct bench_wait drained;
        bench_wait_for(&bench.started);
        bench_drain(&drained);
        bench_wait_for(&drained.over);
        bench_stop();
        bench_start();
    }
    bench_wait_for(&bench.started);
    cr_expect_eq(bench_get(id).view.restarts, 0);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    cr_expect_eq(bench.forgotten_jobs, 1U << id);
    bench_stop();
}

Test(jobs_crash, a_job_that_is_given_up_leaves_a_shared_table_to_the_others)
{
    insert_row("running", 2, "shared");
    insert_row("queued", 0, "shared");
    start_in_silence();
    cr_expect_eq(bench_state(1), JOB_FAILED);
    cr_expect_eq(bench_wait_end(2), JOB_SUCCEEDED);
    cr_expect_str_eq(bench.forgotten, "shared");
    bench_stop();
}

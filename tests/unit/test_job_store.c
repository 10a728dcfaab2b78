/* SPDX-License-Identifier: MIT */
#include "jobs/job_store.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "jobs_bench.h"
#include "telemetry/log.h"

BENCH_SUITE(job_store);

/* --- progress ------------------------------------------------------------- */

Test(job_store, progress_is_seen_while_it_runs)
{
    bench_start();
    int64_t id = bench_submit("block");
    bench_wait_for(&bench.started);
    struct bench_call c = bench_get(id);
    cr_expect_eq(c.view.state, JOB_RUNNING);
    cr_expect_eq(c.view.progress.progress, 0.25);
    cr_expect_eq(c.view.progress.step, 1);
    cr_expect_eq(c.view.progress.n_steps, 4);
    cr_expect_eq(c.view.progress.metrics[0], 0.5);
    cr_expect(isnan(c.view.progress.metrics[1]));
    cr_expect(isfinite(c.view.progress.eta_s));
    bench_expect_history(id,
                         "{\"epoch\":[1],\"loss\":[0.5],\"accuracy\":[null]}");
    sem_post(&bench.go_on);
    bench_wait_end(id);
    bench_stop();
}

Test(job_store, history_and_last_figures_outlive_the_daemon)
{
    static const char history[] =
        "{\"epoch\":[1,2],\"loss\":[0.5,0.25],\"accuracy\":[null,null]}";

    bench_start();
    int64_t id = bench_submit("ok");
    bench_wait_end(id);
    bench_expect_history(id, history);
    bench_stop();
    bench_start();
    bench_expect_history(id, history);
    struct bench_call c = bench_get(id);
    cr_expect_eq(c.view.state, JOB_SUCCEEDED);
    cr_expect_eq(c.view.version, 1);
    cr_expect_eq(c.view.progress.progress, 1);
    cr_expect_eq(c.view.progress.step, 2);
    cr_expect_eq(c.view.progress.metrics[0], 0.25);
    cr_expect(isnan(c.view.progress.metrics[1]));
    cr_expect_eq(c.view.progress.rate, 1000);
    bench_stop();
}

Test(job_store,
     a_job_without_steps_has_an_empty_history_and_an_unknown_one_none)
{
    struct bench_call c = {.id = 99};

    bench_start();
    int64_t id = bench_submit("silent");
    bench_wait_end(id);
    bench_expect_history(id, "{\"epoch\":[],\"loss\":[],\"accuracy\":[]}");
    bench_call(&c, bench_do_history);
    cr_expect_eq(c.status, MLP_INVALID);
    bench_stop();
}

/* --- the daemon's end and its next start ---------------------------------- */

Test(job_store, a_drain_queues_the_running_job_again_and_counts_no_restart)
{
    struct bench_wait drained, waiting;

    bench_start();
    int64_t running = bench_submit("block"), queued = bench_submit("ok");
    bench_wait_for(&bench.started);
    bench_begin_wait(&waiting, queued, 1000 * BENCH_DEADLINE_S);
    bench_drain(&drained);
    bench_wait_for(&drained.over);
    bench_wait_for(&waiting.over);
    cr_expect_eq(bench_state(running), JOB_QUEUED);
    bench_expect_count(2, 0);
    cr_expect_eq(bench_submit("ok"), 3); /* is stored, does not start */
    bench_expect_count(3, 0);
    bench_stop();

    sem_post(&bench.go_on);
    bench_start();
    cr_expect_eq(bench_wait_end(running), JOB_SUCCEEDED);
    cr_expect_eq(bench_wait_end(queued), JOB_SUCCEEDED);
    cr_expect_eq(bench_wait_end(3), JOB_SUCCEEDED);
    cr_expect_eq(bench_get(running).view.restarts, 0);
    bench_stop();
    cr_expect_eq(bench.n_runs, 4);
    cr_expect_eq(bench.runs[1], running);
    cr_expect_eq(bench.ended[JOB_CANCELLED], 0);
}

Test(job_store, a_drain_with_nothing_running_is_over_at_once)
{
    struct bench_wait drained;
    int n;

    bench_start();
    bench_drain(&drained);
    sem_getvalue(&drained.over, &n);
    cr_expect_eq(n, 1);
    bench_stop();
}

Test(job_store, a_cancel_is_not_undone_by_a_drain)
{
    struct bench_wait drained;

    bench_start();
    int64_t id = bench_submit("block");
    bench_wait_for(&bench.started);
    bench_cancel(id);
    bench_drain(&drained);
    bench_wait_for(&drained.over);
    cr_expect_eq(bench_state(id), JOB_CANCELLED);
    bench_stop();
}

static void insert_row(struct catalog *catalog, const char *state)
{
    struct catalog_job job = {
        .model = "iris",
        .state = state,
        .spec = "ok",
        .progress = "{\"progress\":0.75,\"step\":3,\"metrics\":{\"loss\":1}}",
        .created_ms = 1000,
        .started_ms = 2000};
    mlp_error err;

    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK);
}

Test(job_store, what_ran_when_the_daemon_died_runs_again)
{
    struct catalog *catalog;
    mlp_error err;

    cr_assert_eq(catalog_open(bench.folder, &catalog, &err), MLP_OK);
    insert_row(catalog, "running");
    insert_row(catalog, "queued");
    insert_row(catalog, "cancelled");
    catalog_close(catalog);
    bench_start();
    cr_expect_eq(bench_wait_end(1), JOB_SUCCEEDED);
    cr_expect_eq(bench_wait_end(2), JOB_SUCCEEDED);
    cr_expect_eq(bench_get(1).view.restarts, 1);
    cr_expect_eq(bench_get(2).view.restarts, 0);
    cr_expect_eq(bench_get(1).view.created_ms, 1000);
    cr_expect_gt(bench_get(1).view.started_ms, 2000);
    cr_expect_eq(bench_get(3).view.state, JOB_CANCELLED);
    cr_expect_eq(bench_get(3).view.progress.progress, 0.75);
    cr_expect_eq(bench_get(3).view.progress.metrics[0], 1);
    bench_stop();
    bench_start();
    cr_expect_eq(bench_get(1).view.restarts, 1);
    bench_stop();
    cr_expect_eq(bench.n_runs, 2);
}

/* --- a disk that takes nothing -------------------------------------------- */

Test(job_store, what_cannot_be_stored_is_not_accepted)
{
    struct bench_call c = {.model = "iris", .spec = "ok"};

    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    bench_start();
    bench_limit_files(true);
    bench_call(&c, bench_do_submit);
    bench_limit_files(false);
    cr_expect_eq(c.status, MLP_IO, "%s", c.err.text);
    bench_expect_count(0, 0);
    cr_expect_not(bench_get(1).found);
    int64_t id = bench_submit("ok");
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    bench_stop();
}

/* The state and figures of job 1 as the catalog has them. */
static void append_row(void *context, const struct catalog_job *row)
{
    struct bench_call *c = context;
    snprintf(c->text, sizeof c->text, "%s %s", row->state, row->progress);
}

static void do_read_row(struct bench_call *c)
{
    c->status = catalog_each_job(bench.catalog, append_row, c, &c->err);
}

static void wait_for_row(const char *part)
{
    struct bench_call c = {.text = ""};
    time_t deadline = time(NULL) + BENCH_DEADLINE_S;

    while (!strstr(c.text, part) && time(NULL) < deadline)
        bench_call(&c, do_read_row);
    cr_assert_not_null(strstr(c.text, part), "%s", c.text);
}

Test(job_store, a_running_jobs_figures_are_saved_from_time_to_time)
{
    bench.save_interval_ms = 2;
    bench_start();
    int64_t id = bench_submit("block");
    wait_for_row("running {\"progress\":0.25,");
    sem_post(&bench.go_on);
    bench_wait_end(id);
    bench_stop();
}

Test(job_store, a_row_that_could_not_be_written_is_tried_again)
{
    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    bench.save_interval_ms = 2;
    bench_start();
    int64_t id = bench_submit("doomed");
    wait_for_row("running");
    bench_limit_files(true);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(id), JOB_FAILED);
    bench_limit_files(false);
    wait_for_row("failed");
    bench_stop();
    bench_start();
    cr_expect_eq(bench_state(id), JOB_FAILED);
    bench_expect_history(id,
                         "{\"epoch\":[1],\"loss\":[0.5],\"accuracy\":[null]}");
    bench_stop();
    cr_expect_eq(bench.n_runs, 1);
}

Test(job_store, a_job_ends_and_shows_its_history_though_its_row_is_behind)
{
    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    bench_start();
    int64_t id = bench_submit("doomed");
    bench_wait_for(&bench.started);
    bench_limit_files(true);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(id), JOB_FAILED);
    bench_expect_history(id,
                         "{\"epoch\":[1],\"loss\":[0.5],\"accuracy\":[null]}");
    bench_limit_files(false);
    bench_stop();
}

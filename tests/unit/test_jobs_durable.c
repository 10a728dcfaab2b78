/* SPDX-License-Identifier: MIT
 *
 * What is acknowledged stays, what is done is done once: over kills, over a
 * disk that takes nothing, over retries. */
#include "jobs/jobs.h"

#include <string.h>
#include <time.h>

#include "jobs_bench.h"
#include "telemetry/log.h"

BENCH_SUITE(jobs_durable);

/* Not all of what is tried here should be read about. */
static void be_silent(void)
{
    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
}

/* A job as a killed daemon leaves it. */
static int64_t leave_job(struct catalog_job job)
{
    struct catalog *catalog;
    mlp_error err;

    job.model = "iris";
    job.spec = job.spec != NULL ? job.spec : "ok";
    job.created_ms = job.started_ms = 1;
    cr_assert_eq(catalog_open(bench.folder, &catalog, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK, "%s",
                 err.text);
    catalog_close(catalog);
    return job.id;
}

/* --- one commit for many -------------------------------------------------- */

enum { N_AT_ONCE = 5 };

struct many {
    struct jobs_submission items[N_AT_ONCE];
    int n_done;
};

static void count_done(void *argument)
{
    struct many *many = argument;
    many->n_done++;
}

static void do_submit_many(struct bench_call *c)
{
    struct many *many = c->argument;

    for (size_t i = 0; i < N_AT_ONCE; i++) {
        struct jobs_submission *s = &many->items[i];
        s->model = "iris";
        s->spec = s->spec != NULL ? s->spec : "ok";
        s->done = count_done;
        s->argument = many;
        jobs_submit(bench.jobs, s);
    }
    cr_expect_eq(many->n_done, 0, "answered before it was stored");
}

static void nothing(struct bench_call *c)
{
    (void)c;
}

Test(jobs_durable, those_that_come_together_share_a_commit)
{
    struct many many = {.n_done = 0};
    struct bench_call c = {.argument = &many}, after = {0};

    bench_start();
    bench_call(&c, do_submit_many);
    bench_call(&after, nothing);
    cr_expect_eq(many.n_done, N_AT_ONCE);
    cr_expect_eq(bench.n_syncs, 1);
    for (int64_t i = 0; i < N_AT_ONCE; i++) {
        cr_expect_eq(many.items[i].outcome, JOBS_ACCEPTED);
        cr_expect_eq(many.items[i].id, i + 1);
        cr_expect_eq(bench_wait_end(i + 1), JOB_SUCCEEDED);
    }
    bench_stop();
}

Test(jobs_durable, a_commit_that_fails_refuses_all_of_them_and_keeps_none)
{
    struct many many = {.n_done = 0};
    struct bench_call c = {.argument = &many}, after = {0};

    be_silent();
    bench_start();
    bench_limit_files(true);
    bench_call(&c, do_submit_many);
    bench_call(&after, nothing);
    bench_limit_files(false);
    cr_expect_eq(many.n_done, N_AT_ONCE);
    for (size_t i = 0; i < N_AT_ONCE; i++) {
        cr_expect_eq(many.items[i].outcome, JOBS_REFUSED);
        cr_expect_eq(many.items[i].err.status, MLP_IO);
    }
    bench_expect_count(0, 0);
    bench_stop();
    bench_start();
    bench_expect_count(0, 0);
    cr_expect_not(bench_get(1).found);
    bench_stop();
    cr_expect_eq(bench.n_runs, 0);
}

Test(jobs_durable, a_table_is_in_use_as_soon_as_it_is_asked_for)
{
    struct many many = {.items = {{.table = "A"}, {.table = "B"}}};
    struct bench_call c = {.argument = &many};

    bench_start();
    bench_submit_table("block", "B");
    bench_wait_for(&bench.started);
    bench_call(&c, do_submit_many);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(6), JOB_SUCCEEDED);
    cr_expect_str_eq(bench.forgotten, "AB");
    bench_stop();
}

/* --- keys ----------------------------------------------------------------- */

static struct bench_call submit_key(const char *key, const char *request)
{
    struct bench_call c = {
        .model = "iris", .spec = "ok", .key = key, .request = request};

    bench_call(&c, bench_do_submit);
    return c;
}

Test(jobs_durable, a_key_has_one_job_for_one_request_also_after_a_restart)
{
    bench_start();
    struct bench_call first = submit_key("k", "r1");
    cr_expect_eq(first.outcome, JOBS_ACCEPTED);
    for (int restart = 0; restart < 2; restart++) {
        struct bench_call again = submit_key("k", "r1");
        cr_expect_eq(again.outcome, JOBS_REPLAYED);
        cr_expect_eq(again.id, first.id);
        struct bench_call other = submit_key("k", "r2");
        cr_expect_eq(other.outcome, JOBS_KEY_TAKEN);
        cr_expect_eq(other.id, first.id);
        bench_wait_end(first.id);
        bench_stop();
        bench_start();
    }
    struct bench_call second = submit_key("l", "r1");
    cr_expect_eq(second.outcome, JOBS_ACCEPTED);
    cr_expect_neq(second.id, first.id);
    bench_wait_end(second.id);
    bench_stop();
}

Test(jobs_durable, two_at_once_with_one_key_get_one_job)
{
    struct many many = {.items = {{.key = "k", .request = "r"},
                                  {.key = "k", .request = "r"},
                                  {.key = "k", .request = "other"}}};
    struct bench_call c = {.argument = &many}, after = {0};

    bench_start();
    bench_call(&c, do_submit_many);
    bench_call(&after, nothing);
    cr_expect_eq(many.items[0].outcome, JOBS_ACCEPTED);
    cr_expect_eq(many.items[1].outcome, JOBS_REPLAYED);
    cr_expect_eq(many.items[1].id, many.items[0].id);
    cr_expect_eq(many.items[2].outcome, JOBS_KEY_TAKEN);
    cr_expect_eq(many.items[3].outcome, JOBS_ACCEPTED);
    cr_expect_eq(many.items[4].id, 3);
    bench_wait_end(3);
    bench_stop();
}

Test(jobs_durable, a_replay_needs_no_place_in_the_queue)
{
    bench_start_with(1, 1);
    bench_submit("block");
    bench_wait_for(&bench.started);
    struct bench_call first = submit_key("k", "r");
    cr_expect_eq(first.outcome, JOBS_ACCEPTED);
    cr_expect_eq(submit_key("l", "r").outcome, JOBS_REFUSED);
    cr_expect_eq(submit_key("k", "r").outcome, JOBS_REPLAYED);
    sem_post(&bench.go_on);
    bench_wait_end(first.id);
    bench_stop();
}

/* --- cancelling ----------------------------------------------------------- */

static void note_cancel(void *context, const struct catalog_job *job)
{
    struct bench_call *c = context;
    c->flag = job->cancel_asked;
}

static void do_read_cancel(struct bench_call *c)
{
    c->status = catalog_each_job(bench.catalog, note_cancel, c, &c->err);
}

Test(jobs_durable, a_cancel_is_stored_before_it_is_obeyed)
{
    struct bench_call c = {0};

    bench_start();
    int64_t id = bench_submit("stubborn");
    bench_wait_for(&bench.started);
    bench_call(&c, do_read_cancel);
    cr_expect_not(c.flag);
    cr_expect_eq(bench_cancel(id), JOBS_DONE);
    bench_call(&c, do_read_cancel);
    cr_expect(c.flag);
    cr_expect_eq(bench_state(id), JOB_RUNNING);
    sem_post(&bench.go_on);
    bench_wait_end(id);
    bench_stop();
}

Test(jobs_durable, a_kill_does_not_undo_a_cancel)
{
    int64_t running = leave_job(
        (struct catalog_job){.state = "running", .cancel_asked = true});
    int64_t queued = leave_job(
        (struct catalog_job){.state = "queued", .cancel_asked = true});

    bench_start();
    cr_expect_eq(bench_state(running), JOB_CANCELLED);
    cr_expect_eq(bench_state(queued), JOB_CANCELLED);
    bench_stop();
    cr_expect_eq(bench.n_runs, 0);
}

Test(jobs_durable, a_cancel_that_cannot_be_stored_is_refused_and_not_obeyed)
{
    be_silent();
    bench_start();
    int64_t running = bench_submit("block"), queued = bench_submit("ok");
    bench_wait_for(&bench.started);
    bench_limit_files(true);
    cr_expect_eq(bench_cancel(running), JOBS_FAILED);
    cr_expect_eq(bench_cancel(queued), JOBS_FAILED);
    bench_limit_files(false);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(running), JOB_SUCCEEDED);
    cr_expect_eq(bench_wait_end(queued), JOB_SUCCEEDED);
    bench_stop();
}

/* --- publishing ----------------------------------------------------------- */

Test(jobs_durable, a_kill_behind_the_files_name_does_not_run_the_job_again)
{
    int64_t id =
        leave_job((struct catalog_job){.state = "running", .reserved = 7});

    bench.version_there = 7;
    for (int restart = 0; restart < 2; restart++) {
        bench_start();
        struct bench_call c = bench_get(id);
        cr_expect_eq(c.view.state, JOB_SUCCEEDED);
        cr_expect_eq(c.view.version, 7);
        cr_expect_eq(c.view.restarts, 0);
        bench_stop();
    }
    cr_expect_eq(bench.n_runs, 0);
}

Test(jobs_durable, a_kill_before_the_files_name_runs_it_for_the_same_version)
{
    int64_t id =
        leave_job((struct catalog_job){.state = "running", .reserved = 7});

    bench_start();
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    cr_expect_eq(bench_get(id).view.version, 7);
    bench_stop();
    cr_expect_eq(bench.n_runs, 1);
    cr_expect_eq(bench.n_reserved, 0);
}

Test(jobs_durable, a_published_job_outranks_its_cancel)
{
    int64_t id = leave_job((struct catalog_job){
        .state = "running", .reserved = 2, .cancel_asked = true});

    bench.version_there = 2;
    bench_start();
    cr_expect_eq(bench_state(id), JOB_SUCCEEDED);
    bench_stop();
}

Test(jobs_durable, jobs_that_end_at_the_start_keep_a_table_that_others_need)
{
    leave_job((struct catalog_job){
        .state = "running", .cancel_asked = true, .table = "A"});
    int64_t id = leave_job(
        (struct catalog_job){.state = "queued", .spec = "block", .table = "A"});

    bench_start();
    bench_wait_for(&bench.started);
    cr_expect_str_eq(bench.forgotten, "");
    sem_post(&bench.go_on);
    bench_wait_end(id);
    cr_expect_str_eq(bench.forgotten, "A");
    bench_stop();
}

/* --- a disk that takes nothing for a while -------------------------------- */

Test(jobs_durable, a_result_waits_for_the_disk_and_is_not_computed_again)
{
    be_silent();
    bench.n_failures = 3;
    bench_start();
    int64_t id = bench_submit("ok");
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    cr_expect_eq(bench_get(id).view.version, 1);
    bench_stop();
    cr_expect_eq(bench.n_runs, 1);
    cr_expect_eq(bench.n_discarded, 0);
    cr_expect_eq(bench.n_reserved, 1);
}

Test(jobs_durable, it_does_not_wait_for_ever)
{
    be_silent();
    bench.n_failures = 1 << 30;
    bench.publish_patience_ms = 20;
    bench_start();
    int64_t id = bench_submit("ok");
    cr_expect_eq(bench_wait_end(id), JOB_FAILED);
    struct bench_call c = bench_get(id);
    cr_expect_str_eq(c.reason, "storage");
    cr_expect_str_eq(c.detail, "no space left on the device");
    cr_expect_eq(c.view.version, 0);
    bench_stop();
    cr_expect_eq(bench.n_discarded, 1);
}

Test(jobs_durable, a_result_that_waits_can_be_cancelled)
{
    be_silent();
    bench.n_failures = 1 << 30;
    bench_start();
    int64_t id = bench_submit("ok");
    bench_wait_for(&bench.failed);
    cr_expect_eq(bench_state(id), JOB_RUNNING);
    cr_expect_eq(bench_cancel(id), JOBS_DONE);
    cr_expect_eq(bench_wait_end(id), JOB_CANCELLED);
    bench_expect_count(0, 0);
    bench_stop();
    cr_expect_eq(bench.n_discarded, 1);
}

Test(jobs_durable, an_orderly_stop_does_not_wait_for_the_disk)
{
    struct bench_wait drained;

    be_silent();
    bench.n_failures = 1 << 30;
    bench_start();
    int64_t id = bench_submit("ok");
    bench_wait_for(&bench.failed);
    bench_drain(&drained);
    bench_wait_for(&drained.over);
    cr_expect_eq(bench_state(id), JOB_QUEUED);
    bench_stop();
    bench.n_failures = 0;
    bench_start();
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    cr_expect_eq(bench_get(id).view.version, 1);
    bench_stop();
    cr_expect_eq(bench.n_reserved, 1);
}

static void wait_for_forgotten(const char *expected)
{
    time_t deadline = time(NULL) + BENCH_DEADLINE_S;
    struct bench_call c = {0};

    while (strcmp(bench.forgotten, expected) != 0 && time(NULL) < deadline)
        bench_call(&c, nothing);
    cr_expect_str_eq(bench.forgotten, expected);
}

/* Its row still says that it runs: a kill now would run it again. */
Test(jobs_durable, a_table_stays_until_the_end_is_stored)
{
    be_silent();
    bench.save_interval_ms = 2;
    bench_start();
    int64_t id = bench_submit_table("doomed", "A");
    bench_wait_for(&bench.started);
    bench_limit_files(true);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(id), JOB_FAILED);
    cr_expect_str_eq(bench.forgotten, "");
    bench_limit_files(false);
    wait_for_forgotten("A");
    bench_stop();
}

Test(jobs_durable, a_table_stays_for_another_whose_end_is_not_stored)
{
    be_silent();
    bench_start();
    int64_t id = bench_submit_table("doomed", "A");
    bench_wait_for(&bench.started);
    bench_limit_files(true);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(id), JOB_FAILED);
    bench_limit_files(false);
    cr_expect_eq(bench_wait_end(bench_submit_table("ok", "A")), JOB_SUCCEEDED);
    cr_expect_str_eq(bench.forgotten, "");
    bench_stop();
}

static void settle(struct bench_call *call)
{
    call->status = jobs_settle(bench.jobs, call->model, &call->err);
}

/* Else a kill would train and publish once more what was deleted. */
Test(jobs_durable, an_end_is_stored_before_a_version_goes)
{
    struct bench_call of_this = {.model = "iris"}, of_others = {.model = "x"};
    be_silent();
    bench_start();
    int64_t id = bench_submit_table("doomed", "A");
    bench_wait_for(&bench.started);
    bench_limit_files(true);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(id), JOB_FAILED);
    bench_call(&of_others, settle);
    cr_expect_eq(of_others.status, MLP_OK);
    bench_call(&of_this, settle);
    cr_expect_eq(of_this.status, MLP_IO);
    bench_limit_files(false);
    bench_call(&of_others, settle);
    cr_expect_str_eq(bench.forgotten, "");
    bench_call(&of_this, settle);
    cr_expect_eq(of_this.status, MLP_OK);
    cr_expect_str_eq(bench.forgotten, "A");
    bench_stop();
}

Test(jobs_durable, a_result_waits_for_a_catalog_that_takes_nothing)
{
    be_silent();
    bench_start();
    int64_t id = bench_submit("block");
    bench_wait_for(&bench.started);
    bench_limit_files(true);
    sem_post(&bench.go_on);
    for (int i = 0; i < 100; i++)
        cr_expect_eq(bench_state(id), JOB_RUNNING);
    bench_limit_files(false);
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    bench_expect_history(id,
                         "{\"epoch\":[1],\"loss\":[0.5],\"accuracy\":[null]}");
    bench_stop();
    cr_expect_eq(bench.n_runs, 1);
}

/* SPDX-License-Identifier: MIT */
#include "jobs/jobs.h"

#include <string.h>

#include "jobs_bench.h"

BENCH_SUITE(jobs);

/* --- running -------------------------------------------------------------- */

Test(jobs, a_job_that_is_done_has_a_version_and_all_its_times)
{
    bench_start();
    int64_t id = bench_submit("ok");
    cr_expect_eq(id, 1);
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    struct bench_call c = bench_get(id);
    cr_expect_eq(c.view.version, 1);
    cr_expect_eq(c.view.restarts, 0);
    cr_expect_gt(c.view.created_ms, 1600000000000);
    cr_expect_geq(c.view.started_ms, c.view.created_ms);
    cr_expect_geq(c.view.finished_ms, c.view.started_ms);
    cr_expect_str_eq(c.reason, "none");
    cr_expect_eq(bench.ended[JOB_SUCCEEDED], 1);
    bench_stop();
}

Test(jobs, they_run_one_after_the_other_oldest_first)
{
    static const int64_t expected[] = {1, 2, 3, 4};

    bench_start();
    bench_submit("block");
    bench_wait_for(&bench.started);
    bench_submit("ok");
    bench_submit("ok");
    int64_t last = bench_submit("ok");
    bench_expect_count(3, 1);
    cr_expect_eq(bench_get(2).view.queue_position, 0);
    cr_expect_eq(bench_get(4).view.queue_position, 2);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(last), JOB_SUCCEEDED);
    bench_expect_count(0, 0);
    cr_expect_arr_eq(bench.runs, expected, sizeof expected);
    bench_stop();
}

Test(jobs, as_many_as_allowed_run_at_once)
{
    bench_start_with(2, 8);
    bench_submit("block");
    bench_submit("block");
    bench_submit("block");
    bench_wait_for(&bench.started);
    bench_wait_for(&bench.started);
    bench_expect_count(1, 2);
    for (int i = 0; i < 3; i++)
        sem_post(&bench.go_on);
    for (int64_t id = 1; id <= 3; id++)
        cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    bench_stop();
}

Test(jobs, a_full_queue_refuses_and_keeps_what_it_has)
{
    struct bench_call c = {.model = "iris", .spec = "ok"};

    bench_start_with(1, 2);
    bench_submit("block");
    bench_wait_for(&bench.started);
    bench_submit("ok");
    bench_submit("ok");
    bench_call(&c, bench_do_submit);
    cr_expect_eq(c.status, MLP_LIMIT);
    bench_expect_count(2, 1);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(3), JOB_SUCCEEDED);
    bench_stop();
}

Test(jobs, a_failed_job_says_why)
{
    bench_start();
    int64_t failed = bench_submit("fail"), silent = bench_submit("silent"),
            unpublishable = bench_submit("unpublishable");
    cr_expect_eq(bench_wait_end(failed), JOB_FAILED);
    cr_expect_eq(bench_wait_end(silent), JOB_FAILED);
    cr_expect_eq(bench_wait_end(unpublishable), JOB_FAILED);
    struct bench_call c = bench_get(failed);
    cr_expect_str_eq(c.reason, "diverged");
    cr_expect_str_eq(c.detail, "the loss is not finite at epoch 3 é");
    cr_expect_str_eq(bench_get(silent).reason, "internal");
    cr_expect_str_eq(bench_get(unpublishable).reason, "not_published");
    cr_expect_str_eq(bench_get(unpublishable).detail, "no such place");
    cr_expect_eq(bench_get(unpublishable).view.version, 0);
    cr_expect_eq(bench.ended[JOB_FAILED], 3);
    bench_stop();
    bench_start();
    c = bench_get(failed);
    cr_expect_eq(c.view.state, JOB_FAILED);
    cr_expect_str_eq(c.reason, "diverged");
    cr_expect_str_eq(c.detail, "the loss is not finite at epoch 3 é");
    bench_stop();
}

/* --- memory --------------------------------------------------------------- */

Test(jobs, one_that_does_not_fit_beside_the_others_waits_and_is_not_overtaken)
{
    bench.memory_max_bytes = 100;
    bench_start_with(3, 8);
    bench_submit_table("block", "60");
    bench_wait_for(&bench.started);
    int64_t big = bench_submit_table("block", "41");
    int64_t small = bench_submit_table("block", "1");
    bench_expect_count(2, 1);
    cr_expect_eq(bench_state(big), JOB_QUEUED);
    sem_post(&bench.go_on);
    bench_wait_for(&bench.started);
    bench_wait_for(&bench.started);
    bench_expect_count(0, 2);
    sem_post(&bench.go_on);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(big), JOB_SUCCEEDED);
    cr_expect_eq(bench_wait_end(small), JOB_SUCCEEDED);
    bench_stop();
}

Test(jobs, those_that_fit_to_the_byte_run_together)
{
    bench.memory_max_bytes = 100;
    bench_start_with(3, 8);
    bench_submit_table("block", "60");
    bench_submit_table("block", "40");
    bench_wait_for(&bench.started);
    bench_wait_for(&bench.started);
    bench_expect_count(0, 2);
    sem_post(&bench.go_on);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(1), JOB_SUCCEEDED);
    cr_expect_eq(bench_wait_end(2), JOB_SUCCEEDED);
    bench_stop();
}

/* It was admitted when there was more: to hold it back would be for ever. */
Test(jobs, one_that_is_larger_than_all_memory_runs_alone)
{
    bench.memory_max_bytes = 100;
    bench_start_with(3, 8);
    bench_submit_table("block", "18446744073709551615");
    bench_wait_for(&bench.started);
    bench_submit_table("ok", "1");
    bench_expect_count(1, 1);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(2), JOB_SUCCEEDED);
    bench_stop();
}

/* --- cancelling and deleting ---------------------------------------------- */

Test(jobs, a_queued_job_is_cancelled_at_once_and_never_runs)
{
    bench_start();
    bench_submit("block");
    bench_wait_for(&bench.started);
    int64_t id = bench_submit("ok");
    cr_expect_eq(bench_cancel(id), JOBS_DONE);
    cr_expect_eq(bench_state(id), JOB_CANCELLED);
    cr_expect_eq(bench_cancel(id), JOBS_DONE);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(1), JOB_SUCCEEDED);
    bench_stop();
    cr_expect_eq(bench.n_runs, 1);
    bench_start();
    cr_expect_eq(bench_state(id), JOB_CANCELLED);
    bench_stop();
}

Test(jobs, a_running_job_is_cancelled_at_its_next_look)
{
    bench_start();
    int64_t id = bench_submit("block");
    bench_wait_for(&bench.started);
    cr_expect_eq(bench_cancel(id), JOBS_DONE);
    cr_expect_eq(bench_wait_end(id), JOB_CANCELLED);
    cr_expect_eq(bench_get(id).view.version, 0);
    cr_expect_eq(bench.ended[JOB_CANCELLED], 1);
    cr_expect_eq(bench.n_finished, 0);
    bench_stop();
}

Test(jobs, a_job_that_was_done_before_it_looked_has_succeeded)
{
    bench_start();
    int64_t id = bench_submit("stubborn");
    bench_wait_for(&bench.started);
    cr_expect_eq(bench_cancel(id), JOBS_DONE);
    cr_expect_eq(bench_state(id), JOB_RUNNING);
    sem_post(&bench.go_on);
    cr_expect_eq(bench_wait_end(id), JOB_SUCCEEDED);
    bench_stop();
}

Test(jobs, what_has_ended_or_never_was_cannot_be_cancelled)
{
    bench_start();
    int64_t done = bench_submit("ok"), failed = bench_submit("fail");
    bench_wait_end(failed);
    cr_expect_eq(bench_cancel(done), JOBS_WRONG_STATE);
    cr_expect_eq(bench_cancel(failed), JOBS_WRONG_STATE);
    cr_expect_eq(bench_cancel(77), JOBS_UNKNOWN);
    bench_stop();
}

Test(jobs, only_an_ended_job_is_deleted_and_then_for_good)
{
    bench_start();
    int64_t done = bench_submit("ok");
    bench_wait_end(done);
    int64_t running = bench_submit("block"), queued = bench_submit("ok");
    bench_wait_for(&bench.started);
    cr_expect_eq(bench_delete(running), JOBS_WRONG_STATE);
    cr_expect_eq(bench_delete(queued), JOBS_WRONG_STATE);
    cr_expect_eq(bench_delete(done), JOBS_DONE);
    cr_expect_eq(bench_delete(done), JOBS_UNKNOWN);
    cr_expect_not(bench_get(done).found);
    sem_post(&bench.go_on);
    bench_wait_end(queued);
    bench_stop();
    bench_start();
    cr_expect_not(bench_get(done).found);
    cr_expect(bench_get(queued).found);
    bench_stop();
}

/* --- tables --------------------------------------------------------------- */

Test(jobs, a_table_is_forgotten_with_the_last_job_that_needs_it)
{
    bench_start();
    bench_submit_table("block", "A");
    bench_wait_for(&bench.started);
    bench_submit_table("ok", "B");
    bench_submit_table("ok", "A");
    bench_submit_table("fail", "B");
    cr_expect_str_eq(bench.forgotten, "");
    cr_expect_eq(bench_cancel(3), JOBS_DONE);
    cr_expect_str_eq(bench.forgotten, "");
    sem_post(&bench.go_on);
    bench_wait_end(4);
    cr_expect_str_eq(bench.forgotten, "AB");
    bench_stop();
}

static void do_uses_a(struct bench_call *c)
{
    c->flag = jobs_uses_table(bench.jobs, "A");
}

Test(jobs, a_table_is_used_by_queued_and_running_jobs_alone)
{
    struct bench_call c = {0};

    bench_start();
    bench_submit_table("block", "A");
    bench_call(&c, do_uses_a);
    cr_expect(c.flag);
    sem_post(&bench.go_on);
    bench_wait_end(1);
    bench_call(&c, do_uses_a);
    cr_expect_not(c.flag);
    bench_stop();
}

/* --- listing -------------------------------------------------------------- */

struct listing {
    const enum job_state *state;
    const char *model;
    int64_t after;
    size_t limit;
    char ids[64];
};

static bool list_one(void *context, const struct job_view *view)
{
    struct listing *listing = context;
    size_t n = strlen(listing->ids);

    snprintf(listing->ids + n, sizeof listing->ids - n, "%d ", (int)view->id);
    return --listing->limit > 0;
}

static void do_list(struct bench_call *c)
{
    struct listing *listing = c->argument;
    jobs_each(bench.jobs, listing->state, listing->model, listing->after,
              list_one, listing);
}

static void expect_list(const enum job_state *state,
                        const char *model,
                        int64_t after,
                        size_t limit,
                        const char *expected)
{
    struct listing listing = {
        .state = state, .model = model, .after = after, .limit = limit};
    struct bench_call c = {.argument = &listing};

    bench_call(&c, do_list);
    cr_expect_str_eq(listing.ids, expected);
}

Test(jobs, a_list_goes_from_the_newest_and_filters)
{
    static const enum job_state failed = JOB_FAILED;
    struct bench_call c = {.model = "wine", .spec = "ok"};

    bench_start();
    bench_submit("ok");
    bench_submit("fail");
    bench_call(&c, bench_do_submit);
    bench_submit("fail");
    bench_wait_end(4);
    expect_list(NULL, NULL, 0, 99, "4 3 2 1 ");
    expect_list(NULL, NULL, 0, 2, "4 3 ");
    expect_list(NULL, NULL, 3, 2, "2 1 ");
    expect_list(NULL, NULL, 1, 2, "");
    expect_list(NULL, NULL, 1000, 1, "4 ");
    expect_list(&failed, NULL, 0, 99, "4 2 ");
    expect_list(&failed, "wine", 0, 99, "");
    expect_list(NULL, "wine", 0, 99, "3 ");
    bench_stop();
}

Test(jobs, states_have_names_that_read_back)
{
    enum job_state state;

    for (int i = JOB_QUEUED; i <= JOB_CANCELLED; i++) {
        cr_assert(job_state_parse(job_state_name((enum job_state)i), &state));
        cr_expect_eq((int)state, i);
    }
    cr_expect_not(job_state_parse("paused", &state));
}

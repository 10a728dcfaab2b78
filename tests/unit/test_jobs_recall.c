/* SPDX-License-Identifier: MIT
 *
 * Steps of a job's history, a few at a time. */
#include <string.h>

#include "jobs/jobs_inner.h"
#include "jobs_bench.h"

BENCH_SUITE(jobs_recall);

enum { MOST = 8 };

static struct job_step steps[MOST];

/* n_queued: where to begin; n_running: how many there were. */
static void do_steps(struct bench_call *c)
{
    c->status = jobs_steps(bench.jobs, c->id, c->n_queued, steps, MOST,
                           &c->n_running, &c->err);
}

static size_t steps_behind(int64_t id, size_t after)
{
    struct bench_call c = {.id = id, .n_queued = after};
    bench_call(&c, do_steps);
    cr_assert_eq(c.status, MLP_OK);
    return c.n_running;
}

Test(jobs_recall, a_running_job_and_an_ended_one_have_the_same_steps)
{
    bench_start();
    int64_t id = bench_submit("block");
    bench_wait_for(&bench.started);
    cr_expect_eq(steps_behind(id, 0), 1);
    cr_expect_eq(steps[0].step, 1);
    cr_expect_eq(steps[0].metrics[0], 0.5);
    cr_expect_eq(steps_behind(id, 1), 0);
    sem_post(&bench.go_on);
    bench_wait_end(id);
    size_t n = steps_behind(id, 0);
    cr_expect_geq(n, 1);
    cr_expect_eq(steps[0].step, 1);
    cr_expect_eq(steps[0].metrics[0], 0.5);
    bench_stop();
}

Test(jobs_recall, steps_outlive_the_daemon)
{
    bench_start();
    int64_t id = bench_submit("ok");
    bench_wait_end(id);
    bench_stop();
    bench_start();
    cr_expect_eq(steps_behind(id, 0), 2);
    cr_expect_eq(steps[1].step, 2);
    cr_expect_eq(steps[1].metrics[0], 0.25);
    cr_expect_eq(steps_behind(id, 1), 1);
    cr_expect_eq(steps_behind(id, 2), 0);
    bench_expect_history(
        id, "{\"epoch\":[1,2],\"loss\":[0.5,0.25],\"accuracy\":[null,null]}");
    bench_stop();
}

static size_t count_in_memory(void)
{
    size_t n = 0;
    for (size_t i = 0; i < bench.jobs->all.n; i++)
        n += bench.jobs->all.items[i]->history.n > 0;
    return n;
}

static void do_count(struct bench_call *c)
{
    c->n_running = count_in_memory();
}

Test(jobs_recall, only_the_last_few_stay_in_memory)
{
    enum { N = 2 * JOBS_RECALLED_MAX };
    struct bench_call c = {0};
    bench_start_with(1, N);
    for (int i = 0; i < N; i++)
        bench_submit("ok");
    bench_wait_end(N);
    for (int round = 0; round < 3; round++)
        for (int64_t id = 1; id <= N; id++)
            cr_expect_eq(steps_behind(id, 0), 2);
    bench_call(&c, do_count);
    cr_expect_eq(c.n_running, JOBS_RECALLED_MAX);
    cr_expect_eq(bench_delete(N), JOBS_DONE);
    for (int64_t id = 1; id < N; id++)
        cr_expect_eq(steps_behind(id, 1), 1);
    bench_stop();
}

Test(jobs_recall, an_unknown_job_has_none_and_one_without_steps_zero)
{
    struct bench_call c = {.id = 99};
    bench_start();
    bench_call(&c, do_steps);
    cr_expect_eq(c.status, MLP_INVALID);
    bench_submit("block");
    bench_wait_for(&bench.started);
    int64_t id = bench_submit("ok");
    cr_expect_eq(bench_cancel(id), JOBS_DONE);
    cr_expect_eq(steps_behind(id, 0), 0);
    sem_post(&bench.go_on);
    bench_wait_end(1);
    bench_stop();
}

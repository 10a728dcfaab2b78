/* SPDX-License-Identifier: MIT */
#include "jobs/job_waiters.h"

#include "jobs_bench.h"

BENCH_SUITE(job_waiters);

Test(job_waiters, a_waiter_is_called_when_its_time_is_over)
{
    struct bench_wait wait;

    bench_start();
    int64_t id = bench_submit("block");
    bench_begin_wait(&wait, id, 1);
    bench_wait_for(&wait.over);
    cr_expect_eq(bench_state(id), JOB_RUNNING);
    sem_post(&bench.go_on);
    bench_wait_end(id);
    bench_stop();
}

Test(job_waiters, all_waiters_are_called_at_the_end_once)
{
    struct bench_wait waits[3], passed;
    int n;

    bench_start();
    int64_t id = bench_submit("block");
    bench_wait_for(&bench.started);
    bench_begin_wait(&passed, id, 1);
    bench_wait_for(&passed.over);
    for (int i = 0; i < 3; i++)
        bench_begin_wait(&waits[i], id, 1000 * BENCH_DEADLINE_S);
    sem_post(&bench.go_on);
    for (int i = 0; i < 3; i++)
        bench_wait_for(&waits[i].over);
    cr_expect_eq(bench_state(id), JOB_SUCCEEDED);
    bench_stop();
    sem_getvalue(&passed.over, &n);
    cr_expect_eq(n, 0);
    for (int i = 0; i < 3; i++) {
        sem_getvalue(&waits[i].over, &n);
        cr_expect_eq(n, 0);
    }
}

Test(job_waiters, a_waiters_time_ends_with_its_job)
{
    struct bench_wait short_wait, longer;
    int n;

    bench_start_with(2, 8);
    int64_t first = bench_submit("block"), second = bench_submit("block");
    bench_wait_for(&bench.started);
    bench_wait_for(&bench.started);
    bench_begin_wait(&short_wait, first, 30);
    bench_cancel(first);
    bench_wait_for(&short_wait.over);
    bench_begin_wait(&longer, second, 60);
    bench_wait_for(&longer.over);
    sem_getvalue(&short_wait.over, &n);
    cr_expect_eq(n, 0);
    bench_cancel(second);
    bench_wait_end(second);
    bench_stop();
}

Test(job_waiters, nobody_waits_for_what_has_ended_or_never_was)
{
    struct bench_wait wait;
    int n;

    bench_start();
    int64_t id = bench_submit("ok");
    bench_wait_end(id);
    bench_begin_wait(&wait, id, 1000 * BENCH_DEADLINE_S);
    sem_getvalue(&wait.over, &n);
    cr_expect_eq(n, 1);
    bench_begin_wait(&wait, 99, 1000 * BENCH_DEADLINE_S);
    sem_getvalue(&wait.over, &n);
    cr_expect_eq(n, 1);
    bench_stop();
}

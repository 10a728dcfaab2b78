/* SPDX-License-Identifier: MIT */
#include "jobs/loop.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "temp_folder.h"

static struct loop *create(void)
{
    struct loop *loop;
    mlp_error err;

    cr_assert_eq(loop_create(3, &loop, &err), MLP_OK, "%s", err.text);
    return loop;
}

static void stop(void *loop)
{
    loop_stop(loop);
}

Test(loop, a_loop_that_never_ran_can_be_destroyed)
{
    struct loop *loop = create();

    cr_expect_not_null(loop_timer_start(loop, 1000, 0, stop, loop));
    cr_expect(loop_post(loop, stop, loop));
    loop_destroy(loop);
    loop_destroy(NULL);
}

struct order {
    struct loop *loop;
    int n, seen[8];
};

static void see_1(void *argument)
{
    struct order *order = argument;
    order->seen[order->n++] = 1;
}

static void see_2_and_post_1(void *argument)
{
    struct order *order = argument;
    order->seen[order->n++] = 2;
    loop_post(order->loop, see_1, order);
}

static void see_3_and_stop(void *argument)
{
    struct order *order = argument;
    order->seen[order->n++] = 3;
    loop_stop(order->loop);
}

Test(loop, posts_run_in_order_and_those_behind_a_stop_run_too)
{
    struct order order = {.loop = create()};
    static const int expected[] = {1, 2, 3, 1, 1};

    loop_post(order.loop, see_1, &order);
    loop_post(order.loop, see_2_and_post_1, &order);
    loop_post(order.loop, see_3_and_stop, &order);
    loop_post(order.loop, see_1, &order);
    loop_run(order.loop);
    cr_assert_eq(order.n, 5);
    cr_expect_arr_eq(order.seen, expected, sizeof expected);
    cr_expect_not(loop_post(order.loop, see_1, &order));
    loop_destroy(order.loop);
}

enum { N_THREADS = 4, N_POSTS = 2000 };

struct flood {
    struct loop *loop;
    int count; /* loop thread alone */
};

static void count_one(void *argument)
{
    struct flood *flood = argument;
    if (++flood->count == N_THREADS * N_POSTS)
        loop_stop(flood->loop);
}

static void *post_many(void *argument)
{
    struct flood *flood = argument;
    for (int i = 0; i < N_POSTS; i++)
        loop_post(flood->loop, count_one, flood);
    return NULL;
}

Test(loop, no_post_of_many_threads_is_lost, .timeout = 30)
{
    struct flood flood = {.loop = create()};
    pthread_t threads[N_THREADS];

    for (int i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, post_many, &flood);
    loop_run(flood.loop);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(flood.count, N_THREADS * N_POSTS);
    loop_destroy(flood.loop);
}

struct task {
    struct loop *loop;
    pthread_t loop_thread;
    bool worked_elsewhere, done_here;
};

static void work(void *argument)
{
    struct task *task = argument;
    task->worked_elsewhere = !pthread_equal(pthread_self(), task->loop_thread);
}

static void work_done(void *argument)
{
    struct task *task = argument;
    task->done_here = pthread_equal(pthread_self(), task->loop_thread);
    loop_stop(task->loop);
}

Test(loop, work_is_done_on_the_pool_and_ends_on_the_loop, .timeout = 30)
{
    struct task task = {.loop = create(), .loop_thread = pthread_self()};
    mlp_error err;

    cr_assert_eq(loop_work(task.loop, work, work_done, &task, &err), MLP_OK);
    loop_run(task.loop);
    cr_expect(task.worked_elsewhere);
    cr_expect(task.done_here);
    loop_destroy(task.loop);
}

/* The work waits until the loop was told to stop. */
struct late {
    struct loop *loop;
    atomic_bool stopped;
    bool done, posted;
};

static void late_post(void *argument)
{
    ((struct late *)argument)->posted = true;
}

static void late_work(void *argument)
{
    struct late *late = argument;
    while (!atomic_load(&late->stopped))
        usleep(100);
    loop_post(late->loop, late_post, late);
}

static void late_done(void *argument)
{
    ((struct late *)argument)->done = true;
}

static void late_stop(void *argument)
{
    struct late *late = argument;
    loop_stop(late->loop);
    atomic_store(&late->stopped, true);
}

Test(loop, a_stopped_loop_waits_for_its_work_and_what_that_posts, .timeout = 30)
{
    struct late late = {.loop = create()};
    mlp_error err;

    cr_assert_eq(loop_work(late.loop, late_work, late_done, &late, &err),
                 MLP_OK);
    loop_post(late.loop, late_stop, &late);
    loop_run(late.loop);
    cr_expect(late.done);
    cr_expect(late.posted);
    loop_destroy(late.loop);
}

struct ticks {
    struct loop *loop;
    struct loop_timer *timer, *never;
    int n;
};

static void tick(void *argument)
{
    struct ticks *ticks = argument;

    if (++ticks->n < 3)
        return;
    loop_timer_stop(ticks->timer);
    loop_timer_start(ticks->loop, 5, 0, stop, ticks->loop);
}

static void never(void *argument)
{
    (void)argument;
    cr_assert(false, "a stopped timer fired");
}

Test(loop, a_timer_repeats_until_it_is_stopped, .timeout = 30)
{
    struct ticks ticks = {.loop = create()};
    struct loop_timer *stopped =
        loop_timer_start(ticks.loop, 1, 0, never, NULL);

    loop_timer_stop(stopped);
    loop_timer_stop(NULL);
    ticks.timer = loop_timer_start(ticks.loop, 1, 1, tick, &ticks);
    loop_run(ticks.loop);
    cr_expect_eq(ticks.n, 3);
    loop_destroy(ticks.loop);
}

static void stop_own_timer(void *argument)
{
    struct ticks *ticks = argument;
    loop_timer_stop(ticks->timer);
    loop_stop(ticks->loop);
}

Test(loop, a_one_shot_timer_may_stop_itself, .timeout = 30)
{
    struct ticks ticks = {.loop = create()};

    ticks.timer = loop_timer_start(ticks.loop, 0, 0, stop_own_timer, &ticks);
    /* Outlives the run; its owner may still stop it. */
    ticks.never = loop_timer_start(ticks.loop, 1000000, 0, never, NULL);
    loop_run(ticks.loop);
    loop_timer_stop(ticks.never);
    loop_destroy(ticks.loop);
}

static void raise_signal(void *unused)
{
    (void)unused;
    kill(getpid(), SIGTERM);
}

Test(loop, a_signal_arrives_on_the_loop, .timeout = 30)
{
    struct loop *loop = create();
    mlp_error err;

    cr_assert_eq(loop_on_signal(loop, SIGTERM, stop, loop, &err), MLP_OK);
    loop_post(loop, raise_signal, NULL);
    loop_run(loop);
    cr_expect_neq(loop_on_signal(loop, SIGKILL, stop, loop, &err), MLP_OK);
    loop_destroy(loop);
}

/* --- watches -------------------------------------------------------------- */

static void make_entry(void *argument)
{
    char path[TEMP_PATH];

    temp_file_write(temp_path(argument, "entry", path), "x");
}

Test(loop, a_change_in_a_folder_is_told, .timeout = 30)
{
    struct loop *loop = create();
    struct loop_watch *watch, *stopped;
    char folder[TEMP_PATH];
    mlp_error err;

    temp_folder_make(folder);
    cr_assert_eq(loop_watch_start(loop, folder, stop, loop, &watch, &err),
                 MLP_OK);
    cr_assert_eq(loop_watch_start(loop, folder, never, NULL, &stopped, &err),
                 MLP_OK);
    loop_watch_stop(stopped);
    loop_watch_stop(NULL);
    cr_expect_not_null(loop_timer_start(loop, 5, 0, make_entry, folder));
    loop_run(loop); /* until the watch stops it */
    loop_destroy(loop);
    temp_folder_remove(folder);
}

Test(loop, what_is_not_there_cannot_be_watched)
{
    struct loop *loop = create();
    struct loop_watch *watch;
    mlp_error err;

    cr_assert_eq(loop_watch_start(loop, "/no/such", stop, loop, &watch, &err),
                 MLP_IO);
    cr_assert_null(watch);
    loop_destroy(loop);
}

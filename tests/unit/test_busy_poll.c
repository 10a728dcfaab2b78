/* SPDX-License-Identifier: MIT */
#include "http/busy_poll.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

enum { MOMENT_NS = 2000000, LONG_NS = 2000000000 };

static int ends[2];
static struct pollfd news;

static void open_pipe(void)
{
    cr_assert_eq(pipe(ends), 0);
    news = (struct pollfd){.fd = ends[0], .events = POLLIN};
}

TestSuite(busy_poll, .init = open_pipe, .timeout = 30);

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Does it look out? It cannot tell otherwise than by the time that takes. */
static bool looks_out(struct busy_poll *busy)
{
    int64_t begin_ns = now_ns();
    unsigned left = busy->n_left;
    cr_assert_eq(busy_poll(busy, &news, 1), 0);
    bool long_enough = now_ns() - begin_ns >= busy->moment_ns;
    cr_assert(long_enough || left > 0);
    return left == 0;
}

/* How many calls until it looks out the next time. */
static unsigned count_left_out(struct busy_poll *busy)
{
    unsigned n = 0;
    while (!looks_out(busy))
        n++;
    return n;
}

Test(busy_poll, leaves_out_twice_as_many_each_time_nothing_came)
{
    struct busy_poll busy = {.moment_ns = MOMENT_NS};
    cr_assert(looks_out(&busy));
    for (unsigned expected = 8; expected < 1024; expected *= 2)
        cr_assert_eq(count_left_out(&busy), expected);
    cr_assert_eq(count_left_out(&busy), 1024);
    cr_assert_eq(count_left_out(&busy), 1024);
}

Test(busy_poll, begins_anew_when_something_comes)
{
    struct busy_poll busy = {.moment_ns = MOMENT_NS};
    char byte = 0;
    cr_assert(looks_out(&busy));
    (void)count_left_out(&busy);
    (void)count_left_out(&busy);
    cr_assert_eq(write(ends[1], &byte, 1), 1);
    while (busy_poll(&busy, &news, 1) == 0)
        ;
    cr_assert_eq(news.revents, POLLIN);
    cr_assert_eq(busy_poll(&busy, &news, 1), 1, "and at once");
    cr_assert_eq(read(ends[0], &byte, 1), 1);
    cr_assert(looks_out(&busy));
    cr_assert_eq(count_left_out(&busy), 8);
}

static void *write_soon(void *context)
{
    (void)context;
    (void)usleep(20000);
    cr_assert_eq(write(ends[1], "", 1), 1);
    return NULL;
}

Test(busy_poll, sees_what_comes_while_it_looks)
{
    struct busy_poll busy = {.moment_ns = LONG_NS};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, write_soon, NULL), 0);
    cr_assert_eq(busy_poll(&busy, &news, 1), 1);
    cr_assert_eq(pthread_join(thread, NULL), 0);
}

Test(busy_poll, without_a_moment_never_looks)
{
    struct busy_poll busy = {0};
    cr_assert_eq(write(ends[1], "", 1), 1);
    cr_assert_eq(busy_poll(&busy, &news, 1), 0);
}

/* SPDX-License-Identifier: MIT
 *
 * A thread that looks out for the next request, here for longer than any test
 * takes: it misses nothing else, and stands back for who computes. */
#include "unit/tiny_server.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { LONG_US = 2000000000, WATCHED_US = 300000 };
static const double BUSY_S = 0.05;

static atomic_bool computing;

static bool computes(void *context)
{
    (void)context;
    return computing;
}

static void look_out(struct listener_options *options)
{
    options->n_threads = 1;
    options->busy_poll_us = LONG_US;
    options->computes = computes;
}

static void start(void)
{
    tiny_configure = look_out;
    tiny_start();
}

TestSuite(busy_listener, .init = start, .fini = tiny_stop, .timeout = 30);

static void expect(int fd, const char *text, int status)
{
    cr_assert(http_send_text(fd, text));
    http_receive(fd, true, &reply, NULL);
    cr_assert_eq(reply.status, status);
}

Test(busy_listener, sees_requests_connections_late_answers_and_the_end)
{
    int first = tiny_connect(), second;
    expect(first, "GET /" HOST END, 200);
    expect(first, "GET /later/1" HOST END, 202);
    second = tiny_connect();
    expect(second, "GET /" HOST END, 200);
    expect(first, "GET /" HOST END, 200);
    close(second);
    expect(first, "GET /" HOST END, 200);
    close(first);
}

/* Processor time of all threads while nobody asks. */
static double watch(void)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    (void)usleep(WATCHED_US);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    return (double)(end.tv_sec - begin.tv_sec) +
           (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
}

Test(busy_listener, sleeps_while_others_compute)
{
    int fd = tiny_connect();
    computing = true;
    expect(fd, "GET /" HOST END, 200);
    cr_expect_lt(watch(), BUSY_S);
    computing = false;
    expect(fd, "GET /" HOST END, 200);
    cr_expect_gt(watch(), BUSY_S);
    close(fd);
}

/* SPDX-License-Identifier: MIT
 *
 * The life of a listener and of its connections. */
#include "unit/tiny_server.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

TestSuite(listener, .init = tiny_start, .fini = tiny_stop, .timeout = 60);
TestSuite(listener_alone, .timeout = 60);

Test(listener, url_is_where_it_listens)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u", listener_port(listener));
    cr_assert_str_eq(listener_url(listener), url);
}

Test(listener, client_that_leaves_in_its_body_does_no_harm)
{
    for (int i = 0; i < 20; i++) {
        int fd = tiny_connect();
        http_send_text(fd, "PUT /body" HOST TEXT "Content-Length: 1000\r\n" END
                           "abc");
        close(fd);
    }
    cr_expect(tiny_goes_on(tiny_connect()));
}

Test(listener, client_that_leaves_while_it_waits_does_no_harm)
{
    for (int i = 0; i < 50; i++) {
        int fd = tiny_connect();
        http_send_text(fd, "GET /later/1" HOST END);
        close(fd);
    }
    tiny_wait_for_posts(50);
    cr_expect(tiny_goes_on(tiny_connect()));
}

Test(listener, answers_from_another_thread_reach_their_clients)
{
    enum { N = 64 };
    int fds[N];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            char text[100];
            if (round == 0)
                fds[i] = tiny_connect();
            snprintf(text, sizeof text, "GET /later/%d" HOST END, i);
            http_send_text(fds[i], text);
        }
        for (int i = 0; i < N; i++) {
            http_receive(fds[i], true, &reply, NULL);
            cr_expect_eq(reply.status, 202);
            cr_expect_eq(atoi(reply.body), i);
        }
    }
    for (int i = 0; i < N; i++)
        close(fds[i]);
}

/* All have sent before the first is answered, again and again. libmicrohttpd's
 * own epoll thread stops for good here. */
static void serve_at_once(int n)
{
    int *fds = calloc((size_t)n, sizeof *fds);
    for (int i = 0; i < n; i++)
        fds[i] = tiny_connect();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < n; i++)
            http_send_text(fds[i], "GET /" HOST END);
        for (int i = 0; i < n; i++) {
            http_receive(fds[i], true, &reply, NULL);
            cr_assert_eq(reply.status, 200, "%d of %d, round %d", i, n, round);
        }
    }
    for (int i = 0; i < n; i++)
        close(fds[i]);
    free(fds);
}

Test(listener, serves_128_256_and_384_connections_that_are_ready_at_once)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int again = 0; again < 2; again++) {
        serve_at_once(128);
        serve_at_once(256);
        serve_at_once(384);
    }
}

Test(listener, drained_it_refuses_connections_and_closes_behind_each_answer)
{
    int fd = tiny_connect();
    http_send_text(fd, "GET /" HOST END);
    http_receive(fd, true, &reply, NULL);
    cr_expect_null(http_header(&reply, "Connection"));
    listener_drain(listener);
    cr_expect_eq(http_connect(listener_port(listener)), -1);
    http_send_text(fd, "GET /later/1" HOST END);
    http_receive(fd, true, &reply, NULL);
    cr_expect_eq(reply.status, 202);
    cr_expect_str_eq(http_header(&reply, "Connection"), "close");
    cr_expect(http_is_closed(fd));
    close(fd);
}

Test(listener, without_a_loop_there_is_a_503)
{
    tiny_end_loop();
    cr_expect(tiny_goes_on(tiny_ask("GET /later/1" HOST END)));
    cr_expect_eq(reply.status, 503);
    cr_expect_str_eq(http_header(&reply, "Retry-After"), "5");
}

Test(listener_alone, what_is_suspended_at_the_stop_is_answered_503)
{
    enum { N = 20 };
    int fds[N];
    tiny_forget_posts();
    tiny_start();
    for (int i = 0; i < N; i++) {
        fds[i] = tiny_connect();
        http_send_text(fds[i], "GET /later/1" HOST END);
    }
    tiny_wait_for_posts(N);
    cr_expect_eq(listener_in_flight(listener), N);
    cr_expect_eq(listener_connections(listener), N);
    tiny_stop();
    for (int i = 0; i < N; i++) {
        http_receive(fds[i], true, &reply, NULL);
        cr_expect_eq(reply.status, 503);
        cr_expect_str_eq(http_header(&reply, "Connection"), "close");
        close(fds[i]);
    }
}

Test(listener_alone, connections_beyond_the_limit_wait_for_their_turn)
{
    tiny_start_with(4, 60);
    int fds[5];
    for (int i = 0; i < 5; i++) {
        fds[i] = tiny_connect();
        http_send_text(fds[i], "GET /" HOST END);
    }
    for (int i = 0; i < 4; i++) {
        http_receive(fds[i], true, &reply, NULL);
        cr_expect_eq(reply.status, 200);
    }
    struct pollfd fifth = {.fd = fds[4], .events = POLLIN};
    cr_expect_eq(poll(&fifth, 1, 50), 0);
    cr_expect_eq(listener_connections(listener), 4);
    close(fds[0]);
    close(fds[1]);
    http_receive(fds[4], true, &reply, NULL);
    cr_expect_eq(reply.status, 200);
    for (int i = 2; i < 5; i++)
        close(fds[i]);
    tiny_stop();
}

Test(listener_alone, headers_that_drip_are_cut_at_their_deadline)
{
    tiny_start_with(4, 1);
    int fd = tiny_connect();
    struct pollfd end = {.fd = fd, .events = POLLIN};
    http_send_text(fd, "GET /" HOST "X: ");
    time_t begun = time(NULL);
    /* Never silent for as long as the idle timeout. */
    while (poll(&end, 1, 200) == 0 && time(NULL) - begun < 30)
        http_send_text(fd, "a");
    cr_expect_lt(time(NULL) - begun, 15);
    cr_expect(http_is_closed(fd));
    close(fd);
    tiny_stop();
}

static void with_long_idle(struct listener_options *options)
{
    options->idle_timeout_s = 60;
}

/* Who connects has something to ask: the idle time is for the next one. */
Test(listener_alone, first_headers_have_their_own_time_alone)
{
    tiny_configure = with_long_idle;
    tiny_start_with(4, 1);
    int fresh = tiny_connect(), kept = tiny_connect();
    http_send_text(kept, "GET /" HOST END);
    http_receive(kept, true, &reply, NULL);
    http_send_text(fresh, "GET /" HOST "X: ");
    struct pollfd end = {.fd = fresh, .events = POLLIN};
    cr_expect_eq(poll(&end, 1, 10000), 1);
    cr_expect(http_is_closed(fresh));
    cr_expect(tiny_goes_on(kept));
    close(fresh);
    tiny_stop();
}

/* Some of them sit in the kernel's queue when the socket closes. */
Test(listener_alone, drained_it_serves_those_that_had_connected)
{
    enum { N = 20 };
    int fds[N];
    tiny_start_with(N + 2, 60);
    for (int i = 0; i < N; i++) {
        fds[i] = tiny_connect();
        http_send_text(fds[i], "GET /" HOST END);
    }
    listener_drain(listener);
    cr_expect_eq(http_connect(listener_port(listener)), -1);
    for (int i = 0; i < N; i++) {
        http_receive(fds[i], true, &reply, NULL);
        cr_expect_eq(reply.status, 200, "%d", i);
        close(fds[i]);
    }
    while (listener_in_flight(listener) > 0)
        usleep(1000);
    tiny_stop();
}

Test(listener_alone, idle_connections_are_closed)
{
    tiny_start_with(4, 1);
    int fd = tiny_connect();
    http_send_text(fd, "GET /" HOST END);
    http_receive(fd, true, &reply, NULL);
    cr_expect(http_is_closed(fd));
    close(fd);
    tiny_stop();
}

Test(listener_alone, addresses_that_are_none_are_named)
{
    static const char *const texts[] = {
        "",
        ":",
        "8080",
        ":8080",
        "localhost",
        "a:80",
        "127.0.0.1:",
        "127.0.0.1:99999",
        "::1:80",
        "[::1]",
        "[::1:80",
        "1.2.3:80",
        "127.0.0.1:8x",
        "127.0.0.1:-1",
        "a-very-long-name-that-is-no-address-at-all-but-could-be-one.example:1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mlp_error err = {0};
        listener_options = (struct listener_options){
            .listen = texts[i], .n_threads = 1, .max_connections = 10};
        cr_expect_eq(listener_start(&listener_options, &listener, &err),
                     MLP_INVALID, "%s", texts[i]);
        cr_expect_null(listener);
        cr_expect_not_null(strstr(err.text, "127.0.0.1:8080"));
    }
}

Test(listener_alone, address_in_use_is_an_error)
{
    char address[40];
    tiny_start();
    struct listener_options second = listener_options;
    struct listener *other;
    mlp_error err = {0};
    snprintf(address, sizeof address, "localhost:%u", listener_port(listener));
    second.listen = address;
    cr_expect_eq(listener_start(&second, &other, &err), MLP_IO);
    cr_expect_not_null(strstr(err.text, address));
    tiny_stop();
}

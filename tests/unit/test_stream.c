/* SPDX-License-Identifier: MIT
 *
 * Answers that come piece by piece. */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unit/tiny_server.h"

#define OLD " HTTP/1.0\r\nHost: a\r\n\r\n"

TestSuite(stream, .init = tiny_start, .fini = tiny_stop, .timeout = 60);
TestSuite(stream_alone, .timeout = 60);

static char text[65536];

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    return end != NULL ? end + 4 : "";
}

/* Ask on a new connection and take all until it closes. */
static const char *take_all(const char *request)
{
    int fd = tiny_connect();
    http_send_text(fd, request);
    cr_assert(http_receive_all(fd, text, sizeof text));
    close(fd);
    return text;
}

/* Wait for it, 20 s at most. */
static bool come_to(unsigned (*count)(void), unsigned n)
{
    for (int i = 0; i < 20000 && count() != n; i++)
        usleep(1000);
    return count() == n;
}

Test(stream, pieces_come_in_order_and_the_last_one_ends_it)
{
    cr_expect_str_eq(body_of(take_all("GET /stream/5" OLD)), "1 2 3 4 5 ");
}

Test(stream, is_chunked_and_the_connection_goes_on_behind_it)
{
    int fd = tiny_connect();
    http_send_text(fd, "GET /stream/2" HOST END "GET /nothing" HOST
                       "Connection: close\r\n" END);
    cr_assert(http_receive_all(fd, text, sizeof text));
    close(fd);
    cr_expect_not_null(strstr(text, "Transfer-Encoding: chunked"));
    cr_expect_not_null(strstr(text, "Content-Type: text/event-stream"));
    cr_expect_not_null(strstr(text, "1 \r\n2\r\n2 \r\n0\r\n\r\nHTTP/1.1 204"));
}

Test(stream, head_has_no_body_and_frees_what_it_had)
{
    cr_expect(tiny_goes_on(tiny_ask("HEAD /stream/5" HOST END)));
    cr_expect_eq(reply.status, 200);
    cr_expect_str_eq(http_header(&reply, "Content-Type"), "text/event-stream");
    cr_expect_eq(tiny_n_pieces(), 0);
    cr_expect(come_to(tiny_n_states, 0));
}

Test(stream, that_has_no_memory_for_a_piece_ends)
{
    cr_expect_str_eq(body_of(take_all("GET /stream/failing" OLD)), "");
}

/* More than what two sockets hold is never asked for. */
Test(stream, slow_reader_is_waited_for_and_keeps_nobody_waiting)
{
    enum { MOST = (64 << 20) / TINY_PIECE_BYTES };
    int fd = tiny_connect();
    unsigned before, after = 0;
    http_send_text(fd, "GET /stream/endless" HOST END);
    do {
        before = after;
        usleep(100000);
        after = tiny_n_pieces();
    } while (after != before || after == 0);
    cr_expect_lt(after, MOST);
    for (int i = 0; i < 20; i++)
        cr_expect(tiny_goes_on(tiny_connect()));
    cr_expect_eq(tiny_n_pieces(), after);
    close(fd);
    cr_expect(come_to(tiny_n_states, 0));
}

Test(stream, client_that_leaves_is_noticed_while_nothing_is_sent)
{
    enum { N = 40 };
    int fds[N];
    for (int i = 0; i < N; i++) {
        fds[i] = tiny_connect();
        http_send_text(fds[i], "GET /stream/patient" HOST END);
    }
    cr_expect(come_to(tiny_n_states, N));
    cr_expect_eq(tiny_n_pieces(), 0);
    for (int i = 0; i < N; i++)
        close(fds[i]);
    cr_expect(come_to(tiny_n_states, 0));
}

Test(stream, client_that_leaves_while_much_is_sent_does_no_harm)
{
    for (int i = 0; i < 40; i++) {
        int fd = tiny_connect();
        http_send_text(fd, "GET /stream/endless" HOST END);
        if (i % 2 == 0)
            cr_expect_gt(read(fd, text, sizeof text), 0);
        close(fd);
    }
    cr_expect(come_to(tiny_n_states, 0));
    cr_expect(tiny_goes_on(tiny_connect()));
}

Test(stream_alone, is_not_cut_by_the_idle_timeout)
{
    tiny_start_with(4, 1);
    int fd = tiny_connect();
    struct timespec pause = {.tv_sec = 3};
    http_send_text(fd, "GET /stream/patient" HOST END);
    cr_expect(come_to(tiny_n_states, 1));
    nanosleep(&pause, NULL);
    cr_expect_eq(tiny_n_states(), 1);
    close(fd);
    tiny_stop();
}

/* libmicrohttpd dies of a connection that is suspended when it is stopped. */
Test(stream_alone, those_that_wait_at_the_stop_are_ended)
{
    enum { N = 20 };
    int fds[N];
    tiny_start();
    for (int i = 0; i < N; i++) {
        fds[i] = tiny_connect();
        http_send_text(fds[i], i % 2 == 0 ? "GET /stream/hush" HOST END
                                          : "GET /stream/endless" HOST END);
    }
    cr_expect(come_to(tiny_n_states, N));
    tiny_stop();
    for (int i = 0; i < N; i++) {
        if (i % 2 == 0) {
            cr_expect(http_receive_all(fds[i], text, sizeof text));
            cr_expect_not_null(strstr(text, "\r\n\r\n0\r\n\r\n"));
        }
        close(fds[i]);
    }
}

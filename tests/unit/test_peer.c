/* SPDX-License-Identifier: MIT
 *
 * How long a client may take, by a clock of the test's own. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/peer.h"

enum { T0 = 5000, S = 1000 };

/* A byte a second: when is it over? In seconds from the start. */
static int64_t drip(struct peer *peer, uint64_t n_each, int64_t every_ms)
{
    peer_let_send(peer, T0);
    for (int64_t now = T0;; now += every_ms) {
        if (peer_is_late(peer, now))
            return (now - T0) / S;
        peer_has_sent(peer, now, n_each);
    }
}

Test(peer, head_has_its_time_whatever_comes)
{
    struct peer peer = {.fd = -1};
    peer_let_ask(&peer, T0, 10 * S);
    peer_has_sent(&peer, T0 + 9 * S, 1000000);
    cr_expect_not(peer_is_late(&peer, T0 + 10 * S - 1));
    cr_expect(peer_is_late(&peer, T0 + 10 * S));
}

Test(peer, body_that_drips_has_a_minute)
{
    struct peer peer = {.fd = -1};
    cr_expect_eq(drip(&peer, 1, S), 61, "at its next look");
    cr_expect_eq(drip(&peer, 100, 9 * S), 63);
}

Test(peer, body_that_stands_still_has_ten_seconds)
{
    struct peer peer = {.fd = -1};
    peer_let_send(&peer, T0);
    peer_has_sent(&peer, T0 + 3 * S, 16 << 20);
    cr_expect_not(peer_is_late(&peer, T0 + 13 * S - 1));
    cr_expect(peer_is_late(&peer, T0 + 13 * S));
}

Test(peer, body_at_the_slowest_rate_may_go_on_for_an_hour)
{
    struct peer peer = {.fd = -1};
    cr_expect_eq(drip(&peer, 50 * S, S), 3600);
    cr_expect_eq(drip(&peer, 25 * S, S), 120, "half of that rate");
}

Test(peer, who_waits_for_us_is_never_late)
{
    struct peer peer = {.fd = -1};
    peer_let_wait(&peer);
    cr_expect_not(peer_is_late(&peer, INT64_MAX - 1));
    peer_let_ask(NULL, T0, 1);
    peer_let_send(NULL, T0);
    peer_has_sent(NULL, T0, 1);
    peer_let_wait(NULL);
    peer_let_read(NULL, T0, 1);
}

/* --- answers -------------------------------------------------------------- */

/* Two ends of a TCP connection on this machine. */
static void connect_pair(int fds[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(listening, (struct sockaddr *)&address, length), 0);
    cr_assert_eq(listen(listening, 1), 0);
    getsockname(listening, (struct sockaddr *)&address, &length);
    fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fds[1], (struct sockaddr *)&address, length), 0);
    fds[0] = accept(listening, NULL, NULL);
    cr_assert_geq(fds[0], 0);
    close(listening);
}

static void pass(int from, int to, size_t n)
{
    static char bytes[1 << 16];
    for (size_t part; n > 0; n -= part) {
        part = n < sizeof bytes ? n : sizeof bytes;
        cr_assert_eq(send(from, bytes, part, 0), (ssize_t)part);
        cr_assert_eq(recv(to, bytes, part, MSG_WAITALL), (ssize_t)part);
    }
}

Test(peer, answer_that_nobody_takes_has_a_minute)
{
    int fds[2];
    connect_pair(fds);
    struct peer peer = {.fd = fds[0]};
    peer_let_read(&peer, T0, 100 << 20);
    cr_expect_not(peer_has_left(&peer));
    cr_expect_not(peer_is_late(&peer, T0 + 60 * S - 1));
    cr_expect(peer_is_late(&peer, T0 + 60 * S));
    close(fds[0]);
    close(fds[1]);
}

Test(peer, answer_that_is_taken_has_more_time_by_what_was_taken)
{
    int fds[2];
    connect_pair(fds);
    struct peer peer = {.fd = fds[0]};
    pass(fds[0], fds[1], 12345678); /* of an answer before */
    peer_let_read(&peer, T0, 100 << 20);
    cr_expect_not(peer_has_left(&peer));
    pass(fds[0], fds[1], 5000000);
    usleep(10000); /* for the acknowledgement */
    cr_expect_not(peer_is_late(&peer, T0 + 60 * S));
    int64_t seconds = (peer.deadline_ms - T0) / S;
    cr_expect_geq(seconds, 155);
    cr_expect_leq(seconds, 160);
    cr_expect(peer_is_late(&peer, T0 + 161 * S));
    close(fds[0]);
    close(fds[1]);
}

Test(peer, on_a_socket_that_counts_nothing_the_size_counts)
{
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    struct peer peer = {.fd = fds[0]};
    peer_let_read(&peer, T0, 5000000);
    cr_expect_not(peer_is_late(&peer, T0 + 60 * S));
    cr_expect_not(peer_is_late(&peer, T0 + 159 * S));
    cr_expect(peer_is_late(&peer, T0 + 160 * S));
    close(fds[0]);
    close(fds[1]);
}

Test(peer, client_that_has_left_is_seen_at_the_second_look)
{
    int fds[2];
    connect_pair(fds);
    struct peer peer = {.fd = fds[0]};
    peer_let_ask(&peer, T0, 10 * S);
    cr_expect_not(peer_has_left(&peer));
    close(fds[1]);
    usleep(10000);
    cr_expect_not(peer_has_left(&peer));
    cr_expect(peer_has_left(&peer));
    close(fds[0]);
}

/* Send and wait until the other side's system has it. */
static void send_byte(const int fds[2])
{
    char byte = 'a';
    cr_assert_eq(send(fds[1], &byte, 1, 0), 1);
    cr_assert_eq(recv(fds[0], &byte, 1, 0), 1);
}

Test(peer, stream_goes_on_for_ever_while_it_is_taken)
{
    int fds[2];
    connect_pair(fds);
    atomic_bool deserted = false;
    struct peer peer = {.fd = fds[1]};
    int64_t now = T0;
    peer_let_stream(&peer, now, &deserted);
    for (int i = 0; i < 1000; i++) {
        send_byte(fds);
        usleep(100); /* the acknowledgement comes behind the byte */
        now += 50 * S;
        peer_has_taken(&peer, now);
        cr_assert_not(peer_is_late(&peer, now + 9 * S));
    }
    close(fds[0]);
    close(fds[1]);
}

Test(peer, stream_that_nobody_takes_has_a_minute)
{
    int fds[2];
    connect_pair(fds);
    atomic_bool deserted = false;
    struct peer peer = {.fd = fds[1]};
    peer_let_stream(&peer, T0, &deserted);
    peer_has_taken(&peer, T0);
    peer_has_taken(&peer, T0 + 30 * S);
    cr_expect_not(peer_is_late(&peer, T0 + 60 * S - 1));
    cr_expect(peer_is_late(&peer, T0 + 60 * S));
    close(fds[0]);
    close(fds[1]);
}

Test(peer, stream_whose_client_has_turned_off_is_left)
{
    int fds[2];
    connect_pair(fds);
    atomic_bool deserted = false;
    struct peer peer = {.fd = fds[1]};
    peer_let_stream(&peer, T0, &deserted);
    cr_expect_not(peer_has_left(&peer));
    shutdown(fds[0], SHUT_WR);
    cr_expect_not(peer_has_left(&peer), "at the first look");
    cr_expect(peer_has_left(&peer));
    close(fds[0]);
    close(fds[1]);
}
